// The thread page, brought to life: each event finds its place on it, and nothing else moves.

import { parseCursor } from "../cursors.ts";
import type { MemberEventData, PostData, PostEventData, ThreadData, ThreadEventData } from "../data.ts";
import { POSTS_PER_PAGE } from "../limits.ts";
import type { Event } from "../messages.ts";
import type { Transport } from "../ladder.ts";
import type { LiveState, Notice } from "../notices.ts";
import { pageOf } from "./addresses.ts";
import { readThreadPage, type ThreadPage } from "./api.ts";
import { Arrivals } from "./arrivals.ts";
import { Company } from "./company.ts";
import { Editing } from "./editing.ts";
import type { PageLine } from "./line.ts";
import { showLiveState } from "./livestate.ts";
import { isLost, showLost } from "./lost.ts";
import { Marks } from "./marks.ts";
import { type Membership, SITE } from "./membership.ts";
import type { ShownState } from "./panelwords.ts";
import { showMovedLines } from "./moved.ts";
import { closeForm, takePermissions, viewerOf } from "./permissions.ts";
import { keepPlace } from "./place.ts";
import { PostList } from "./posts.ts";
import { watchRatings } from "./ratings.ts";
import { Refill } from "./refill.ts";
import { watchRemovals } from "./removal.ts";
import { Replying } from "./replying.ts";
import { showStanding } from "./standing.ts";
import { savesData } from "./thrift.ts";
import { localiseTimes } from "./times.ts";
import { Watching } from "./watching.ts";

/** How long a post that has just arrived is marked as new. */
const NEW_MS = 4000;

/** Bring the page of a thread to life from the cursor that it was rendered with. */
export function startThreadPage(main: HTMLElement, line: PageLine, membership: Membership | null): void {
  const channel = main.dataset["channel"];
  const cursor = parseCursor(main.dataset["cursor"] ?? "");
  const container = document.getElementById("posts");
  const template = document.getElementById("post-template");
  if (channel === undefined || cursor === null || container === null || !(template instanceof HTMLTemplateElement)) {
    return;
  }
  const viewer = viewerOf(main.dataset);
  const hasPresence = main.dataset["presence"] !== undefined;
  line.isReader = () => hasPresence && !savesData();
  const company = new Company({
    channel,
    memberId: viewer.memberId,
    hasPresence,
    connection: line,
    standing: () => membership?.standing ?? "good",
  });
  const live = new LiveThread(main, container, template, {
    isPaused: () => line.isPaused,
    shown: (state, transport) => company.shown(state, transport),
  });
  line.listen((notice) => {
    const isOurs = !("channel" in notice) || notice.channel === channel || notice.channel === SITE;
    if (isOurs) {
      live.take(notice);
      company.take(notice);
    }
    if ("channel" in notice && notice.channel === channel && isLost(notice)) {
      live.lose();
    }
  });
  membership?.onChanged(({ page, status }) => live.takePermissions(page, status));
  line.follow(channel, cursor);
  line.follow(SITE, parseCursor(main.dataset["siteCursor"] ?? ""));
}

/** Who decides whether the page moves at all, and who is told what the reader sees of that. */
interface Standing {
  readonly isPaused: () => boolean;
  readonly shown: (state: ShownState, transport: Transport) => void;
}

class LiveThread {
  readonly #main: HTMLElement;
  readonly #container: HTMLElement;
  readonly #threadId: number;
  readonly #page: number;
  readonly #list: PostList;
  readonly #arrivals: Arrivals;
  #reply: Replying | null;
  readonly #refill: Refill;
  readonly #watching: Watching;
  readonly #memberId: number | null;
  readonly #standing: Standing;
  #isStarted = false;
  #isLost = false;
  #threadVersion: number;
  #movedCount: number;
  #state: LiveState = "connecting";
  #transport: Transport = "socket";

