// The page's words in its language. English stands in the code; the words of another language are left by a small
// module that the server makes from its catalogue and that runs before this script.

interface PageWords {
  readonly language: string;
  readonly months: readonly string[];
  readonly day: string;
  readonly separator: string;
  readonly leastGrouped: number;
  readonly words: Readonly<Record<string, readonly string[]>>;
}

const ENGLISH: PageWords = {
  language: "en",
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  day: "{month} {day}, {year}",
  separator: ",",
  leastGrouped: 1000,
  words: {},
};

/** What holds for this page: set before the script runs, and for good. */
export const pageWords = ((globalThis as { tertuliaWords?: PageWords }).tertuliaWords ?? ENGLISH) as PageWords;

const plurals = new Intl.PluralRules(pageWords.language);

type Values = Readonly<Record<string, string | number>>;

/** The words for an English sentence; `%(name)s` in it is replaced by the value of that name. */
export function _(message: string, values: Values = {}): string {
  return fill(pageWords.words[message]?.[0] ?? message, values);
}

/** The same for words that follow a number: the form for one, or for all other numbers. */
export function ngettext(one: string, many: string, count: number, values: Values = {}): string {
  const form = plurals.select(count) === "one" ? 0 : 1;
  return fill(pageWords.words[one]?.[form] ?? (form === 0 ? one : many), values);
}

function fill(words: string, values: Values): string {
  return words.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}
