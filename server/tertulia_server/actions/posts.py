"""Writing, editing, removing and restoring posts: the only way in, whoever asks and over whatever road."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.keys import check_key
from tertulia_server.actions.outcomes import PostOutcome, find_first_outcome, publish
from tertulia_server.actions.rendering import render_markdown
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_write
from tertulia_server.forum.text import check_text
from tertulia_server.store.changing import write_edit, write_removal, write_restoration
from tertulia_server.store.posting import Draft, write_post
from tertulia_wire.codes import Code


async def create_post(
    actions: Actions, visitor: Visitor, thread_id: int, text: str, *, key: str, kept_version: int = 0
) -> PostOutcome:
    """Add a post to a thread; returns once it is durable and published.

    ``kept_version`` is that of the author's draft which is done with by this post (0: none); a newer one stays.

    `Refusal`: ``KEY_MISSING``, ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``FORBIDDEN``, ``THREAD_LOCKED``,
    ``POST_EMPTY``, ``POST_TOO_LONG``, ``RATE_LIMITED``. A key that was used before gives the first outcome, whatever
    the text.
    """
    author_id = check_author(visitor, key)
    try:
        text = check_text(text)
    except Refusal as refusal:
        return await find_first_outcome(actions, visitor, key, otherwise=refusal)
    html = await render_markdown(actions.store, text)
    fault = actions.find_fault(visitor, html)
    draft = Draft(author_id, text, html, key, actions.now_ms(), actions.pace_ms(visitor), kept_version, fault)
    return publish(actions, await actions.store.write(write_post, visitor, thread_id, draft))


async def edit_post(actions: Actions, visitor: Visitor, post_id: int, text: str, *, version: int) -> PostOutcome:
    """Replace the text of a post of one's own; ``version`` is the one that the editor saw.

    `Refusal`: ``STALE_VERSION``, ``POST_REMOVED``, ``NOT_FOUND``, ``FORBIDDEN``, ``THREAD_LOCKED`` and those of a
    text. The same text again changes nothing.
    """
    check_may_write(visitor)
    text = check_text(text)
    html = await render_markdown(actions.store, text)
    now_ms = actions.now_ms()
    fault = actions.find_fault(visitor, html)
    written = await actions.store.write(
        write_edit, visitor, post_id, text, html, version=version, now_ms=now_ms, fault=fault
    )
    return publish(actions, written)


async def remove_post(actions: Actions, visitor: Visitor, post_id: int) -> PostOutcome:
    """Remove a post; its text goes from every page. A repetition changes nothing.

    `Refusal`: ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``FORBIDDEN``.
    """
    check_may_write(visitor)
    return publish(actions, await actions.store.write(write_removal, visitor, post_id, now_ms=actions.now_ms()))


async def restore_post(actions: Actions, visitor: Visitor, post_id: int) -> PostOutcome:
    """Give a removed post its text back, on every page. A repetition changes nothing.

    `Refusal`: as `remove_post`.
    """
    check_may_write(visitor)
    return publish(actions, await actions.store.write(write_restoration, visitor, post_id, now_ms=actions.now_ms()))


def check_author(visitor: Visitor, key: str) -> int:
    """The member who writes; refuses who may not write anywhere, and requests without a usable key."""
    check_may_write(visitor)
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    check_key(key)
    return visitor.member_id
