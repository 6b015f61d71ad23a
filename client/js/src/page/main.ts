// The script of all pages: each element that it knows is brought to life, a page without them stays as it is.

import { startBell } from "./bell.ts";
import { startComposerPage } from "./composerpage.ts";
import { startInbox } from "./inbox.ts";
import { startIndex } from "./index.ts";
import { PageLine } from "./line.ts";
import { startListLine } from "./listline.ts";
import { markUnread } from "./marks.ts";
import { startThreadPage } from "./thread.ts";
import { startThreadList } from "./threadlist.ts";
import { startTicking } from "./times.ts";

const worker = document.querySelector<HTMLElement>("script[data-worker]")?.dataset["worker"] ?? null;
const line = new PageLine(worker, document.getElementById("bell")?.dataset["memberId"] ?? "guest");

const STARTERS: Readonly<Record<string, (element: HTMLElement) => void>> = {
  thread: (main) => startThreadPage(main, line),
  threads: (list) => startThreadList(list, line),
  index: (index) => startIndex(index, line),
  "live-state": (button) => {
    if (document.getElementById("thread") === null) {
      startListLine(button, line);
    }
  },
  composer: startComposerPage,
  bell: (bell) => {
    const list = document.getElementById("notifications");
    startBell(bell, line, list === null ? undefined : startInbox(list));
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
line.begin();
window.addEventListener("pageshow", ({ persisted }) => persisted && markUnread(document));
