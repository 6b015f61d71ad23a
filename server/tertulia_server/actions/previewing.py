"""What a text will look like, before it is posted: made by the very function that posting uses."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.rendering import render_markdown
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import TextFormat, Visitor
from tertulia_server.forum.rights import check_may_edit, check_may_write
from tertulia_server.forum.text import check_text, render_post
from tertulia_server.store.pages import read_post
from tertulia_wire.codes import Code


async def render_preview(actions: Actions, visitor: Visitor, text: str, *, post_id: int | None = None) -> str:
    """The HTML that the text will have as a post or, with ``post_id``, as another text of that post.

    `Refusal`: as `check_may_write`, those of a text, and for a post ``NOT_FOUND`` and as `check_may_edit`.
    """
    check_may_write(visitor)
    text = check_text(text)
    if post_id is not None and await _is_literal(actions, visitor, post_id):
        return render_post(text, TextFormat.LITERAL)
    return await render_markdown(actions.store, text)


async def _is_literal(actions: Actions, visitor: Visitor, post_id: int) -> bool:
    place = await actions.store.read(read_post, post_id)
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_edit(visitor, place.post["author"]["id"], place.rules, place.thread["is_locked"])
    return place.post["format"] == TextFormat.LITERAL.value
