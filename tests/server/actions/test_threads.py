from __future__ import annotations

import asyncio

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Visitor
from tertulia_server.store.pages import read_forum_page, read_thread_page
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import Town


async def test_thread_created_is_kept_and_published(actions: Actions, town: Town, heard: Heard) -> None:
    outcome = await create_thread(actions, town.ada, town.forum_id, " The  fair ", "*Who?*", key="adas-key-1")
    thread_id = outcome.thread["id"]
    assert (outcome.thread["title"], outcome.thread["slug"], outcome.cursor.seq) == ("The fair", "the-fair", 2)
    assert (outcome.post["number"], outcome.post["html"]) == (1, "<p><em>Who?</em></p>\n")
    assert [(event.channel, event.seq, event.name) for event in heard.events()] == [
        (f"thread:{thread_id}", 1, "thread.created"),
        (f"forum:{town.forum_id}", 1, "thread.created"),
        (f"thread:{thread_id}", 2, "post.created"),
        (f"forum:{town.forum_id}", 2, "post.created"),
    ]
    assert heard.events()[0].data == {"thread": outcome.thread}
    page = await actions.store.read(read_thread_page, thread_id, 1)
    assert page is not None
    assert (page.thread, page.posts, page.cursor) == (outcome.thread, [outcome.post], outcome.cursor)


async def test_thread_created_at_once_with_one_key_is_one_thread(actions: Actions, town: Town) -> None:
    outcomes = await asyncio.gather(
        *(create_thread(actions, town.ada, town.forum_id, f"Fair {n}", "Who?", key="adas-key-1") for n in range(6))
    )
    assert len({outcome.thread["id"] for outcome in outcomes}) == 1
    assert [outcome.is_replayed for outcome in outcomes].count(False) == 1
    page = await actions.store.read(read_forum_page, town.forum_id, 1)
    assert page is not None
    assert page.forum["thread_count"] == 1


async def test_key_of_a_thread_used_for_a_post_gives_the_thread(actions: Actions, town: Town) -> None:
    first = await create_thread(actions, town.ada, town.forum_id, "The fair", "Who?", key="adas-key-1")
    again = await create_post(actions, town.ada, first.thread["id"], "I do.", key="adas-key-1")
    assert (again.post, again.thread, again.cursor, again.is_replayed) == (first.post, first.thread, first.cursor, True)
    third = await create_thread(actions, town.ada, town.forum_id, "", "", key="adas-key-1")
    assert (third.post["id"], third.is_replayed) == (first.post["id"], True)


@pytest.mark.parametrize(
    ("title", "text", "key", "code"),
    [
        ("", "Who?", "some-key", Code.TITLE_INVALID),
        ("x" * 201, "Who?", "some-key", Code.TITLE_INVALID),
        ("Fair", "", "some-key", Code.POST_EMPTY),
        ("Fair", "Who?", "", Code.KEY_MISSING),
    ],
)
async def test_thread_with_bad_fields_is_refused(
    actions: Actions, town: Town, heard: Heard, title: str, text: str, key: str, code: Code
) -> None:
    with pytest.raises(Refusal) as refused:
        await create_thread(actions, town.ada, town.forum_id, title, text, key=key)
    assert refused.value.code is code
    assert heard.publications == []


async def test_thread_of_those_who_may_not_is_refused(actions: Actions, town: Town) -> None:
    cases: list[tuple[Visitor, int, Code]] = [
        (GUEST, town.forum_id, Code.UNAUTHENTICATED),
        (town.rob, town.forum_id, Code.BANNED),
        (town.ada, town.staff_forum_id, Code.NOT_FOUND),
        (town.ada, 999, Code.NOT_FOUND),
    ]
    for visitor, forum_id, code in cases:
        with pytest.raises(Refusal) as refused:
            await create_thread(actions, visitor, forum_id, "Fair", "Who?", key="some-key")
        assert refused.value.code is code
