// The lines of posts that were moved away, between those that are here.

import type { MovedLine } from "./api.ts";

/** Make the page show exactly these lines. */
export function showMovedLines(container: HTMLElement, lines: readonly MovedLine[]): void {
  const template = document.getElementById("moved-template");
  if (!(template instanceof HTMLTemplateElement)) {
    return;
  }
  container.querySelectorAll(":scope > .moved-line").forEach((line) => line.remove());
  for (const { number, post_id } of lines) {
    const line = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    line.dataset["number"] = String(number);
    if (container.querySelector(`#post-${post_id}`) === null) {
      line.id = `post-${post_id}`;
    }
    (line.querySelector("[data-slot=number]") as HTMLElement).textContent = `#${number}`;
    line.querySelector("[data-slot=link]")?.setAttribute("href", `/posts/${post_id}`);
    const next = [...container.querySelectorAll<HTMLElement>(":scope > [data-number]")];
    container.insertBefore(line, next.find((other) => Number(other.dataset["number"]) > number) ?? null);
  }
}
