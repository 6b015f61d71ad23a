from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tertulia_server.actions.context import Actions
from tertulia_server.actions.forums import (
    FIRST_FORUM,
    create_category,
    create_forum,
    edit_category,
    edit_forum,
    ensure_first_forum,
)
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Audience, Role, Visitor
from tertulia_server.forum.shaping import CategoryChange, ForumChange
from tertulia_server.store.opening import open_store
from tertulia_server.store.pages import read_index
from tertulia_server.store.shaping import read_plan
from tertulia_wire.codes import Code


@pytest_asyncio.fixture
async def actions(tmp_path: Path) -> AsyncIterator[Actions]:
    store = await open_store(f"sqlite:///{tmp_path}/test.db")
    yield Actions(store, lambda publications: None, lambda: 1)
    await store.close()


async def _names(actions: Actions) -> list[tuple[str, str, Audience]]:
    index = await actions.store.read(read_index)
    return [(one.forum["category"], one.forum["name"], one.rules.audience) for one in index.forums]


async def test_create_forum_makes_its_category_once(actions: Actions) -> None:
    await create_forum(actions, " Tea   room ", category="Talk", audience=Audience.MEMBERS)
    await create_forum(actions, "Kitchen", category="Talk")
    assert await _names(actions) == [("Talk", "Tea room", Audience.MEMBERS), ("Talk", "Kitchen", Audience.PUBLIC)]


async def test_create_forum_of_a_name_that_is_there_is_refused(actions: Actions) -> None:
    await create_forum(actions, "Kitchen")
    with pytest.raises(Refusal) as refused:
        await create_forum(actions, "Kitchen", category="Elsewhere")
    assert refused.value.code is Code.NAME_TAKEN
    assert [category for category, _, _ in await _names(actions)] == ["Forums"]


@pytest.mark.parametrize(
    ("name", "category", "description"),
    [("", "Talk", ""), (" \u200b ", "Talk", ""), ("x" * 201, "Talk", ""), ("Tea", "", ""), ("Tea", "Talk", "x" * 1001)],
)
async def test_create_forum_with_impossible_words_is_refused(
    actions: Actions, name: str, category: str, description: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await create_forum(actions, name, category=category, description=description)
    assert refused.value.code is Code.INVALID
    assert await _names(actions) == []


async def test_first_forum_is_made_only_where_there_is_none(actions: Actions) -> None:
    await ensure_first_forum(actions)
    await ensure_first_forum(actions)
    assert [name for _, name, _ in await _names(actions)] == [FIRST_FORUM]


async def test_first_forum_that_is_there_asks_for_no_lock(actions: Actions, tmp_path: Path) -> None:
    """Another process may hold the file's write lock for as long as it is stopped: a server can start all the same."""
    await ensure_first_forum(actions)
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        await ensure_first_forum(actions)
    finally:
        other.close()


async def test_first_forum_is_not_made_beside_another(actions: Actions) -> None:
    await create_forum(actions, "Kitchen")
    await ensure_first_forum(actions)
    assert [name for _, name, _ in await _names(actions)] == ["Kitchen"]


async def test_shaping_is_for_administrators_and_for_who_has_the_database(actions: Actions) -> None:
    member = Visitor(4, "Ada", Role.MODERATOR)
    for attempt in (
        create_forum(actions, "Kitchen", visitor=member),
        edit_forum(actions, member, 1, ForumChange(name="x")),
        create_category(actions, GUEST, "House"),
        edit_category(actions, member, 1, CategoryChange(name="x")),
    ):
        with pytest.raises(Refusal) as refused:
            await attempt
        assert refused.value.code in {Code.FORBIDDEN, Code.UNAUTHENTICATED}
    root = Visitor(5, "Root", Role.ADMINISTRATOR)
    category_id = await create_category(actions, root, " House  of tea ", position=3)
    await edit_category(actions, root, category_id, CategoryChange(name="House", position=1))
    forum_id = await create_forum(actions, "Kitchen", visitor=root, category="House", posting=Audience.STAFF)
    await edit_forum(actions, root, forum_id, ForumChange(name=" Big  kitchen ", audience=Audience.MEMBERS))
    assert await _names(actions) == [("House", "Big kitchen", Audience.MEMBERS)]
    (plan,) = await actions.store.read(read_plan)
    assert plan.forums[0].rules.posting is Audience.STAFF
