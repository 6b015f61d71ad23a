// Bringing a list in line with the page as the server gives it now: rows that say the same stay what they are, with
// whatever has the focus in them.

/** Children are told apart by `data-key`; one with `data-rows` has rows itself. Returns those that are new. */
export function takeRows(container: Element, fresh: Element): HTMLElement[] {
  const shown = new Map([...container.children].map((child) => [keyOf(child), child]));
  const added: HTMLElement[] = [];
  const wanted = [...fresh.children].map((child) => {
    const old = shown.get(keyOf(child));
    if (old !== undefined && child.hasAttribute("data-rows")) {
      old.toggleAttribute("hidden", child.hasAttribute("hidden"));
      added.push(...takeRows(old, child));
      return old;
    }
    if (old !== undefined && looks(old) === looks(child)) {
      return old;
    }
    const row = document.adoptNode(child);
    if (old === undefined && row instanceof HTMLElement) {
      added.push(row);
    }
    return row;
  });
  [...container.children].filter((child) => !wanted.includes(child)).forEach((child) => child.remove());
  wanted.forEach((child, place) => {
    if (container.children[place] !== child) {
      container.insertBefore(child, container.children[place] ?? null);
    }
  });
  return added;
}

function keyOf(element: Element): string {
  return element.getAttribute("data-key") ?? element.tagName;
}

/** Without what the page itself has put there: moments in the reader's words, and that a row has just come. */
function looks(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  copy.classList.remove("is-new");
  for (const time of copy.querySelectorAll("time")) {
    time.replaceChildren();
    time.removeAttribute("title");
  }
  return copy.outerHTML.replace(/>\s+</g, "><");
}
