"""The transactions that add a post: to a thread, or as the first of a new one.

Each keeps one order, so that no two of them wait for each other crosswise: the idempotency key, then the rows with
counters by table (members, threads, forums), and last the heads with the log. The more writers share a row, the later
it is locked; what is read for the events is read before the row of the forum.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.forum.models import TextFormat, Visitor
from tertulia_server.forum.new_members import Fault
from tertulia_server.forum.rights import check_may_post, check_may_read, may_read
from tertulia_server.store.announcing import Announcement, announce, drafts_in_thread
from tertulia_server.store.authors import count_post
from tertulia_server.store.drafts import discard_draft
from tertulia_server.store.forums import add_post_to_forum, find_rules
from tertulia_server.store.keys import Outcome, claim_key, find_outcome, settle_key
from tertulia_server.store.posts import NewPost, PostRow, insert_post, read_post_rows, read_posts
from tertulia_server.store.replay import Known, read_things
from tertulia_server.store.threads import (
    ThreadPlace,
    add_post_to_thread,
    find_thread_place,
    insert_thread,
    read_threads,
    set_first_post,
)
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import CardData, PostData, ThreadData
from tertulia_wire.events import POST_CREATED, THREAD_CREATED, key_hash


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that was checked and rendered, on its way into the store; ``pace_ms`` as of `count_post`.

    ``kept_version``: the version of the author's draft for this place that is done with; 0 for none. ``fault``: why it
    is refused if the author is new. ``is_retold``: said once before, in an archive, by who may be banned by now.
    """

    author_id: int
    text: str
    html: str
    key: str
    now_ms: int
    pace_ms: int = 0
    kept_version: int = 0
    fault: Fault | None = None
    format: TextFormat = TextFormat.MARKDOWN
    is_retold: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction left: the post and its thread as they are now, and the cursor of the thread's channel.

    ``announcement`` is None where nothing was changed.
    """

    post: PostData
    thread: ThreadData
    cursor: Cursor
    announcement: Announcement | None = None
    is_replayed: bool = False


def write_post(conn: Connection, visitor: Visitor, thread_id: int, draft: Draft) -> Written:
    """Add a post to a thread: its number, the counters, the events. `Refusal` as `check_may_post`, or ``NOT_FOUND``.

    To a thread that was merged while its reader wrote, it is added where that went: the text belongs to that talk.
    """
    first = claim_key(conn, draft.author_id, draft.key, draft.now_ms)
    if first is not None:
        return replay_outcome(conn, visitor, first)
    _discard_kept(conn, draft, Place(PlaceKind.THREAD, thread_id))
    card = _count(conn, draft)
    thread_id, place = _find_place(conn, visitor, thread_id)
    check_may_post(visitor, place.rules, place.is_locked)
    post = _insert(conn, thread_id, draft, step=1)
    thread = add_post_to_thread(conn, post, place, card["name"])
    drafts = drafts_in_thread(thread_id, place.forum_id, POST_CREATED, post.id, 1)
    things = read_things(conn, drafts, Known({post.id: post}, {draft.author_id: card}, {thread_id: thread}))
    add_post_to_forum(conn, place.forum_id, thread_id)
    return _settle(conn, draft, announce(conn, drafts, things))


def write_thread(conn: Connection, visitor: Visitor, forum_id: int, title: str, slug: str, draft: Draft) -> Written:
    """Begin a thread with its first post. `Refusal` as `check_may_post`, or ``NOT_FOUND``."""
    first = claim_key(conn, draft.author_id, draft.key, draft.now_ms)
    if first is not None:
        return replay_outcome(conn, visitor, first)
    _discard_kept(conn, draft, Place(PlaceKind.FORUM, forum_id))
    rules = find_rules(conn, forum_id)
    if rules is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_post(visitor, rules)
    card = _count(conn, draft)
    thread_id = insert_thread(conn, forum_id, title, slug, draft.author_id, draft.now_ms)
    post = _insert(conn, thread_id, draft, step=0)
    set_first_post(conn, thread_id, post.id)
    drafts = [
        *drafts_in_thread(thread_id, forum_id, THREAD_CREATED, thread_id, 1),
        *drafts_in_thread(thread_id, forum_id, POST_CREATED, post.id, 1),
    ]
    things = read_things(conn, drafts, Known({post.id: post}, {draft.author_id: card}))
    add_post_to_forum(conn, forum_id, thread_id, new_threads=1)
    return _settle(conn, draft, announce(conn, drafts, things))


def find_written(conn: Connection, visitor: Visitor, key: str) -> Written | None:
    """What an earlier request of the visitor with this key left; None if there was none. A reading operation."""
    first = None if visitor.member_id is None else find_outcome(conn, visitor.member_id, key)
    return None if first is None else replay_outcome(conn, visitor, first)


def replay_outcome(conn: Connection, visitor: Visitor, first: Outcome) -> Written:
    """The answer to a request whose key was used before: what it made then, as that is now."""
    post = read_posts(conn, list(read_post_rows(conn, [first.post_id]).values()))[first.post_id]
    thread = read_threads(conn, [post["thread_id"]])[post["thread_id"]]
    rules = find_rules(conn, thread["forum_id"])
    check_may_read(visitor, rules)
    return Written(post, thread, Cursor(first.epoch, first.seq), is_replayed=True)


def _find_place(conn: Connection, visitor: Visitor, thread_id: int) -> tuple[int, ThreadPlace]:
    """The thread, or the one that it was merged into, locked; who may not read that is told no more of it."""
    asked_id = thread_id
    while True:
        place = find_thread_place(conn, thread_id)
        if place is None:
            raise Refusal(Code.NOT_FOUND)
        if thread_id != asked_id and not may_read(visitor, place.rules):
            raise Refusal(Code.THREAD_LOCKED, "This thread was merged into another one: it takes no more posts.")
        if place.merged_into is None:
            return thread_id, place
        thread_id = place.merged_into  # no thread is merged into one that was merged, so this comes to an end


def _discard_kept(conn: Connection, draft: Draft, place: Place) -> None:
    if draft.kept_version:
        discard_draft(conn, draft.author_id, place, version=draft.kept_version)


def _count(conn: Connection, draft: Draft) -> CardData:
    card = count_post(conn, draft.author_id, draft.now_ms, draft.pace_ms, even_banned=draft.is_retold)
    if draft.fault is not None:
        draft.fault.check(card["messages"])
    return card


def _insert(conn: Connection, thread_id: int, draft: Draft, *, step: int) -> PostRow:
    post = NewPost(
        thread_id=thread_id,
        step=step,
        author_id=draft.author_id,
        format=draft.format.value,
        text=draft.text,
        html=draft.html,
        created_ms=draft.now_ms,
        key_hash=key_hash(draft.key),
    )
    return insert_post(conn, post)


def _settle(conn: Connection, draft: Draft, announcement: Announcement) -> Written:
    data = announcement.post_event()
    cursor = announcement.cursor(thread_channel(data["thread"]["id"]))
    outcome = Outcome(data["post"]["id"], data["post"]["number"], cursor.epoch, cursor.seq)
    settle_key(conn, draft.author_id, draft.key, outcome)
    return Written(data["post"], data["thread"], cursor, announcement)
