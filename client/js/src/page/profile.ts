// The card of a member's own page, brought to life: a ban, its end, and a rank that was set by hand are told to all.

import { parseCursor } from "../cursors.ts";
import type { CardData, MemberEventData } from "../data.ts";
import type { PageLine } from "./line.ts";
import { SITE } from "./membership.ts";
import { _ } from "./translation.ts";
import { countWords } from "./words.ts";

export function startProfile(profile: HTMLElement, line: PageLine): void {
  line.listen((notice) => {
    if (notice.kind === "event" && notice.channel === SITE && notice.name === "member.changed") {
      const { member } = notice.data as unknown as MemberEventData;
      const { authorId, authorVersion } = profile.dataset;
      if (String(member.id) === authorId && member.version > Number(authorVersion)) {
        show(profile, member);
      }
    }
  });
  line.follow(SITE, parseCursor(profile.dataset["cursor"] ?? ""));
}

function show(profile: HTMLElement, card: CardData): void {
  const words = {
    rank: _(card.rank),
    messages: countWords(card.messages),
    positive: `+${countWords(card.positive)}`,
    negative: `-${countWords(card.negative)}`,
  };
  profile.dataset["authorVersion"] = String(card.version);
  for (const [name, text] of Object.entries(words)) {
    const slot = profile.querySelector(`[data-slot=${name}]`);
    if (slot !== null) {
      slot.textContent = text;
    }
  }
  profile.querySelector("[data-slot=rank]")?.classList.toggle("is-banned", card.is_banned);
}
