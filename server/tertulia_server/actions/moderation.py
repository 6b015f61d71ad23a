"""Moderating threads: what is locked, pinned, renamed, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tertulia_server.actions.context import Actions
from tertulia_server.actions.keys import check_key
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.moderation import ThreadChange
from tertulia_server.forum.rights import check_may_write
from tertulia_server.forum.titles import check_title, slug_of
from tertulia_server.store.moderating import ThreadWritten, write_thread_change
from tertulia_server.store.moving import write_move
from tertulia_server.store.moving_posts import NewThread, write_merge, write_posts_moved, write_split
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ThreadData


@dataclass(frozen=True, slots=True)
class ThreadOutcome:
    """The thread as it is now; ``cursor`` is of its channel, just after what was done."""

    thread: ThreadData
    cursor: Cursor


async def change_thread(
    actions: Actions,
    visitor: Visitor,
    thread_id: int,
    *,
    title: str | None = None,
    is_locked: bool | None = None,
    is_pinned: bool | None = None,
) -> ThreadOutcome:
    """Rename, lock, unlock, pin or unpin a thread; None leaves a thing as it is.

    `Refusal`: ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``FORBIDDEN``, ``TITLE_INVALID``.
    """
    check_may_write(visitor)
    title = None if title is None else check_title(title)
    slug = None if title is None else slug_of(title)
    change = ThreadChange(title=title, slug=slug, is_locked=is_locked, is_pinned=is_pinned)
    written = await actions.store.write(write_thread_change, visitor, thread_id, change, now_ms=actions.now_ms())
    return publish_thread(actions, written)


async def move_thread(actions: Actions, visitor: Visitor, thread_id: int, forum_id: int) -> ThreadOutcome:
    """Put a thread into another forum; its id, its channel and the numbers of its posts stay.

    `Refusal`: ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``FORBIDDEN`` where the visitor does not moderate, or may
    not post in the other forum.
    """
    check_may_write(visitor)
    return publish_thread(
        actions, await actions.store.write(write_move, visitor, thread_id, forum_id, now_ms=actions.now_ms())
    )


def publish_thread(actions: Actions, written: ThreadWritten) -> ThreadOutcome:
    """Tell everybody what was committed."""
    actions.tell(written.announcement)
    return ThreadOutcome(written.thread, written.cursor)


async def split_thread(
    actions: Actions, visitor: Visitor, thread_id: int, post_ids: Sequence[int], title: str, *, key: str
) -> ThreadOutcome:
    """Begin a thread in the same forum with some posts of another; the outcome is of the new one.

    `Refusal`: ``KEY_MISSING``, ``TITLE_INVALID``, ``INVALID`` for posts that are not there, and as `change_thread`.
    """
    check_may_write(visitor)
    check_key(key)
    title = check_title(title)
    new = NewThread(title, slug_of(title), key)
    written = await actions.store.write(write_split, visitor, thread_id, post_ids, new, now_ms=actions.now_ms())
    return publish_thread(actions, written)


async def move_posts(
    actions: Actions, visitor: Visitor, thread_id: int, post_ids: Sequence[int], target_id: int
) -> ThreadOutcome:
    """Move some posts to the end of another thread; the outcome is of that one. Refuses as `split_thread`."""
    check_may_write(visitor)
    now_ms = actions.now_ms()
    written = await actions.store.write(write_posts_moved, visitor, thread_id, post_ids, target_id, now_ms=now_ms)
    return publish_thread(actions, written)


async def merge_thread(actions: Actions, visitor: Visitor, thread_id: int, target_id: int) -> ThreadOutcome:
    """Move all posts of a thread to the end of another one; the outcome is of that one. Refuses as `split_thread`.

    A long thread goes in several transactions; what was moved stays moved, and a repetition goes on from there.
    """
    check_may_write(visitor)
    while True:
        now_ms = actions.now_ms()
        written = await actions.store.write(write_merge, visitor, thread_id, target_id, now_ms=now_ms)
        outcome = publish_thread(actions, written.thread_written)
        if written.is_done:
            return outcome