  constructor(main: HTMLElement, container: HTMLElement, template: HTMLTemplateElement, standing: Standing) {
    const data = main.dataset;
    this.#main = main;
    this.#standing = standing;
    this.#container = container;
    this.#threadId = Number(data["threadId"]);
    this.#page = Number(data["page"]);
    this.#memberId = viewerOf(data).memberId;
    this.#threadVersion = Number(data["threadVersion"]);
    this.#movedCount = Number(data["movedCount"]);
    this.#list = new PostList({ container, template, viewer: viewerOf(data) });
    const lastNumber = Number(data["lastNumber"]);
    const seen = Math.min(lastNumber, this.#page * POSTS_PER_PAGE);
    const marks = new Marks(this.#threadId, seen, this.#memberId === null);
    this.#arrivals = new Arrivals({
      onSaw: (number) => marks.saw(number),
      page: this.#page,
      lastNumber,
      thread: { id: this.#threadId, slug: data["threadSlug"] ?? "" },
      findNumber: (number) => this.#list.findNumber(number),
    });
    this.#refill = this.#makeRefill();
    this.#watching = new Watching(main, this.#threadId);
    this.#reply = this.#startReply(lastNumber);
    if (this.#memberId !== null) {
      const onEdited = (post: PostData, thread: ThreadData): void => this.#change(() => this.#takePost({ post, thread }));
      new Editing(container, this.#threadId, String(this.#memberId), onEdited);
    }
    watchRemovals(container, (post, thread) => this.#change(() => this.#takePost({ post, thread })));
    watchRatings(container, {
      onRated: (post, thread) => this.#change(() => this.#takePost({ post, thread })),
      findSlot: (postId) => this.#list.ratingSlot(postId),
    });
    this.#showState();
    this.#isStarted = true;
  }

  #startReply(lastNumber: number): Replying | null {
    const form = document.getElementById("reply");
    return form instanceof HTMLFormElement
      ? new Replying({
          form,
          posts: this.#container,
          threadId: this.#threadId,
          memberId: String(this.#memberId),
          lastNumber,
          onPosted: (post, thread) => this.#showOwnPost(post, thread),
        })
      : null;
  }

  /** The reader may not read it any more: nothing of it stays, but a text of their own. */
  lose(): void {
    if (this.#isLost) {
      return;
    }
    this.#isLost = true;
    this.#reply?.lose();
    document.getElementById("new-posts")?.remove();
    const form = this.#main.querySelector<HTMLElement>(".write");
    if (form !== null) {
      closeForm(form, true);
    }
    void showLost(this.#main, form?.hidden === false ? form : null);
    this.#showState();
  }

  /** The reader's own standing is another: banned, signed out, let in again. */
  takePermissions(page: Document, status: number): void {
    if (this.#isLost && status < 300) {
      location.reload();
    } else if (!this.#isLost && page.getElementById("thread") !== null) {
      keepPlace(this.#container, () => {
        this.#list.viewer = takePermissions(this.#main, page);
      });
      localiseTimes(this.#main);
      this.#reply ??= this.#startReply(Number(page.getElementById("thread")?.dataset["lastNumber"]));
    }
  }

  take(notice: Notice): void {
    if (this.#isLost && notice.kind !== "state") {
      return;
    }
    switch (notice.kind) {
      case "event":
        if (this.#refill.isRunning) {
          this.#refill.hold(notice);
        } else {
          this.#change(() => this.#takeEvent(notice));
        }
        break;
      case "reset": // of the site too: what it told of cards in between is not known
        this.#refill.begin();
        this.#showState();
        break;
      case "state":
        this.#state = notice.state;
        this.#transport = notice.transport;
        this.#showState();
        break;
    }
  }

  #takeEvent(event: Event): void {
    if (event.name.startsWith("post.") && "post" in event.data) {
      const data = event.data as unknown as PostEventData;
      this.#takePost(data, event.name === "post.created");
      if (event.name === "post.edited" || event.name === "post.removed") {
        this.#reply?.noticeChange(data.post);
      }
    } else if (event.name.startsWith("thread.") && "thread" in event.data) {
      this.#takeThread((event.data as unknown as ThreadEventData).thread);
    } else if (event.name === "member.changed" && "member" in event.data) {
      this.#list.updateCard((event.data as unknown as MemberEventData).member);
    }
  }

  #takePost({ post, thread, key_hash }: PostEventData, isCreated = false): void {
    if (post.thread_id !== this.#threadId) {
      this.#list.remove(post.id); // it has moved away
      return;
    }
    this.#takeThread(thread);
    if (isCreated) {
      this.#arrivals.created(post.number, post.id);
    }
    const arrived = pageOf(post.number) === this.#page ? this.#list.upsert(post) : null;
    if (arrived !== null) {
      this.#markNew(arrived);
    }
    this.#list.updateCard(post.author);
    this.#reply?.noticePost(key_hash, post, thread);
  }

  #takeThread(thread: ThreadData): void {
    if (thread.id !== this.#threadId) {
      return;
    }
    this.#arrivals.follow(thread);
    if (thread.version > this.#threadVersion) {
      this.#threadVersion = thread.version;
      this.#showTitle(thread);
      showStanding(thread);
    }
    if (thread.moved_count > this.#movedCount) {
      this.#movedCount = thread.moved_count; // posts went away: their lines come with the page
      this.#refill.begin();
    }
  }

  #markNew(article: HTMLElement): void {
    article.classList.add("is-new");
    window.setTimeout(() => article.classList.remove("is-new"), NEW_MS);
    this.#arrivals.watch(article);
  }

