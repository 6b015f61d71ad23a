from __future__ import annotations

from dataclasses import replace

import pytest
import pytest_asyncio

from tertulia_server.actions import trials as module
from tertulia_server.actions.context import Actions
from tertulia_server.actions.drafts import save_draft
from tertulia_server.actions.moderators import set_administrator
from tertulia_server.actions.notifications import watch_thread
from tertulia_server.actions.posts import create_post, edit_post
from tertulia_server.actions.ratings import rate_post
from tertulia_server.actions.reports import report_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.actions.trials import MadeTrial, create_trial, extend_trial, read_trials, remove_trial
from tertulia_server.errors import Refusal
from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import Audience, Scope, Visitor
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.access import read_access
from tertulia_server.store.copying import count_rows
from tertulia_server.store.port import Store
from tertulia_server.store.rights_log import read_rights
from tertulia_server.store.sign_ins import find_visitor_by_token
from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town, visitor_with_id

LASTING = {"heads", "log"}
"""Heads stay, and the log has the changes of rights."""


@pytest_asyncio.fixture
async def root(actions: Actions, town: Town) -> Visitor:
    await set_administrator(actions, None, "ada", is_one=True)
    assert town.ada.member_id is not None
    return await actions.store.read(visitor_with_id, town.ada.member_id)


async def make(actions: Actions, root: Visitor, members: int = 2) -> MadeTrial:
    return await create_trial(actions, root, "Load run ab12", members=members, lasts_s=60, audience=Audience.MEMBERS)


async def bots_of(store: Store, made: MadeTrial, now_ms: int = NOW_MS) -> list[Visitor | None]:
    return [await store.read(find_visitor_by_token, hash_token(one.token), now_ms) for one in made.members]


async def test_trial_is_a_forum_with_bots_whose_tokens_end_with_it(
    actions: Actions, store: Store, root: Visitor
) -> None:
    made = await make(actions, root)
    bots = await bots_of(store, made)
    assert [bot and (bot.name, bot.is_bot, bot.scopes) for bot in bots] == [
        (f"load-run-ab12-{number}", True, Scope.READ | Scope.POST) for number in (1, 2)
    ]
    assert await bots_of(store, made, NOW_MS + 60_000) == [None, None]
    [trial] = await read_trials(actions, root)
    assert (trial.forum_id, trial.name, trial.ends_ms) == (made.forum_id, "Load run ab12", NOW_MS + 60_000)


async def fill(actions: Actions, store: Store, made: MadeTrial, town: Town) -> int:
    """Whatever can hang on a post, a thread and a member; a thread."""
    one, two = await bots_of(store, made)
    assert one is not None
    assert two is not None
    thread = await create_thread(actions, one, made.forum_id, "A thread", "Begun.", key="a-first-key")
    thread_id = thread.thread["id"]
    written = [await create_post(actions, two, thread_id, f"Post {n}.", key=f"some-key-{n}") for n in range(5)]
    post = written[-1].post
    await edit_post(actions, two, post["id"], "Another text.", version=1)
    await rate_post(actions, one, post["id"], Mark.POSITIVE)
    await watch_thread(actions, town.bob, thread_id, is_watching=True)
    await report_post(actions, town.bob, post["id"], "It is a machine's.")
    await save_draft(actions, town.bob, Place(PlaceKind.THREAD, thread_id), "", "I was going to say")
    await create_thread(actions, two, made.forum_id, "Another", "Begun.", key="a-second-key")
    return thread_id


async def test_removed_trial_leaves_nothing_but_the_heads_of_its_channels(
    actions: Actions, store: Store, town: Town, root: Visitor, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await store.read(count_rows)
    made = await make(actions, root)
    within_id = await fill(actions, store, made, town)
    channels = [forum_channel(made.forum_id), thread_channel(within_id)]
    heads = {name: one.head for name, one in (await store.read(read_access, channels)).by_channel.items()}
    rights_seq = (await store.read(read_rights, 0)).seq
    monkeypatch.setattr(module, "REMOVING_S", -1.0)
    calls = 1
    while not await remove_trial(actions, root, made.forum_id):
        calls += 1
    assert calls == 3
    after = await store.read(count_rows)
    assert {name: count for name, count in after.items() if name not in LASTING} == {
        name: count for name, count in before.items() if name not in LASTING
    }
    accesses = (await store.read(read_access, [*channels, thread_channel(thread_id)])).by_channel
    assert [(accesses[name].head, accesses[name].exists) for name in channels] == [
        (heads[name], False) for name in channels
    ]
    assert accesses[thread_channel(thread_id)].exists
    assert len((await store.read(read_rights, rights_seq)).events) == 3 * 3 + 1
    assert await read_trials(actions, root) == []
    with pytest.raises(Refusal, match="no such trial"):
        await remove_trial(actions, root, made.forum_id)


async def test_member_who_left_something_elsewhere_stays_without_a_token(
    actions: Actions, store: Store, root: Visitor, thread_id: int
) -> None:
    made = await make(actions, root)
    bot = (await bots_of(store, made))[0]
    assert bot is not None
    await create_post(actions, bot, thread_id, "By the way.", key="some-key-of-it")
    assert await remove_trial(actions, root, made.forum_id)
    assert await bots_of(store, made) == [None, None]
    assert bot.member_id is not None
    assert (await store.read(visitor_with_id, bot.member_id)).name == bot.name


async def test_trial_and_its_tokens_are_extended(actions: Actions, store: Store, town: Town, root: Visitor) -> None:
    made = await make(actions, root)
    assert await extend_trial(actions, root, made.forum_id, lasts_s=120) == NOW_MS + 120_000
    assert None not in await bots_of(store, made, NOW_MS + 119_000)
    assert (await read_trials(actions, root))[0].ends_ms == NOW_MS + 120_000
    with pytest.raises(Refusal, match="no such trial"):
        await extend_trial(actions, root, town.forum_id, lasts_s=120)


async def test_no_other_forum_can_be_removed(actions: Actions, town: Town, root: Visitor) -> None:
    with pytest.raises(Refusal) as refused:
        await remove_trial(actions, root, town.forum_id)
    assert refused.value.code is Code.NOT_FOUND


async def test_trials_are_for_administrators_and_the_servers_own_token(
    actions: Actions, town: Town, root: Visitor
) -> None:
    await make(actions, replace(town.bob, scopes=Scope.READ | Scope.TRIAL))
    for visitor in (town.bob, town.mona, replace(root, scopes=Scope.READ).within(Scope.READ)):
        with pytest.raises(Refusal) as refused:
            await make(actions, visitor)
        assert refused.value.code is Code.FORBIDDEN


@pytest.mark.parametrize(("members", "lasts_s"), [(101, 60), (-1, 60), (1, 0), (1, 24 * 3600 + 1)])
async def test_amounts_have_limits(actions: Actions, root: Visitor, members: int, lasts_s: int) -> None:
    with pytest.raises(Refusal) as refused:
        await create_trial(actions, root, "Too much", members=members, lasts_s=lasts_s, audience=Audience.PUBLIC)
    assert refused.value.code is Code.INVALID
