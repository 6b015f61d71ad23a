// The reader is never moved by what arrives.

/**
 * Change the posts without moving what the reader looks at: the field in which they write, or else the first post in
 * view. Most browsers hold a post in its place by themselves; none holds the field below the posts.
 */
export function keepPlace(container: HTMLElement, change: () => void): void {
  const anchor = writtenIn() ?? (CSS.supports("overflow-anchor", "auto") ? null : firstInView(container));
  const beforePx = anchor?.getBoundingClientRect().top ?? 0;
  change();
  if (anchor?.isConnected) {
    const movedPx = anchor.getBoundingClientRect().top - beforePx;
    if (movedPx !== 0) {
      window.scrollBy({ top: movedPx, behavior: "instant" });
    }
  }
}

function writtenIn(): Element | null {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLTextAreaElement)) {
    return null;
  }
  const { top, bottom } = focused.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight ? focused : null;
}

function firstInView(container: HTMLElement): Element | null {
  return [...container.children].find((child) => child.getBoundingClientRect().bottom > 0) ?? null;
}
