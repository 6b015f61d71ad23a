from __future__ import annotations

from dataclasses import replace

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post, remove_post, restore_post
from tertulia_server.actions.reports import close_reports, report_post
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Visitor
from tertulia_server.forum.rights import moderated_forums
from tertulia_server.store.audit import read_entries
from tertulia_server.store.reports import MAX_OPEN_REPORTS, ReportedPost, count_queue, read_queue
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import Town


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


async def post_of(actions: Actions, author: Visitor, thread_id: int, text: str = "Cheap shoes") -> int:
    key = f"key-of-{text}".replace(" ", "-")
    return (await create_post(actions, author, thread_id, text, key=key)).post["id"]


async def queue_of(actions: Actions, visitor: Visitor) -> list[ReportedPost]:
    return await actions.store.read(read_queue, moderated_forums(visitor))


async def test_report_waits_in_the_queue_and_says_nothing_to_anybody(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    post_id = await post_of(actions, town.bob, thread_id)
    told_count = len(heard.publications)
    await report_post(actions, town.ada, post_id, " Spam,\n again ")
    await report_post(actions, town.ada, post_id, "Spam, really")
    (waiting,) = await queue_of(actions, town.mona)
    assert (waiting.id, waiting.author, waiting.title, waiting.html) == (
        post_id,
        "bob",
        "The fair",
        "<p>Cheap shoes</p>\n",
    )
    assert [(report.reporter, report.reason) for report in waiting.reports] == [("ada", "Spam, really")]
    told = [(event.channel, event.name, event.data) for event in heard.events()[told_count:]]
    assert told == [("moderation", "moderation.changed", {})] * 2


async def test_queue_holds_only_what_the_visitor_moderates(actions: Actions, town: Town, thread_id: int) -> None:
    await report_post(actions, town.ada, await post_of(actions, town.bob, thread_id), "Spam")
    assert await actions.store.read(count_queue, None) == 1
    elsewhere = replace(town.mona, moderates=frozenset({town.members_forum_id}))
    assert await queue_of(actions, elsewhere) == []
    assert await queue_of(actions, town.ada) == []
    with refuses(Code.FORBIDDEN):
        await close_reports(actions, elsewhere, 2)


async def test_post_that_stands_or_goes_leaves_the_queue(actions: Actions, town: Town, thread_id: int) -> None:
    stands, goes = [await post_of(actions, town.bob, thread_id, text) for text in ("Fine shoes", "Cheap shoes")]
    for post_id in (stands, goes):
        await report_post(actions, town.ada, post_id, "Spam")
    assert [post.id for post in await queue_of(actions, town.mona)] == [stands, goes]
    assert await close_reports(actions, town.mona, stands) == 1
    assert await close_reports(actions, town.mona, stands) == 0
    await remove_post(actions, town.mona, goes)
    assert await queue_of(actions, town.mona) == []
    await restore_post(actions, town.mona, goes)
    lines = (await actions.store.read(read_entries)).lines
    assert [(line.entry.action.value, line.entry.post_id, line.member) for line in reversed(lines)] == [
        ("reports.closed", stands, "bob"),
        ("post.removed", goes, "bob"),
        ("post.restored", goes, "bob"),
    ]
    await report_post(actions, town.ada, stands, "And yet")
    assert [post.id for post in await queue_of(actions, town.mona)] == [stands]


async def test_reports_that_cannot_be_are_refused(actions: Actions, town: Town, thread_id: int) -> None:
    post_id = await post_of(actions, town.bob, thread_id)
    with refuses(Code.UNAUTHENTICATED):
        await report_post(actions, GUEST, post_id, "Spam")
    with refuses(Code.BANNED):
        await report_post(actions, town.rob, post_id, "Spam")
    with refuses(Code.FORBIDDEN):
        await report_post(actions, town.bob, post_id, "Spam")
    with refuses(Code.NOT_FOUND):
        await report_post(actions, town.ada, 999, "Spam")
    with refuses(Code.INVALID):
        await report_post(actions, town.ada, post_id, " ")
    await remove_post(actions, town.mona, post_id)
    with refuses(Code.POST_REMOVED):
        await report_post(actions, town.ada, post_id, "Spam")


async def test_open_reports_of_one_member_are_bounded(actions: Actions, town: Town, thread_id: int) -> None:
    for number in range(MAX_OPEN_REPORTS):
        await report_post(actions, town.ada, await post_of(actions, town.bob, thread_id, f"Shoe {number}"), "Spam")
    one_more = await post_of(actions, town.bob, thread_id)
    with refuses(Code.RATE_LIMITED):
        await report_post(actions, town.ada, one_more, "Spam")
    first = (await queue_of(actions, town.mona))[0].id
    await close_reports(actions, town.mona, first)
    await report_post(actions, town.ada, one_more, "Spam")