  #showTitle({ title }: ThreadData): void {
    const heading = document.getElementById("thread-title");
    const shown = heading?.textContent ?? "";
    if (heading !== null && shown !== title) {
      heading.textContent = title;
      document.title = document.title.startsWith(shown) ? title + document.title.slice(shown.length) : title;
    }
  }

  /** Their own post is the one thing that readers are taken to. */
  #showOwnPost(post: PostData, thread: ThreadData): void {
    this.#watching.posted();
    if (post.thread_id !== this.#threadId || pageOf(post.number) !== this.#page) {
      location.assign(`/posts/${post.id}`); // another page, or where a merged thread went
      return;
    }
    this.#change(() => {
      this.#arrivals.created(post.number, post.id);
      this.#takePost({ post, thread });
      this.#arrivals.saw(post.number);
    });
    this.#list.find(post.id)?.scrollIntoView({ block: "nearest" });
  }

  #applyPage({ posts, thread, marks, moved }: ThreadPage, held: readonly Event[]): void {
    if (this.#isLost) {
      return;
    }
    this.#change(() => {
      this.#list.reconcile(posts, marks);
      localiseTimes(this.#container);
      showMovedLines(this.#container, moved);
      this.#threadVersion = thread.version;
      this.#movedCount = thread.moved_count;
      this.#arrivals.reset(thread);
      this.#showTitle(thread);
      showStanding(thread);
      held.forEach((event) => this.#takeEvent(event));
    });
    this.#showState();
  }

  #change(change: () => void): void {
    keepPlace(this.#container, () => {
      change();
      this.#arrivals.draw();
    });
  }

  #makeRefill(): Refill {
    return new Refill({
      read: () => readThreadPage(this.#threadId, this.#page),
      apply: (page, held) => this.#applyPage(page, held),
      refused: () => this.lose(),
      random: Math.random,
      sleep: (delayMs) => new Promise((resolve) => window.setTimeout(resolve, delayMs)),
    });
  }

  #showState(): void {
    const isFilling = this.#refill?.isRunning ?? false;
    const isPaused = this.#isStarted && this.#standing.isPaused();
    const isStopped = this.#isLost || this.#state === "stopped";
    const state = isStopped ? "stopped" : isPaused ? "paused" : this.#state;
    showLiveState(document.getElementById("live-state"), state, this.#transport, isFilling);
    this.#standing.shown(state, this.#transport);
  }
}
