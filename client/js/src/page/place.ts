// The reader is never moved by what arrives.

/** Most browsers keep what is read in its place by themselves; where they do not, scroll by what the change added. */
export function keepPlace(container: HTMLElement, change: () => void): void {
  if (CSS.supports("overflow-anchor", "auto")) {
    change();
    return;
  }
  const focused = document.activeElement instanceof HTMLTextAreaElement ? document.activeElement : null;
  const anchor = focused ?? firstInView(container);
  const beforePx = anchor?.getBoundingClientRect().top ?? 0;
  change();
  if (anchor?.isConnected) {
    window.scrollBy({ top: anchor.getBoundingClientRect().top - beforePx, behavior: "instant" });
  }
}

function firstInView(container: HTMLElement): Element | null {
  return [...container.children].find((child) => child.getBoundingClientRect().bottom > 0) ?? null;
}
