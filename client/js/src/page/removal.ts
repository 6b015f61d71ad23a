// Removing a post without leaving the page. Whatever goes wrong, the plain page for it says why.

import type { PostData, ThreadData } from "../data.ts";
import { removePost } from "./api.ts";
import { _ } from "./translation.ts";

/** Take over clicks on "Remove" in `container`; each asks first. */
export function watchRemovals(container: HTMLElement, onRemoved: (post: PostData, thread: ThreadData) => void): void {
  container.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-tool=remove]") : null;
    const article = link?.closest<HTMLElement>("[data-post-id]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!(link instanceof HTMLAnchorElement) || !article || !isPlain) {
      return;
    }
    event.preventDefault();
    const number = article.dataset["number"] ?? "";
    if (window.confirm(_("Remove post #%(number)s? Its text disappears for every reader.", { number }))) {
      removePost(Number(article.dataset["postId"])).then(
        ({ post, thread }) => onRemoved(post, thread),
        () => location.assign(link.href),
      );
    }
  });
}
