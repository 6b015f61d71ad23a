// The ratings under a post: how many of each, and the reader's own mark, which no event tells: it is theirs alone.

import type { PostData, ThreadData } from "../data.ts";
import { ApiError, type Mark, ratePost } from "./api.ts";
import { formTokenFields } from "./formtoken.ts";
import { _ } from "./translation.ts";
import { countWords } from "./words.ts";

const SIDES = [
  { mark: "positive", sign: "+", title: _("Positive ratings"), action: _("Rate as positive") },
  { mark: "negative", sign: "-", title: _("Negative ratings"), action: _("Rate as negative") },
] as const;

/** Marks that were given in one tab, for the member's other tabs. */
const TABS = "tertulia-marks";

/** Fill the slot under a post; `data-own-mark` on it stays as it is. */
export function fillRating(slot: HTMLElement, post: PostData, mayRate: boolean): void {
  slot.dataset["ownMark"] ??= "none";
  if (post.is_removed) {
    slot.replaceChildren();
    return;
  }
  slot.replaceChildren(mayRate ? ratingForm(post) : ratingLine(post));
  showOwnMark(slot);
}

/** Press the button of the reader's own mark: pressed again, it takes the mark back. */
export function showOwnMark(slot: HTMLElement): void {
  for (const button of slot.querySelectorAll<HTMLButtonElement>("button[data-mark]")) {
    const mark = button.dataset["mark"] ?? "none";
    const isOwn = mark === slot.dataset["ownMark"];
    button.value = isOwn ? "none" : mark;
    button.setAttribute("aria-pressed", String(isOwn));
  }
}

export interface RatingsOptions {
  /** The post as the server says that it is after the mark. */
  readonly onRated: (post: PostData, thread: ThreadData) => void;
  readonly findSlot: (postId: number) => HTMLElement | null;
}

/** Take over the forms under the posts in `container`. */
export function watchRatings(container: HTMLElement, { onRated, findSlot }: RatingsOptions): void {
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel(TABS) : null;
  const setMark = (postId: number, mark: Mark): void => {
    const slot = findSlot(postId);
    if (slot !== null) {
      slot.dataset["ownMark"] = mark;
      showOwnMark(slot);
    }
  };
  tabs?.addEventListener("message", ({ data }: MessageEvent<{ postId: number; mark: Mark }>) => {
    setMark(data.postId, data.mark);
  });
  const rate = async (postId: number, mark: Mark): Promise<void> => {
    try {
      const { post, thread } = await ratePost(postId, mark);
      onRated(post, thread);
      setMark(postId, mark);
      tabs?.postMessage({ postId, mark });
      say(findSlot(postId), "");
    } catch (error) {
      say(findSlot(postId), error instanceof ApiError ? error.message : _("Something went wrong."));
    }
  };
  container.addEventListener("submit", (event) => {
    const form = event.target instanceof HTMLFormElement && event.target.matches("form.rating") ? event.target : null;
    const article = form?.closest<HTMLElement>("[data-post-id]");
    const button = event.submitter;
    if (form !== null && article && button instanceof HTMLButtonElement) {
      event.preventDefault();
      void rate(Number(article.dataset["postId"]), button.value as Mark);
    }
  });
}

/** Why a mark was not taken, beside the buttons; nothing once one is. */
function say(slot: HTMLElement | null, words: string): void {
  const shown = slot?.querySelector(".rating-note");
  if (words === "") {
    shown?.remove();
    return;
  }
  const note = shown ?? document.createElement("span");
  note.className = "rating-note";
  note.setAttribute("role", "alert");
  note.textContent = words;
  slot?.append(note);
}

function ratingForm(post: PostData): HTMLElement {
  const form = document.createElement("form");
  setAttributes(form, { class: "rating", method: "post", action: `/posts/${post.id}/rate` });
  form.append(...formTokenFields());
  for (const { mark, sign, action } of SIDES) {
    const button = document.createElement("button");
    setAttributes(button, { class: `rate is-${mark}`, "data-mark": mark, type: "submit", name: "mark", value: mark });
    setAttributes(button, { "aria-pressed": "false", title: action });
    button.textContent = sign + countWords(post[mark]);
    form.append(button);
  }
  return form;
}

function ratingLine(post: PostData): HTMLElement {
  const line = document.createElement("p");
  line.className = "rating";
  for (const { mark, sign, title } of SIDES) {
    const count = document.createElement("span");
    setAttributes(count, { class: `rate is-${mark}`, title });
    count.textContent = sign + countWords(post[mark]);
    line.append(count);
  }
  return line;
}

function setAttributes(element: HTMLElement, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    element.setAttribute(name, value);
  }
}
