from __future__ import annotations

import pytest
from sqlalchemy import update

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.previewing import render_preview
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.store.port import Connection
from tertulia_server.store.schema import posts
from tertulia_wire.codes import Code
from tests.server.town import Town


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


def make_literal(conn: Connection, post_id: int) -> None:
    conn.execute(update(posts).where(posts.c.id == post_id).values(format="literal"))


async def test_preview_is_the_html_of_the_post(actions: Actions, town: Town, thread_id: int) -> None:
    text = "  *so* @bob\n"
    html = await render_preview(actions, town.ada, text)
    assert (await create_post(actions, town.ada, thread_id, text, key="some-key")).post["html"] == html


async def test_preview_of_an_archived_post_stays_literal(actions: Actions, town: Town, thread_id: int) -> None:
    post_id = (await create_post(actions, town.ada, thread_id, "old", key="some-key")).post["id"]
    await actions.store.write(make_literal, post_id)
    assert await render_preview(actions, town.ada, "*so*", post_id=post_id) == "<p>*so*</p>"


async def test_preview_is_refused_as_the_post_would_be(actions: Actions, town: Town, thread_id: int) -> None:
    post_id = (await create_post(actions, town.ada, thread_id, "mine", key="some-key")).post["id"]
    with refuses(Code.UNAUTHENTICATED):
        await render_preview(actions, GUEST, "x")
    with refuses(Code.POST_EMPTY):
        await render_preview(actions, town.ada, " ")
    with refuses(Code.FORBIDDEN):
        await render_preview(actions, town.bob, "x", post_id=post_id)
    with refuses(Code.NOT_FOUND):
        await render_preview(actions, town.ada, "x", post_id=99)
