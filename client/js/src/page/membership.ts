// Whether its reader is still who they were while a page is open: banned, signed out somewhere else, or let in again.

import type { MemberEventData } from "../data.ts";
import type { Notice } from "../notices.ts";
import { announcer } from "./announcer.ts";
import { type FreshPage, readFresh, takeChildren } from "./fresh.ts";
import type { PageLine } from "./line.ts";
import { isLost } from "./lost.ts";
import { localiseTimes } from "./times.ts";
import { _ } from "./translation.ts";

/** Where bans are told, and ranks that were set by hand. */
export const SITE = "site";

export type Standing = "good" | "banned" | "signed out";
type OnChanged = (fresh: FreshPage) => void;

/** One for each page of a member: the server is asked whenever there is a sign that something is another. */
export class Membership {
  readonly #line: PageLine;
  readonly #memberId: number;
  readonly #channel: string;
  readonly #listeners: OnChanged[] = [];
  readonly #notice = document.getElementById("ban-notice");
  #standing: Standing;
  #isAsking = false;
  #isAskedAgain = false;
  /** The server did not answer the last question: it is asked again over the next line. */
  #isOwed = false;

  constructor(bell: HTMLElement, line: PageLine) {
    this.#line = line;
    this.#memberId = Number(bell.dataset["memberId"]);
    this.#channel = `member:${this.#memberId}`;
    this.#standing = this.#notice?.hidden === false ? "banned" : "good";
    line.listen((notice) => this.#take(notice));
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Once all parts of the page have said what they follow, and from where. */
  begin(): void {
    if (this.#standing === "banned") {
      this.#line.follow(SITE, null); // where the end of the ban is told
    }
  }

  /** Told of each change, with the page as it is given to the reader from now on. */
  onChanged(listener: OnChanged): void {
    this.#listeners.push(listener);
  }

  #take(notice: Notice): void {
    if (notice.kind === "state" && notice.state === "live" && this.#isOwed) {
      void this.#ask();
    }
    if (!("channel" in notice)) {
      return;
    }
    if (notice.channel === this.#channel && isLost(notice) && this.#standing === "good") {
      void this.#ask();
    } else if (notice.kind === "event" && notice.channel === SITE && notice.name === "member.changed") {
      const { member } = notice.data as unknown as MemberEventData;
      if (member.id === this.#memberId && member.is_banned !== (this.#standing === "banned")) {
        void this.#ask();
      }
    }
  }

  /** One question at a time; what happens meanwhile asks once more. */
  async #ask(): Promise<void> {
    if (this.#isAsking) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isAsking = true;
    do {
      this.#isAskedAgain = false;
      const fresh = await readFresh();
      this.#isOwed = fresh === null || fresh.status >= 500;
      if (fresh !== null && !this.#isOwed) {
        this.#settle(fresh);
      }
    } while (this.#isAskedAgain);
    this.#isAsking = false;
  }

  #settle(fresh: FreshPage): void {
    const told = fresh.page.getElementById("ban-notice");
    const isMember = fresh.page.getElementById("bell") !== null;
    const standing: Standing = !isMember ? "signed out" : told?.hidden === false ? "banned" : "good";
    const was = this.#standing;
    this.#standing = standing;
    this.#notice?.classList.toggle("is-good", standing === "good");
    if (standing === "banned") {
      this.#tell(told); // also another reason, or another end
      this.#line.follow(SITE, null);
    } else if (standing === "signed out") {
      this.#tell(signedOut());
    } else if (was !== "good") {
      this.#tell(paragraphs(_("Your ban has ended."), _("You can write again.")));
      this.#line.follow(this.#channel, null);
    }
    if (standing !== was) {
      this.#showBell(fresh.page);
      this.#listeners.forEach((listener) => listener(fresh));
    }
  }

  #tell(words: Element | null): void {
    if (this.#notice !== null) {
      takeChildren(this.#notice, words);
      localiseTimes(this.#notice);
      this.#notice.hidden = false;
      announcer.tell("member", this.#notice.textContent);
    }
  }

  #showBell(page: Document): void {
    const [bell, fresh] = [document.getElementById("bell"), page.getElementById("bell")];
    if (bell !== null) {
      bell.hidden = fresh === null;
      if (fresh !== null) {
        bell.className = fresh.className;
        takeChildren(bell, fresh);
      }
    }
  }
}

function signedOut(): HTMLElement {
  const box = paragraphs(_("You are signed out, here or on another device."), _("What you were writing is kept on this device."));
  const link = document.createElement("a");
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = _("Sign in");
  box.lastElementChild?.append(" ", link);
  return box;
}

/** The first of them stands out. */
function paragraphs(...sentences: string[]): HTMLElement {
  const box = document.createElement("div");
  sentences.forEach((sentence, index) => {
    const line = document.createElement("p");
    const words = index === 0 ? document.createElement("b") : line;
    words.textContent = sentence;
    if (words !== line) {
      line.append(words);
    }
    box.append(line);
  });
  return box;
}
