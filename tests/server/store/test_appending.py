from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection, text

from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.appending import Place, append_places
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import append_events, read_log
from tertulia_server.store.opening import open_store
from tests.postgresql import PostgresServer
from tests.server.store.statements import recorded

CHANNELS = [f"thread:{n}" for n in range(1, 7)] + ["forum:1", "site"]


def draft(channel: str, about_id: int = 1) -> EventDraft:
    return EventDraft(channel, "post.created", about_id, 1)


def test_place_counts_back_from_the_new_head() -> None:
    assert Place(draft("site", 7), back=2).logged(10) == LoggedEvent("site", 8, "post.created", 7, 1)


def test_new_heads_are_told_with_the_epoch(conn: Connection) -> None:
    raised = append_places(conn, {"site": 1, "forum:1": 1}, [Place(draft("site"), 0), Place(draft("forum:1"), 0)])
    assert raised.last == {"site": 1, "forum:1": 1}
    assert raised.epoch


async def test_postgresql_raises_and_logs_in_one_statement_in_the_order_of_the_channels(postgresql_url: str) -> None:
    store = await open_store(postgresql_url)

    def append(conn: Connection) -> list[str]:
        with recorded(conn) as statements:
            append_events(conn, [draft(channel) for channel in ("thread:9", "forum:1", "thread:9")])
        return statements

    (statement,) = await store.write(append)
    assert "ORDER BY moved.channel ON CONFLICT" in statement
    assert [event.seq for event in await store.read(read_log, "thread:9", 0, 10)] == [1, 2]
    await store.close()


async def test_writers_on_shared_heads_meet_no_deadlock_and_make_no_hole(
    postgresql_url: str, shared_postgresql: PostgresServer
) -> None:
    """Thirty-two writers in three workers, each naming the same channels in an order of its own."""
    stores = [await open_store(postgresql_url) for _ in range(3)]

    def append(conn: Connection, channels: Sequence[str]) -> None:
        append_events(conn, [draft(channel) for channel in channels])

    async def work(writer: int) -> None:
        for turn in range(6):
            start = (writer * 5 + turn) % len(CHANNELS)
            turned = CHANNELS[start:] + CHANNELS[:start]
            await stores[writer % 3].write(append, turned if writer % 2 else turned[::-1])

    await asyncio.gather(*(work(writer) for writer in range(32)))
    heads = await stores[0].read(read_heads, CHANNELS)
    for channel in CHANNELS:
        events = await stores[0].read(read_log, channel, 0, 1_000)
        assert [event.seq for event in events] == list(range(1, 32 * 6 + 1))
        assert heads[channel].seq == 32 * 6
    for store in stores:
        await store.close()
    name = postgresql_url.rpartition("/")[2]
    shared_postgresql.sql("SELECT pg_stat_force_next_flush()")
    assert shared_postgresql.sql(f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{name}'") == "0"


async def test_deadlocks_would_be_counted(postgresql_url: str, shared_postgresql: PostgresServer) -> None:
    """The test above looks where PostgreSQL counts: here it is made to meet one."""
    store = await open_store(postgresql_url)
    arrived: list[int] = []

    def cross(conn: Connection, *channels: str) -> None:
        append_events(conn, [draft(channels[0])])
        arrived.append(1)
        while len(arrived) < 2:
            conn.execute(text("SELECT 1"))
        append_events(conn, [draft(channels[1])])

    await asyncio.gather(store.write(cross, "site", "forum:1"), store.write(cross, "forum:1", "site"))
    await store.close()
    name = postgresql_url.rpartition("/")[2]
    assert shared_postgresql.sql(f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{name}'") == "1"
