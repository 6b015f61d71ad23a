from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

import tertulia_server
from tertulia_server.actions.context import Actions
from tertulia_server.actions.importing import import_archive
from tertulia_server.actions.members import create_member
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.retelling import read_tale, retell_post
from tertulia_server.broker.port import Publication
from tertulia_server.errors import Refusal
from tertulia_server.forum.archive import read_archive
from tertulia_server.forum.cards import visitor_of
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.opening import open_store
from tertulia_server.store.posts import read_posts_by_number
from tertulia_wire.codes import Code

DEMO = Path(tertulia_server.__file__).parent / "demo"
ARCHIVE = read_archive([(f"{n}.txt", (DEMO / f"lighthouse-{n}.txt").read_bytes()) for n in (1, 2)])


class Told:
    def __init__(self) -> None:
        self.channels: list[str] = []

    def publish(self, publications: Sequence[Publication]) -> None:
        self.channels += [publication.channel for publication in publications]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest_asyncio.fixture
async def actions(tmp_path: Path, told: Told) -> AsyncIterator[Actions]:
    store = await open_store(f"sqlite:///{tmp_path}/test.db")
    yield Actions(store, told.publish, lambda: 1_700_000_000_000)
    await store.close()


async def test_tale_is_written_again_word_for_word_by_its_authors_the_banned_one_too(
    actions: Actions, told: Told
) -> None:
    thread_id = (await import_archive(actions, ARCHIVE)).thread_id
    tale = await read_tale(actions, thread_id, most=1000)
    assert len(tale.posts) == 28
    new_id, place = None, (0, "")
    for post in tale.posts:
        key = f"again-{post['number']:04d}"
        outcome = await retell_post(actions, tale, post, new_id, title="The light, again", key=key)
        new_id, place = outcome.thread["id"], (outcome.thread["forum_id"], outcome.thread["title"])
    assert new_id not in {None, thread_id}
    again = await actions.store.read(read_posts_by_number, new_id, 1, 100)
    assert [(post["text"], post["html"], post["author"]["name"], post["format"]) for post in again] == [
        (post["text"], post["html"], post["author"]["name"], "literal") for post in tale.posts
    ]
    assert {post["created_ms"] for post in again} == {1_700_000_000_000}
    assert any(post["author"]["is_banned"] for post in again)
    assert told.channels.count(f"thread:{new_id}") == 29
    assert place == (tale.thread["forum_id"], "The light, again")
    with pytest.raises(Refusal, match="did not come with an archive"):
        await read_tale(actions, new_id or 0, most=10)


async def test_only_so_many_and_nothing_that_was_written_here(actions: Actions) -> None:
    thread_id = (await import_archive(actions, ARCHIVE)).thread_id
    ana = await create_member(actions, "Ana", password="correct horse")
    member = await actions.store.read(find_member_by_name, "Ana")
    assert member is not None
    await create_post(actions, visitor_of(member), thread_id, "Is anybody still here?", key="key-00001")
    assert len((await read_tale(actions, thread_id, most=1000)).posts) == 28
    tale = await read_tale(actions, thread_id, most=3)
    assert [post["number"] for post in tale.posts] == [1, 2, 3]
    post = tale.posts[0]
    post["author"]["id"] = ana
    with pytest.raises(Refusal) as refused:
        await retell_post(actions, tale, post, None, title="Words of others", key="key-00002")
    assert refused.value.code is Code.FORBIDDEN


async def test_no_thread_is_not_found(actions: Actions) -> None:
    with pytest.raises(Refusal) as refused:
        await read_tale(actions, 99, most=10)
    assert refused.value.code is Code.NOT_FOUND
