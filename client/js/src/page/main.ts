// The script of all pages: each element that it knows is brought to life, a page without them stays as it is.

import { startBell } from "./bell.ts";
import { startComposerPage } from "./composerpage.ts";
import { startFollowed } from "./followed.ts";
import { startInbox } from "./inbox.ts";
import { startIndex } from "./index.ts";
import { PageLine } from "./line.ts";
import { startListLine } from "./listline.ts";
import { markUnread, watchGuestMarks } from "./marks.ts";
import { Membership } from "./membership.ts";
import { startModeration } from "./moderation.ts";
import { startProfile } from "./profile.ts";
import { startShield } from "./shield.ts";
import { startThreadPage } from "./thread.ts";
import { startThreadList } from "./threadlist.ts";
import { startTicking } from "./times.ts";

const worker = document.querySelector<HTMLElement>("script[data-worker]")?.dataset["worker"] ?? null;
const ownBell = document.getElementById("bell");
const line = new PageLine(worker, ownBell?.dataset["memberId"] ?? "guest");
const memberId = ownBell === null ? null : Number(ownBell.dataset["memberId"]);
const membership = ownBell === null ? null : new Membership(ownBell, line);

const followedBox = document.querySelector<HTMLElement>("[data-follows]");
const followed = followedBox === null ? null : startFollowed(followedBox, line, membership);

const STARTERS: Readonly<Record<string, (element: HTMLElement) => void>> = {
  thread: (main) => startThreadPage(main, line, membership),
  threads: (list) => startThreadList(list, line, membership),
  index: (index) => startIndex(index, line, memberId),
  profile: (profile) => startProfile(profile, line),
  shield: (shield) => startShield(shield, line),
  moderation: (list) => startModeration(list, line),
  "live-state": (button) => {
    if (document.getElementById("thread") === null) {
      startListLine(button, line, membership);
    }
  },
  // The answer to a form: loaded again it would make one more, so it takes the address of what was made.
  fresh: (secret) => history.replaceState(history.state, "", secret.dataset["path"]),
  composer: (form) => startComposerPage(form, line, membership),
  bell: (bell) => {
    const list = document.getElementById("notifications");
    startBell(bell, line, list === null ? undefined : startInbox(list, () => followed?.readAgain()));
  },
};

// What crawlers read of the posts would keep the text of one that is removed while the page is open.
document.querySelector('script[type="application/ld+json"]')?.remove();
startTicking();
for (const [id, start] of Object.entries(STARTERS)) {
  const element = document.getElementById(id);
  if (element !== null) {
    start(element);
  }
}
markUnread(document);
watchGuestMarks();
membership?.begin();
line.begin();
window.addEventListener("pageshow", ({ persisted }) => persisted && markUnread(document));
