// The page as the server would give it now. What may have changed on it is taken from there, so that it is made in one
// place, and a page that changed while it was open is what a reload shows.

const TIMEOUT_MS = 30_000;

export interface FreshPage {
  /** A refusal is a page as well. */
  readonly status: number;
  readonly page: Document;
}

/** Null if it cannot be had right now. Its scripts do not run. */
export async function readFresh(path = location.pathname + location.search): Promise<FreshPage | null> {
  try {
    const answer = await fetch(path, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { status: answer.status, page };
  } catch {
    return null;
  }
}

/** Put what stands in `fresh` into `element`; without one it is emptied. */
export function takeChildren(element: Element, fresh: Element | null): void {
  element.replaceChildren(...[...(fresh?.childNodes ?? [])].map((node) => document.adoptNode(node)));
}
