// A page of its own to write on: a reply, a new thread, or an edit, which is sent as a plain form.

import { createPost, createThread, readQuote } from "./api_writing.ts";
import { Composer } from "./composer.ts";
import { Writing } from "./writing.ts";

export function startComposerPage(form: HTMLElement): void {
  const [kind, id] = (form.dataset["place"] ?? "").split(":");
  const memberId = form.dataset["member"];
  if (!(form instanceof HTMLFormElement) || kind === undefined || memberId === undefined) {
    return;
  }
  const composer = new Composer(form, kind === "thread" ? Number(id) : null, kind === "post" ? Number(id) : undefined);
  if (kind === "post") {
    return;
  }
  const kept = form.elements.namedItem("draft");
  const writing = new Writing(composer, {
    memberId,
    place: `${kind}:${id}`,
    base: kept instanceof HTMLInputElement ? Number(kept.value) : 0,
    hasMore: location.search !== "",
    send: (sent) => (kind === "thread" ? createPost(Number(id), sent) : createThread(Number(id), sent)),
    onPosted: (post) => location.assign(`/posts/${post.id}`),
  });
  writing.begin();
  history.replaceState(history.state, "", location.pathname); // what the address asked for is in the form now
  form.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-quote]");
    if (button !== null) {
      event.preventDefault();
      void readQuote(Number(button.dataset["quote"])).then(({ markdown }) => composer.append(markdown, false));
    }
  });
}
