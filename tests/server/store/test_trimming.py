from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import Connection, delete

from tertulia_server.forum.models import EventDraft
from tertulia_server.store import trimming
from tertulia_server.store.blocks import read_block
from tertulia_server.store.heads import Head, read_heads
from tertulia_server.store.log import append_events, read_log
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.schema import log
from tertulia_server.store.trimming import Trimmed, trim_all, trim_channel
from tests.server.store.engines import ENGINES, Databases

CHANNELS = ("forum:1", "site", "thread:1", "thread:2")


@pytest_asyncio.fixture(params=ENGINES)
async def store(databases: Databases, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """With ten events in each channel."""
    opened = await open_store(databases.new(request.param))
    await opened.write(append, *(CHANNELS * 10))
    yield opened
    await opened.close()


def append(conn: Connection, *channels: str) -> None:
    append_events(conn, [EventDraft(channel, "post.created", 1, 1) for channel in channels])


async def seqs(store: Store, channel: str) -> list[int]:
    return [event.seq for event in await store.read(read_log, channel, 0, 100)]


async def test_channel_trimmed_begins_where_it_was_told_and_says_so(store: Store) -> None:
    assert await trim_channel(store, "thread:1", 7) == 6
    assert await seqs(store, "thread:1") == [7, 8, 9, 10]
    assert (await store.read(read_heads, ["thread:1"]))["thread:1"] == Head(10, 7)
    assert (await store.read(read_block, "thread:1", 0, 64)).first_seq == 7
    assert await seqs(store, "thread:2") == list(range(1, 11))


async def test_channel_trimmed_to_nothing_counts_on(store: Store) -> None:
    assert await trim_channel(store, "thread:1", 1_000) == 10
    assert (await store.read(read_heads, ["thread:1"]))["thread:1"] == Head(10, 11)
    await store.write(append, "thread:1")
    assert await seqs(store, "thread:1") == [11]


async def test_log_that_begins_later_already_stays(store: Store) -> None:
    await trim_channel(store, "thread:1", 7)
    for first_seq in (-5, 0, 1, 7):
        assert await trim_channel(store, "thread:1", first_seq) == 0
    assert (await store.read(read_heads, ["thread:1"]))["thread:1"] == Head(10, 7)


async def test_channel_in_which_nothing_happened_stays_so(store: Store) -> None:
    assert await trim_channel(store, "thread:9", 5) == 0
    assert (await store.read(read_heads, ["thread:9"]))["thread:9"] == Head(0, 1)


async def test_all_channels_keep_their_last_events(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimming, "CHANNELS_PER_READ", 3)
    await store.write(append, "thread:3")
    assert await trim_all(store, keep_events=2) == Trimmed(4, 32)
    for channel in CHANNELS:
        assert await seqs(store, channel) == [9, 10]
    assert await seqs(store, "thread:3") == [1]
    assert await trim_all(store, keep_events=2) == Trimmed(0, 0)


async def test_rows_go_in_bounded_numbers_and_what_was_left_goes_next_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "_BELOW", trimming._BELOW.limit(4))
    removed: list[int] = []
    batch = trimming._delete_batch

    def delete_batch(conn: Connection, channel: str) -> int:
        removed.append(batch(conn, channel))
        if len(removed) == 2:
            raise KeyError
        return removed[-1]

    monkeypatch.setattr(trimming, "_delete_batch", delete_batch)
    with pytest.raises(KeyError):
        await trim_channel(store, "thread:1", 10)
    assert (await store.read(read_heads, ["thread:1"]))["thread:1"].first_seq == 10
    removed.extend([0, 0])
    await trim_channel(store, "thread:1", 10)
    assert max(removed) == 4
    assert await seqs(store, "thread:1") == [10]


async def test_hole_below_the_beginning_does_no_harm(store: Store) -> None:
    await store.write(lambda conn: conn.execute(delete(log).where(log.c.seq.between(2, 4))))
    assert await trim_channel(store, "thread:1", 7) == 3
    assert await seqs(store, "thread:1") == [7, 8, 9, 10]
