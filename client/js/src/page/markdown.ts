// Marks in a Markdown text: pure, from one text with a selection to another.

export interface Selected {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What to put in the place of `from` to `to`, and what is selected then. */
export interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
  readonly start: number;
  readonly end: number;
}

/** Put `mark` around the selection, or take it away if it is there; without a selection, around `sample`. */
export function toggleMark({ text, start, end }: Selected, mark: string, sample: string): Change {
  const chosen = text.slice(start, end);
  const isMarked = text.slice(start - mark.length, start) === mark && text.slice(end, end + mark.length) === mark;
  if (isMarked) {
    const from = start - mark.length;
    return { from, to: end + mark.length, insert: chosen, start: from, end: from + chosen.length };
  }
  const inner = chosen === "" ? sample : chosen;
  const first = start + mark.length;
  return { from: start, to: end, insert: mark + inner + mark, start: first, end: first + inner.length };
}

/** Code within a line, or fenced if the selection has several. */
export function toggleCode(selected: Selected, sample: string): Change {
  const { text, start, end } = selected;
  const chosen = text.slice(start, end);
  if (!chosen.includes("\n")) {
    return toggleMark(selected, "`", sample);
  }
  const before = start === 0 || text[start - 1] === "\n" ? "```\n" : "\n```\n";
  const insert = `${before}${chosen}\n\`\`\`\n`;
  return { from: start, to: end, insert, start: start + before.length, end: start + before.length + chosen.length };
}

/** A link around the selection; its address is selected next, or its words if an address was chosen. */
export function makeLink({ text, start, end }: Selected, sample: string): Change {
  const chosen = text.slice(start, end).trim();
  const isAddress = /^https?:\/\/\S+$/.test(chosen);
  const words = isAddress || chosen === "" ? sample : chosen;
  const address = isAddress ? chosen : "https://";
  const first = isAddress ? start + 1 : start + words.length + 3;
  const length = isAddress ? words.length : address.length;
  return { from: start, to: end, insert: `[${words}](${address})`, start: first, end: first + length };
}

/** Begin each chosen line with `prefix(n)`, or take the prefixes away if all have one. */
export function togglePrefix({ text, start, end }: Selected, prefix: (line: number) => string, has: RegExp): Change {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", Math.max(start, end - (end > start && text[end - 1] === "\n" ? 1 : 0)));
  const to = next === -1 ? text.length : next;
  const lines = text.slice(from, to).split("\n");
  const areAll = lines.every((line) => has.test(line));
  const insert = lines.map((line, n) => (areAll ? line.replace(has, "") : prefix(n + 1) + line)).join("\n");
  const isCaret = start === end;
  const last = from + insert.length;
  return { from, to, insert, start: isCaret ? last : from, end: last };
}

/** The text with a piece at its end, a blank line between. */
export function append(text: string, piece: string): string {
  const before = text.trimEnd();
  return before === "" ? piece : `${before}\n\n${piece}`;
}

const QUOTED = /^>.*\]\(\/posts\/([1-9]\d{0,15})\)/;

/** The ids of the posts that quotes in the text lead back to, each once. */
export function quotedIds(text: string): number[] {
  const found = text.split("\n").map((line) => QUOTED.exec(line)?.[1]);
  return [...new Set(found.filter((id) => id !== undefined).map(Number))];
}

/** The text with another quote in the place of that of a post; with an empty one, without it. */
export function replaceQuote(text: string, postId: number, quote: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => Number(QUOTED.exec(line)?.[1]) === postId);
  if (first === -1) {
    return text;
  }
  let end = first;
  while (end < lines.length && lines[end]!.startsWith(">")) {
    end += 1;
  }
  const rest = lines.slice(end).join("\n").replace(/^\n+/, "");
  const before = lines.slice(0, first).join("\n").trimEnd();
  const kept = quote === "" ? before : append(before, quote.trimEnd());
  return rest === "" ? (kept === "" ? "" : `${kept}\n\n`) : append(kept, rest);
}

/** A quote of some words of a post, with the head of the quote of the whole. */
export function quoteWords(quote: string, words: string): string {
  const head = quote.slice(0, quote.indexOf("\n>\n") + 3);
  const lines = words.trim().split(/\n+/);
  return `${head}${lines.map((line) => `> ${line}`).join("\n>\n")}\n\n`;
}
