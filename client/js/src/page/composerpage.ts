// A page of its own to write on: a reply, a new thread, or an edit. It follows the place that the text is for.

import { type Cursor, parseCursor } from "../cursors.ts";
import type { PostEventData } from "../data.ts";
import type { Event } from "../messages.ts";
import { createThread, readQuote } from "./api_writing.ts";
import { Composer } from "./composer.ts";
import { writeEdit } from "./editing.ts";
import { readFresh, takeChildren } from "./fresh.ts";
import type { PageLine } from "./line.ts";
import { isLost, showLost } from "./lost.ts";
import type { Membership } from "./membership.ts";
import { closeForm } from "./permissions.ts";
import { Replying } from "./replying.ts";
import { Writing } from "./writing.ts";

/** What a page to write on does with what happens around it. */
interface Written {
  readonly composer: Composer;
  readonly onEvent?: (event: Event) => void;
  readonly onReset?: () => void;
}

export function startComposerPage(form: HTMLElement, line: PageLine, membership: Membership | null): void {
  const [kind, id] = (form.dataset["place"] ?? "").split(":");
  const memberId = form.dataset["member"];
  if (!(form instanceof HTMLFormElement) || kind === undefined || memberId === undefined) {
    return;
  }
  const written = start(form, kind, Number(id), memberId);
  const { channel, cursor } = form.dataset;
  if (channel !== undefined) {
    follow(form, line, written, channel, parseCursor(cursor ?? ""));
  }
  membership?.onChanged(({ page }) => closeForm(form, page.querySelector("#composer") === null));
}

function start(form: HTMLFormElement, kind: string, id: number, memberId: string): Written {
  const kept = form.elements.namedItem("draft");
  const base = kept instanceof HTMLInputElement ? Number(kept.value) : 0;
  if (kind === "post") {
    return startEdit(form, id, memberId, base);
  }
  const hasMore = location.search !== "";
  const begun = kind === "thread" ? startReply(form, id, memberId, base, hasMore) : startThread(form, id, memberId, base);
  history.replaceState(history.state, "", location.pathname); // what the address asked for is in the form now
  return begun;
}

function startThread(form: HTMLFormElement, forumId: number, memberId: string, base: number): Written {
  const composer = new Composer(form, null);
  const writing = new Writing(composer, {
    memberId,
    place: `forum:${forumId}`,
    base,
    send: (sent) => createThread(forumId, sent),
    onPosted: (post) => location.assign(`/posts/${post.id}`),
  });
  writing.begin();
  return { composer };
}

/** What was posted since, and what is quoted, as with the form below a thread. */
function startReply(form: HTMLFormElement, threadId: number, memberId: string, base: number, hasMore: boolean): Written {
  const lastNumber = Number(form.dataset["lastNumber"]);
  const onPosted = (post: { readonly id: number }): void => location.assign(`/posts/${post.id}`);
  const reply = new Replying({ form, posts: form, threadId, memberId, lastNumber, base, hasMore, onPosted });
  form.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-quote]");
    if (button !== null) {
      event.preventDefault();
      void readQuote(Number(button.dataset["quote"])).then(({ markdown }) => reply.composer.append(markdown, false));
    }
  });
  return {
    composer: reply.composer,
    onEvent: ({ name, data }) => {
      if (name.startsWith("post.") && "post" in data) {
        const { post, thread, key_hash } = data as unknown as PostEventData;
        reply.noticePost(key_hash, post, thread);
        reply.noticeChange(post);
      }
    },
    onReset: () => void readAround(form, reply),
  };
}

/** What the log does not tell any more, the page does. */
async function readAround(form: HTMLFormElement, reply: Replying): Promise<void> {
  const page = (await readFresh())?.page;
  const fresh = page?.querySelector<HTMLElement>("#composer");
  if (fresh) {
    const recent = form.querySelector(".recent");
    if (recent !== null) {
      takeChildren(recent, fresh.querySelector(".recent"));
    }
    reply.reached(Number(fresh.dataset["lastNumber"]));
  }
}

function startEdit(form: HTMLFormElement, postId: number, memberId: string, base: number): Written {
  const composer = new Composer(form, null, postId);
  const version = form.elements.namedItem("version");
  const { initial } = form.dataset;
  // Without it the form was sent, and came back with what there is to say.
  if (initial !== undefined && version instanceof HTMLInputElement) {
    writeEdit(composer, {
      postId,
      version: Number(version.value),
      memberId,
      initial: initial.replace(/\r\n?/g, "\n"), // as a text field has it
      base,
      onEdited: (post) => location.assign(`/posts/${post.id}`),
    }).begin();
  }
  return { composer };
}

function follow(form: HTMLFormElement, line: PageLine, written: Written, channel: string, cursor: Cursor | null): void {
  const main = form.closest("main");
  let isGone = false;
  line.listen((notice) => {
    if (!("channel" in notice) || notice.channel !== channel || isGone || main === null) {
      return;
    }
    if (isLost(notice)) {
      isGone = true;
      written.composer.clearBeside();
      form.querySelector(".recent")?.remove();
      closeForm(form, true);
      void showLost(main, form.hidden ? null : form);
    } else if (notice.kind === "event") {
      written.onEvent?.(notice);
    } else if (notice.kind === "reset") {
      written.onReset?.();
    }
  });
  line.follow(channel, cursor);
}
