// Words in another language; the module is loaded again for each, as for another page.
import assert from "node:assert/strict";
import { test } from "node:test";

const SPANISH = {
  language: "es",
  months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
  day: "{day} {month} {year}",
  separator: ".",
  leastGrouped: 10_000,
  words: { Edit: ["Editar"], "%(n)s post": ["%(n)s mensaje", "%(n)s mensajes"] },
};

test("without other words all is English", async () => {
  const { _, ngettext } = await import("../src/page/translation.ts");
  assert.equal(_("Post #%(number)s by %(name)s", { number: 3, name: "a%(number)s" }), "Post #3 by a%(number)s");
  assert.equal(_("%(unknown)s"), "%(unknown)s");
  assert.deepEqual([0, 1, 2].map((n) => ngettext("%(n)s post", "%(n)s posts", n, { n })), ["0 posts", "1 post", "2 posts"]);
});

test("with the words of a language the page speaks it, and English where it has none", async () => {
  Object.assign(globalThis, { tertuliaWords: SPANISH });
  const again = "../src/page/translation.ts?es";
  const { _, ngettext } = (await import(again)) as typeof import("../src/page/translation.ts");
  assert.deepEqual([_("Edit"), _("Remove")], ["Editar", "Remove"]);
  assert.deepEqual([1, 2].map((n) => ngettext("%(n)s post", "%(n)s posts", n, { n })), ["1 mensaje", "2 mensajes"]);
});
