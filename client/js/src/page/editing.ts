// Changing a post where it stands. Whatever goes wrong before the text is there, the plain page for it does it.

import type { PostData, ThreadData } from "../data.ts";
import type { ApiError } from "./api.ts";
import { dropDraft, editPost, readPost } from "./api_writing.ts";
import { Composer } from "./composer.ts";
import { notice } from "./field.ts";
import { _ } from "./translation.ts";
import { Writing } from "./writing.ts";

const STALE_VERSION = 4100;

export type OnEdited = (post: PostData, thread: ThreadData) => void;

export class Editing {
  readonly #threadId: number;
  readonly #memberId: string;
  readonly #onEdited: OnEdited;

  /** Take over clicks on "Edit" in `container`. */
  constructor(container: HTMLElement, threadId: number, memberId: string, onEdited: OnEdited) {
    this.#threadId = threadId;
    this.#memberId = memberId;
    this.#onEdited = onEdited;
    container.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a[data-tool=edit]") : null;
      const article = link?.closest<HTMLElement>("[data-post-id]");
      const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
      if (link instanceof HTMLAnchorElement && article && isPlain) {
        event.preventDefault();
        this.#open(article).catch(() => location.assign(link.href));
      }
    });
  }

  async #open(article: HTMLElement): Promise<void> {
    const { post } = await readPost(Number(article.dataset["postId"]));
    const template = document.getElementById("edit-template");
    const body = article.querySelector("[data-slot=body]");
    if (!(template instanceof HTMLTemplateElement) || body === null || post.text === null) {
      throw new Error("There is nothing to edit with.");
    }
    const form = template.content.firstElementChild?.cloneNode(true) as HTMLFormElement;
    renameIds(form, `edit-${post.id}`);
    (form.elements.namedItem("text") as HTMLTextAreaElement).value = post.text;
    body.after(form);
    article.classList.add("is-editing");
    this.#start(article, form, post.text, post);
  }

  #start(article: HTMLElement, form: HTMLFormElement, initial: string, post: PostData): void {
    const composer = new Composer(form, this.#threadId, post.id);
    const close = (): void => {
      form.remove();
      article.classList.remove("is-editing");
      article.querySelector<HTMLElement>("[data-tool=edit]")?.focus({ preventScroll: true });
    };
    const writing = writeEdit(composer, {
      postId: post.id,
      version: post.version,
      memberId: this.#memberId,
      initial,
      onEdited: (edited, thread) => {
        close();
        this.#onEdited(edited, thread);
      },
    });
    form.querySelector("[data-cancel]")?.addEventListener("click", () => {
      if (!writing.isChanged || window.confirm(_("Discard what you changed?"))) {
        writing.cancel();
        close();
      }
    });
    composer.field.focus();
  }
}

export interface EditOptions {
  readonly postId: number;
  /** Which version of the post the text replaces. */
  readonly version: number;
  readonly memberId: string;
  /** The text of the post. */
  readonly initial: string;
  /** The version of the kept draft that the form was given; 0 for none. */
  readonly base?: number;
  readonly onEdited: OnEdited;
}

/** Write a change of a post, wherever its form stands. */
export function writeEdit(composer: Composer, options: EditOptions): Writing {
  const { postId, memberId, initial, base, onEdited } = options;
  let { version } = options;
  let kept = 0;
  const writing: Writing = new Writing(composer, {
    memberId,
    place: `post:${postId}`,
    initial,
    ...(base === undefined ? {} : { base }),
    send: ({ text, draft }) => {
      kept = draft;
      return editPost(postId, text, version);
    },
    onPosted: (edited, thread) => {
      writing.cancel();
      if (kept > 0) {
        void dropDraft(`post:${postId}`, kept).catch(() => undefined); // it stays in the list of drafts then
      }
      onEdited(edited, thread);
    },
    onRefused: (error: ApiError) => {
      if (error.code === STALE_VERSION) {
        void showFaster(composer, postId).then((current) => (version = current));
      }
      return error.code === STALE_VERSION;
    },
  });
  return writing;
}

/** Somebody was faster: show the post as it is now. Resolves to its version, which the text replaces when it is saved. */
async function showFaster(composer: Composer, postId: number): Promise<number> {
  const { post: current } = await readPost(postId);
  const text = document.createElement("pre");
  text.textContent = current.text ?? "";
  const told = notice(_("Somebody changed this post while you were writing. Saving again puts your text in its place."));
  told.append(text);
  composer.beside?.replaceChildren(told);
  composer.say("");
  return current.version;
}

/** A template's ids, made those of one post. */
function renameIds(form: HTMLElement, name: string): void {
  for (const attribute of ["id", "for", "aria-describedby", "aria-controls"]) {
    for (const element of form.querySelectorAll(`[${attribute}]`)) {
      element.setAttribute(attribute, (element.getAttribute(attribute) ?? "").replaceAll("edit-text", name));
    }
  }
}
