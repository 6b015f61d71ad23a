from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post, edit_post, remove_post, restore_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.forum.new_members import NewMemberRules
from tertulia_server.store.log import read_log
from tertulia_server.store.pages import read_post
from tertulia_server.store.replay import render_events, to_publication
from tertulia_wire.codes import Code
from tertulia_wire.events import key_hash
from tests.server.actions.conftest import Heard
from tests.server.town import NOW_MS, Town, ban


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


async def test_post_created_is_kept_rendered_and_published(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    outcome = await create_post(actions, town.bob, thread_id, "  I *do*.\n", key="bobs-key-1")
    assert (outcome.post["number"], outcome.post["html"], outcome.is_replayed) == (2, "<p>I <em>do</em>.</p>\n", False)
    assert (outcome.post["created_ms"], outcome.post["author"]["name"]) == (NOW_MS, "bob")
    assert (outcome.thread["last_number"], outcome.cursor.seq) == (2, 3)
    assert [(event.channel, event.seq, event.name) for event in heard.events()] == [
        (f"thread:{thread_id}", 3, "post.created"),
        (f"forum:{town.forum_id}", 3, "post.created"),
    ]
    for event in heard.events():
        assert event.data == {"post": outcome.post, "thread": outcome.thread, "key_hash": key_hash("bobs-key-1")}
    place = await actions.store.read(read_post, outcome.post["id"])
    assert place is not None
    assert (place.post, place.thread) == (outcome.post, outcome.thread)


async def test_what_is_published_is_what_the_log_replays(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    post = (await create_post(actions, town.bob, thread_id, "First", key="bobs-key-1")).post
    await edit_post(actions, town.bob, post["id"], "Second", version=1)
    await remove_post(actions, town.mona, post["id"])
    logged = await actions.store.read(read_log, f"thread:{thread_id}", 4, 99)
    (rendered,) = await actions.store.read(render_events, logged)
    assert to_publication(heard.publications[0].epoch, rendered, 0) == heard.publications[-3]
    told = [event.name for event in heard.events()]
    assert told[::2] == ["post.created", "post.edited", "post.removed", "moderation.changed"]


async def test_post_created_again_with_its_key_is_replayed_and_told_to_nobody(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    first = await create_post(actions, town.bob, thread_id, "Once", key="bobs-key-1")
    for text in ("Once", "Other", "", "x" * 50_000):
        again = await create_post(actions, town.bob, thread_id, text, key="bobs-key-1")
        assert (again.post, again.cursor, again.is_replayed) == (first.post, first.cursor, True)
    assert len(heard.publications) == 2


async def test_post_created_and_changed_since_is_replayed_as_it_is_now(
    actions: Actions, town: Town, thread_id: int
) -> None:
    first = await create_post(actions, town.bob, thread_id, "Once", key="bobs-key-1")
    await remove_post(actions, town.mona, first.post["id"])
    again = await create_post(actions, town.bob, thread_id, "Once", key="bobs-key-1")
    assert (again.post["id"], again.post["text"], again.cursor) == (first.post["id"], None, first.cursor)


async def test_posts_of_many_at_once_take_the_numbers_in_turn(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    visitors = [town.ada, town.bob, town.mona]
    outcomes = await asyncio.gather(
        *(create_post(actions, visitors[n % 3], thread_id, f"Post {n}", key=f"key-number-{n}") for n in range(60))
    )
    assert sorted(outcome.post["number"] for outcome in outcomes) == list(range(2, 62))
    seqs = [one.seq for one in heard.publications if one.channel == f"thread:{thread_id}"]
    assert sorted(seqs) == list(range(3, 63))


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ("", "some-key", Code.POST_EMPTY),
        (" \n\t ", "some-key", Code.POST_EMPTY),
        ("x" * 20_001, "some-key", Code.POST_TOO_LONG),
        ("fine", "short", Code.KEY_MISSING),
        ("fine", "", Code.KEY_MISSING),
    ],
)
async def test_post_with_bad_text_or_key_is_refused_and_changes_nothing(
    actions: Actions, town: Town, thread_id: int, heard: Heard, text: str, key: str, code: Code
) -> None:
    with refuses(code):
        await create_post(actions, town.bob, thread_id, text, key=key)
    assert heard.publications == []
    assert len(await actions.store.read(read_log, f"thread:{thread_id}", 0, 99)) == 2


async def test_post_of_guest_and_banned_is_refused(actions: Actions, town: Town, thread_id: int) -> None:
    with refuses(Code.UNAUTHENTICATED):
        await create_post(actions, GUEST, thread_id, "Hello", key="some-key")
    with refuses(Code.BANNED):
        await create_post(actions, town.rob, thread_id, "Hello", key="some-key")
    with refuses(Code.NOT_FOUND):
        await create_post(actions, town.bob, 999, "Hello", key="some-key")


async def test_key_of_a_refused_post_may_be_used_again(actions: Actions, town: Town, thread_id: int) -> None:
    with refuses(Code.NOT_FOUND):
        await create_post(actions, town.bob, 999, "Hello", key="some-key")
    outcome = await create_post(actions, town.bob, thread_id, "Hello", key="some-key")
    assert not outcome.is_replayed


async def test_edit_is_kept_rendered_and_published(actions: Actions, town: Town, thread_id: int, heard: Heard) -> None:
    post = (await create_post(actions, town.bob, thread_id, "First", key="bobs-key-1")).post
    outcome = await edit_post(actions, town.bob, post["id"], "**Second**", version=1)
    assert (outcome.post["html"], outcome.post["version"]) == ("<p><strong>Second</strong></p>\n", 2)
    assert (outcome.post["edited_ms"], outcome.cursor.seq, outcome.is_replayed) == (NOW_MS, 4, False)
    assert heard.events()[-1].name == "post.edited"
    with refuses(Code.STALE_VERSION):
        await edit_post(actions, town.bob, post["id"], "Third", version=1)
    with refuses(Code.POST_EMPTY):
        await edit_post(actions, town.bob, post["id"], " ", version=2)
    with refuses(Code.UNAUTHENTICATED):
        await edit_post(actions, GUEST, post["id"], "Third", version=2)
    assert len(heard.publications) == 4


async def test_edit_to_the_same_text_is_told_to_nobody(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    post = (await create_post(actions, town.bob, thread_id, "First", key="bobs-key-1")).post
    outcome = await edit_post(actions, town.bob, post["id"], "First\n", version=1)
    assert (outcome.post, outcome.cursor.seq) == (post, 3)
    assert len(heard.publications) == 2


async def test_edits_of_one_version_at_once_let_one_through(actions: Actions, town: Town, thread_id: int) -> None:
    post = (await create_post(actions, town.bob, thread_id, "First", key="bobs-key-1")).post
    edits = [edit_post(actions, town.bob, post["id"], f"Text {n}", version=1) for n in range(8)]
    outcomes = await asyncio.gather(*edits, return_exceptions=True)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert [refusal.code for refusal in refusals] == [Code.STALE_VERSION] * 7


async def test_removal_is_published_without_the_text_and_repeated_in_silence(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    post = (await create_post(actions, town.bob, thread_id, "Rude", key="bobs-key-1")).post
    outcome = await remove_post(actions, town.mona, post["id"])
    assert (outcome.post["is_removed"], outcome.post["text"], outcome.cursor.seq) == (True, None, 4)
    again = await remove_post(actions, town.mona, post["id"])
    assert (again.post, again.cursor) == (outcome.post, outcome.cursor)
    assert [event.name for event in heard.events()[2:]] == ["post.removed", "post.removed", "moderation.changed"]
    assert "Rude" not in repr(heard.events()[2:])
    with refuses(Code.FORBIDDEN):
        await remove_post(actions, town.bob, post["id"])
    with refuses(Code.UNAUTHENTICATED):
        await remove_post(actions, GUEST, post["id"])


async def test_post_of_a_member_banned_meanwhile_leaves_nothing(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    assert town.bob.member_id is not None
    await actions.store.write(ban, town.bob.member_id)
    with refuses(Code.BANNED):
        await create_post(actions, town.bob, thread_id, "Hello", key="some-key")
    assert heard.publications == []
    assert len(await actions.store.read(read_log, f"thread:{thread_id}", 0, 99)) == 2


async def test_restoration_is_published_with_the_text_and_repeated_in_silence(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    post = (await create_post(actions, town.bob, thread_id, "Not so rude", key="bobs-key-1")).post
    await remove_post(actions, town.mona, post["id"])
    outcome = await restore_post(actions, town.mona, post["id"])
    assert (outcome.post["text"], outcome.post["version"], outcome.cursor.seq) == ("Not so rude", 3, 5)
    again = await restore_post(actions, town.mona, post["id"])
    assert (again.post, again.cursor) == (outcome.post, outcome.cursor)
    assert [event.name for event in heard.events()[5:]] == ["post.edited", "post.edited", "moderation.changed"]
    with refuses(Code.FORBIDDEN):
        await restore_post(actions, town.bob, post["id"])
    with refuses(Code.UNAUTHENTICATED):
        await restore_post(actions, GUEST, post["id"])


async def test_rules_for_new_members_hold_for_posts_threads_and_edits_until_one_is_known(
    actions: Actions, town: Town, thread_id: int
) -> None:
    actions = replace(actions, new_members=NewMemberRules(posts=2, max_links=0, words=("casino",)))
    link = "[shoes](https://shop.example/)"
    with refuses(Code.FORBIDDEN):
        await create_post(actions, town.bob, thread_id, link, key="bobs-key-1")
    with refuses(Code.FORBIDDEN):
        await create_thread(actions, town.bob, town.forum_id, "Casino", "Hello", key="bobs-key-1")
    post = (await create_post(actions, town.bob, thread_id, "Hello", key="bobs-key-1")).post
    with refuses(Code.FORBIDDEN):
        await edit_post(actions, town.bob, post["id"], link, version=1)
    await create_post(actions, town.mona, thread_id, link, key="monas-key-1")
    await create_post(actions, town.bob, thread_id, "Hello again", key="bobs-key-2")
    await create_post(actions, town.bob, thread_id, link, key="bobs-key-3")
