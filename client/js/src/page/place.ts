// The reader is never moved by what arrives.

/** Where the eye rests, as a share of the window's height. */
const EYE = 0.4;
/** So many posts around it are remembered, since any of them may be the one that changes. */
const MAX_KEPT = 4;

interface Kept {
  readonly element: Element;
  readonly topPx: number;
  readonly heightPx: number;
}

/**
 * Change the posts without moving what the reader looks at: the field in which they write, or else the post under their
 * eye; if that is the one that changed, one beside it. Browsers that hold a place by themselves hold what is at the
 * upper edge of the window, and let the rest jump when just that shrinks: they have to keep out of it meanwhile.
 */
export function keepPlace(container: HTMLElement, change: () => void): void {
  const kept = writtenIn() ?? underTheEye(container);
  const owedPx = owed.scrollY === window.scrollY ? owed.px : 0;
  keepBrowserOut();
  change();
  const still = kept.find(({ element, heightPx }) => element.isConnected && heightOf(element) === heightPx);
  const place = still ?? kept.find(({ element }) => element.isConnected);
  if (place !== undefined) {
    hold(place.element, place.topPx - owedPx);
  }
}

/**
 * What a scroll by whole pixels has left over: paid with the next, so that a hundred changes move nobody by a hundred
 * halves. Void once the reader has scrolled.
 */
let owed = { px: 0, scrollY: 0 };

function hold(element: Element, wantedPx: number): void {
  const movedPx = element.getBoundingClientRect().top - wantedPx;
  if (Math.abs(movedPx) >= 0.5) {
    window.scrollBy({ top: Math.round(movedPx), behavior: "instant" });
  }
  owed = { px: element.getBoundingClientRect().top - wantedPx, scrollY: window.scrollY };
}

let changes = 0;

/** Until the last change has been painted; for what comes in later, such as pictures, the browser's own way is right. */
function keepBrowserOut(): void {
  const { style } = document.documentElement;
  const change = (changes += 1);
  style.overflowAnchor = "none";
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (change === changes) {
        style.overflowAnchor = "";
      }
    }),
  );
}

function writtenIn(): Kept[] | null {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLTextAreaElement)) {
    return null;
  }
  const place = placeOf(focused);
  return isInView(place) ? [place] : null;
}

/** The posts in view, the one at the eye first. At the very top of the page nothing is held: news may push. */
function underTheEye(container: HTMLElement): Kept[] {
  if (window.scrollY === 0) {
    return [];
  }
  const eyePx = window.innerHeight * EYE;
  const distance = ({ topPx, heightPx }: Kept): number => Math.max(topPx - eyePx, eyePx - topPx - heightPx, 0);
  const shown = [...container.children].map(placeOf).filter(isInView);
  return shown.sort((one, other) => distance(one) - distance(other)).slice(0, MAX_KEPT);
}

function placeOf(element: Element): Kept {
  const { top, height } = element.getBoundingClientRect();
  return { element, topPx: top, heightPx: height };
}

function heightOf(element: Element): number {
  return element.getBoundingClientRect().height;
}

function isInView({ topPx, heightPx }: Kept): boolean {
  return topPx + heightPx > 0 && topPx < window.innerHeight;
}
