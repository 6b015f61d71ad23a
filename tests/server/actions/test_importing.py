from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

import tertulia_server
from tertulia_server.actions.context import Actions
from tertulia_server.actions.importing import import_archive
from tertulia_server.actions.members import create_member, sign_in
from tertulia_server.errors import Refusal
from tertulia_server.forum.archive import read_archive
from tertulia_server.store.opening import open_store
from tertulia_wire.codes import Code

DEMO = Path(tertulia_server.__file__).parent / "demo"
ARCHIVE = read_archive([(f"{n}.txt", (DEMO / f"lighthouse-{n}.txt").read_bytes()) for n in (1, 2)])


@pytest_asyncio.fixture
async def actions(tmp_path: Path) -> AsyncIterator[Actions]:
    store = await open_store(f"sqlite:///{tmp_path}/test.db")
    yield Actions(store, lambda publications: None, lambda: 1_000)
    await store.close()


async def test_import_adds_once(actions: Actions) -> None:
    first = await import_archive(actions, ARCHIVE)
    second = await import_archive(actions, ARCHIVE)
    assert (first.added_posts, second.added_posts) == (28, 0)
    assert first.thread_id == second.thread_id


async def test_import_names_the_forum_in_one_line(actions: Actions) -> None:
    outcome = await import_archive(actions, ARCHIVE, forum_name="  The\nHarbour ")
    assert outcome.forum == "The Harbour"


@pytest.mark.parametrize("forum_name", ["", " \u200b", "x" * 201])
async def test_import_into_a_forum_without_a_name_is_refused(actions: Actions, forum_name: str) -> None:
    with pytest.raises(Refusal) as refused:
        await import_archive(actions, ARCHIVE, forum_name=forum_name)
    assert refused.value.code is Code.INVALID


async def test_imported_member_can_neither_sign_in_nor_be_registered(actions: Actions) -> None:
    await import_archive(actions, ARCHIVE)
    for password in ("", "correct horse"):
        with pytest.raises(Refusal) as refused:
            await sign_in(actions, "Maren Holm", password)
        assert refused.value.code is Code.SIGN_IN_FAILED
    with pytest.raises(Refusal) as refused:
        await create_member(actions, "maren holm", password="correct horse")
    assert refused.value.code is Code.NAME_TAKEN
