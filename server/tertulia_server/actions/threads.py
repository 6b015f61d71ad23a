"""Beginning threads."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import PostOutcome, make_draft, publish
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.titles import check_title, slug_of
from tertulia_server.store.posting import write_thread

ThreadOutcome = PostOutcome
"""The thread, its first post, and the cursor of the thread's channel."""


async def create_thread(
    actions: Actions, visitor: Visitor, forum_id: int, title: str, text: str, *, key: str
) -> ThreadOutcome:
    """Begin a thread with its first post; returns once it is durable and published.

    `Refusal`: ``TITLE_INVALID`` and those of `create_post`. A key that was used before gives the first outcome.
    """
    title = check_title(title)
    draft = make_draft(actions, visitor, text, key)
    written = await actions.store.write(write_thread, visitor, forum_id, title, slug_of(title), draft)
    return publish(actions, written)
