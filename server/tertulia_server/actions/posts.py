"""Writing, editing and removing posts: the only way in, whoever asks and over whatever road."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia_server.actions.context import Actions
from tertulia_server.actions.keys import check_key
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import TextFormat, Visitor
from tertulia_server.forum.rights import check_may_write
from tertulia_server.forum.text import check_text, render_post
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.posting import Draft, Written, write_post
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import PostData, ThreadData


@dataclass(frozen=True, slots=True)
class PostOutcome:
    """The post and its thread as they are now; ``cursor`` is of the thread's channel, just after what was done.

    ``is_replayed``: this was done before, by a request with the same key.
    """

    post: PostData
    thread: ThreadData
    cursor: Cursor
    is_replayed: bool


async def create_post(actions: Actions, visitor: Visitor, thread_id: int, text: str, *, key: str) -> PostOutcome:
    """Add a post to a thread; returns once it is durable and published.

    `Refusal`: ``KEY_MISSING``, ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``FORBIDDEN``, ``THREAD_LOCKED``,
    ``POST_EMPTY``, ``POST_TOO_LONG``. A key that was used before gives the first outcome, whatever the text.
    """
    draft = make_draft(actions, visitor, text, key)
    return publish(actions, await actions.store.write(write_post, visitor, thread_id, draft))


async def edit_post(actions: Actions, visitor: Visitor, post_id: int, text: str, *, version: int) -> PostOutcome:
    """Replace the text of a post of one's own; ``version`` is the one that the editor saw.

    `Refusal`: ``STALE_VERSION``, ``POST_REMOVED``, ``NOT_FOUND``, ``FORBIDDEN``, ``THREAD_LOCKED`` and those of a
    text. The same text again changes nothing.
    """
    check_may_write(visitor)
    text = check_text(text)
    html = render_post(text, TextFormat.MARKDOWN)
    written = await actions.store.write(
        write_edit, visitor, post_id, text, html, version=version, now_ms=actions.now_ms()
    )
    return publish(actions, written)


async def remove_post(actions: Actions, visitor: Visitor, post_id: int) -> PostOutcome:
    """Remove a post; once removed, it stays so and a repetition changes nothing. `Refusal`: ``NOT_FOUND``,
    ``FORBIDDEN``."""
    check_may_write(visitor)
    return publish(actions, await actions.store.write(write_removal, visitor, post_id, now_ms=actions.now_ms()))


def make_draft(actions: Actions, visitor: Visitor, text: str, key: str) -> Draft:
    """A post that may go to the store: who, what, and when."""
    check_may_write(visitor)
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    check_key(key)
    text = check_text(text)
    return Draft(visitor.member_id, text, render_post(text, TextFormat.MARKDOWN), key, actions.now_ms())


def publish(actions: Actions, written: Written) -> PostOutcome:
    """Tell everybody what was committed; if this is never reached, the sweeps of the workers find it in the log."""
    if written.announcement is not None:
        actions.publish(written.announcement.publications())
    return PostOutcome(written.post, written.thread, written.cursor, written.is_replayed)
