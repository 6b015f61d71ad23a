// Removing a post, and restoring it, without leaving the page. Whatever goes wrong, the plain page for it says why.

import type { PostData, ThreadData } from "../data.ts";
import { removePost } from "./api.ts";
import { restorePost } from "./api_writing.ts";
import { _ } from "./translation.ts";

/** Take over clicks on "Remove" and "Restore" in `container`; each asks first. */
export function watchRemovals(container: HTMLElement, onRemoved: (post: PostData, thread: ThreadData) => void): void {
  container.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>("a[data-tool=remove], a[data-tool=restore]") : null;
    const article = link?.closest<HTMLElement>("[data-post-id]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!(link instanceof HTMLAnchorElement) || !article || !isPlain) {
      return;
    }
    event.preventDefault();
    const number = article.dataset["number"] ?? "";
    const isRestoring = link.dataset["tool"] === "restore";
    const question = isRestoring
      ? _("Restore post #%(number)s? Its text comes back for every reader.", { number })
      : _("Remove post #%(number)s? Its text disappears for every reader.", { number });
    if (window.confirm(question)) {
      const act = isRestoring ? restorePost : removePost;
      act(Number(article.dataset["postId"])).then(
        ({ post, thread }) => onRemoved(post, thread),
        () => location.assign(link.href),
      );
    }
  });
}
