"""Beginning threads."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.outcomes import PostOutcome, find_first_outcome, publish
from tertulia_server.actions.posts import check_author
from tertulia_server.actions.rendering import render_markdown
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.text import check_text
from tertulia_server.forum.titles import check_title, slug_of
from tertulia_server.store.posting import Draft, write_thread

ThreadOutcome = PostOutcome
"""The thread, its first post, and the cursor of the thread's channel."""


async def create_thread(
    actions: Actions, visitor: Visitor, forum_id: int, title: str, text: str, *, key: str, kept_version: int = 0
) -> ThreadOutcome:
    """Begin a thread with its first post; returns once it is durable and published.

    `Refusal`: ``TITLE_INVALID`` and those of `create_post`. A key that was used before gives the first outcome.
    ``kept_version`` as in `create_post`.
    """
    author_id = check_author(visitor, key)
    try:
        title, text = check_title(title), check_text(text)
    except Refusal as refusal:
        return await find_first_outcome(actions, visitor, key, otherwise=refusal)
    html = await render_markdown(actions.store, text)
    fault = actions.find_fault(visitor, html, title)
    draft = Draft(author_id, text, html, key, actions.now_ms(), actions.pace_ms(visitor), kept_version, fault)
    written = await actions.store.write(write_thread, visitor, forum_id, title, slug_of(title), draft)
    return publish(actions, written)
