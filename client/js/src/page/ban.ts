// The notice of a banned member: shown and taken away while the page is open.

import type { CardData } from "../data.ts";
import { readMe } from "./api.ts";
import { exactElement } from "./times.ts";
import { _ } from "./translation.ts";

/** The card of the reader has changed. Why they are banned is told to nobody but them, so it is asked for. */
export async function followOwnBan(card: CardData): Promise<void> {
  const notice = document.getElementById("ban-notice");
  if (notice === null || (notice.hidden && !card.is_banned)) {
    return;
  }
  if (!card.is_banned) {
    show(notice, [line(_("Your ban has ended.")), line(_("Load the page again to write."))]);
    return;
  }
  const ban = await readMe().then(
    (me) => me.ban,
    () => null,
  );
  const words = document.createElement("b");
  words.append(...(ban?.until_ms ? untilWords(exactElement(ban.until_ms)) : [_("You are banned.")]));
  const why = ban?.reason ? ` ${_("The reason: %(reason)s", { reason: ban.reason })}` : "";
  show(notice, [line(words, why), line(_("You can read what everybody reads. What you write is not taken."))]);
}

/** The moment stands wherever the sentence of the language has it. */
function untilWords(moment: HTMLElement): (string | Node)[] {
  const [before = "", after = ""] = _("You are banned until %(until)s.", { until: "\u0000" }).split("\u0000");
  return [before, moment, after];
}

function show(notice: HTMLElement, lines: readonly HTMLElement[]): void {
  notice.replaceChildren(...lines);
  notice.hidden = false;
}

function line(...parts: (string | Node)[]): HTMLElement {
  const paragraph = document.createElement("p");
  paragraph.append(...parts);
  return paragraph;
}
