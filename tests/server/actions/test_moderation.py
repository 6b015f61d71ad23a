from __future__ import annotations

import asyncio

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.moderation import change_thread, move_thread
from tertulia_server.actions.posts import create_post
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.store.audit import read_entries
from tertulia_server.store.pages import read_index, read_thread_page
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import Town, ban


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


async def test_thread_is_renamed_locked_and_pinned_for_all_at_once(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    outcome = await change_thread(
        actions, town.mona, thread_id, title="  The   great fair ", is_locked=True, is_pinned=True
    )
    thread = outcome.thread
    assert (thread["title"], thread["slug"]) == ("The great fair", "the-great-fair")
    assert (thread["is_locked"], thread["is_pinned"], thread["version"]) == (True, True, 2)
    assert [(event.channel, event.name, event.data) for event in heard.events()] == [
        (f"thread:{thread_id}", "thread.changed", {"thread": thread}),
        (f"forum:{town.forum_id}", "thread.changed", {"thread": thread}),
        ("moderation", "moderation.changed", {}),
    ]
    assert outcome.cursor.seq == heard.events()[0].seq


async def test_what_a_thread_is_already_is_told_to_nobody(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    first = await change_thread(actions, town.mona, thread_id, is_locked=True)
    again = await change_thread(actions, town.mona, thread_id, is_locked=True, is_pinned=False, title="The fair")
    assert again == first
    assert len(heard.publications) == 3
    assert len((await actions.store.read(read_entries)).lines) == 1


async def test_each_change_stands_in_the_audit_log(actions: Actions, town: Town, thread_id: int) -> None:
    await change_thread(actions, town.mona, thread_id, title="Fairs", is_pinned=True)
    await change_thread(actions, town.mona, thread_id, is_pinned=False, is_locked=True)
    lines = (await actions.store.read(read_entries)).lines
    assert [(line.actor, line.entry.action.value, dict(line.entry.detail)) for line in reversed(lines)] == [
        ("mona", "thread.renamed", {"title": "Fairs", "was": "The fair"}),
        ("mona", "thread.pinned", {"title": "The fair"}),
        ("mona", "thread.locked", {"title": "Fairs"}),
        ("mona", "thread.unpinned", {"title": "Fairs"}),
    ]
    assert {(line.entry.thread_id, line.forum) for line in lines} == {(thread_id, "Town talk")}


async def test_changes_by_others_are_refused_and_leave_nothing(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    with refuses(Code.UNAUTHENTICATED):
        await change_thread(actions, GUEST, thread_id, is_locked=True)
    with refuses(Code.FORBIDDEN):
        await change_thread(actions, town.ada, thread_id, is_locked=True)  # who began it, too
    with refuses(Code.BANNED):
        await change_thread(actions, town.rob, thread_id, is_locked=True)
    with refuses(Code.NOT_FOUND):
        await change_thread(actions, town.mona, 999, is_locked=True)
    with refuses(Code.TITLE_INVALID):
        await change_thread(actions, town.mona, thread_id, title=" ")
    assert heard.publications == []
    assert (await actions.store.read(read_entries)).lines == []


async def test_change_by_a_moderator_banned_meanwhile_is_refused(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    assert town.mona.member_id is not None
    await actions.store.write(ban, town.mona.member_id)
    with refuses(Code.BANNED):
        await change_thread(actions, town.mona, thread_id, is_locked=True)
    assert heard.publications == []


async def test_thread_is_moved_and_all_who_read_it_are_told(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    outcome = await move_thread(actions, town.mona, thread_id, town.members_forum_id)
    assert outcome.thread["forum_id"] == town.members_forum_id
    assert [(event.channel, event.name) for event in heard.events()] == [
        (f"thread:{thread_id}", "thread.changed"),
        (f"forum:{town.forum_id}", "void"),
        (f"forum:{town.members_forum_id}", "thread.changed"),
        ("moderation", "moderation.changed"),
        ("rights", "void"),
    ]
    (line,) = (await actions.store.read(read_entries)).lines
    assert (line.entry.action.value, line.forum, dict(line.entry.detail)) == (
        "thread.moved",
        "Town talk",
        {"title": "The fair", "from": "Town talk", "to": "Members"},
    )


async def test_posts_that_race_a_move_all_stand_in_the_thread(actions: Actions, town: Town, thread_id: int) -> None:
    """On PostgreSQL a writer that waited for the thread finds it joined to a forum where it no longer is."""

    async def post(number: int) -> None:
        await create_post(actions, town.ada, thread_id, f"post {number}", key=f"racing-{number}")

    places = (town.members_forum_id, town.forum_id) * 3
    await asyncio.gather(
        *(post(number) for number in range(12)),
        *(move_thread(actions, town.mona, thread_id, forum_id) for forum_id in places),
    )
    page = await actions.store.read(read_thread_page, thread_id, 1)
    assert page is not None
    assert [post["number"] for post in page.posts] == list(range(1, 14))
    index = await actions.store.read(read_index)
    counts = {one.forum["id"]: (one.forum["thread_count"], one.forum["post_count"]) for one in index.forums}
    stands = page.thread["forum_id"]
    assert counts[stands] == (1, 13)
    assert sum(posts for _, posts in counts.values()) == 13
