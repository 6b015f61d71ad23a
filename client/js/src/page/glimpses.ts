// Posts that stand beside a text that is written, to look at: they change and disappear as those on a thread's page do.

import type { PostData } from "../data.ts";
import { _ } from "./translation.ts";

export function glimpse(post: PostData): HTMLElement {
  const item = document.createElement("li");
  item.dataset["postId"] = String(post.id);
  const name = document.createElement("b");
  name.textContent = post.author.name;
  const link = document.createElement("a");
  link.href = `/posts/${post.id}`;
  link.textContent = `#${post.number}`;
  const body = document.createElement("div");
  body.className = "post-body";
  fill(body, post);
  item.append(name, " ", link, body);
  return item;
}

/** A post was edited, removed or restored. */
export function updateGlimpses(root: ParentNode, post: PostData): void {
  for (const item of root.querySelectorAll<HTMLElement>(`.glimpses > [data-post-id="${post.id}"]`)) {
    const body = item.querySelector<HTMLElement>(".post-body");
    if (body !== null) {
      fill(body, post);
    }
    item.querySelector("[data-quote]")?.toggleAttribute("hidden", post.is_removed);
  }
}

function fill(body: HTMLElement, post: PostData): void {
  if (post.html === null) {
    const line = document.createElement("p");
    line.className = "post-removed";
    line.textContent = _("This post was removed.");
    body.replaceChildren(line);
  } else {
    body.innerHTML = post.html; // sanitised by the server
  }
}
