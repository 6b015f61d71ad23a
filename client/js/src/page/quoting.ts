// Quoting with one click: the post, or the words of it that are selected, go to the end of the reply.

import { readQuote } from "./api_writing.ts";
import type { Composer } from "./composer.ts";
import { quotedIds, quoteWords } from "./markdown.ts";
import { ngettext } from "./translation.ts";
import { countWords } from "./words.ts";

/** Take over clicks on "Quote" and "+ Quote" in `container`; whatever goes wrong, the plain page for it does it. */
export function watchQuotes(container: HTMLElement, composer: Composer): void {
  let words = "";
  container.addEventListener("pointerdown", ({ target }) => {
    words = toolOf(target) === null ? "" : selectedIn((target as Element).closest("[data-post-id]"));
  });
  container.addEventListener("click", (event) => {
    const link = toolOf(event.target);
    const article = link?.closest<HTMLElement>("[data-post-id]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link === null || !article || !isPlain) {
      return;
    }
    event.preventDefault();
    const chosen = words;
    words = "";
    readQuote(Number(article.dataset["postId"])).then(
      ({ markdown }) => {
        const isAdding = link.dataset["tool"] === "multiquote";
        composer.append(chosen === "" ? markdown : quoteWords(markdown, chosen), isAdding);
        const count = quotedIds(composer.field.value).length;
        const values = { count: countWords(count) };
        composer.say(ngettext("%(count)s quote in your reply", "%(count)s quotes in your reply", count, values));
        if (isAdding) {
          link.setAttribute("aria-pressed", "true");
        }
      },
      () => location.assign(link.href),
    );
  });
}

function toolOf(target: EventTarget | null): HTMLAnchorElement | null {
  return target instanceof Element ? target.closest("a[data-tool=quote], a[data-tool=multiquote]") : null;
}

function selectedIn(article: Element | null): string {
  const body = article?.querySelector("[data-slot=body]");
  const selection = getSelection();
  const isInside = selection !== null && body?.contains(selection.anchorNode) && body.contains(selection.focusNode);
  return isInside ? selection.toString().trim() : "";
}
