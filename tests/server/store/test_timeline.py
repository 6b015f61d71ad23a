from __future__ import annotations

import asyncio

import pytest
import structlog
from sqlalchemy import Connection, text

from tertulia_server.errors import TertuliaError
from tertulia_server.store import timeline
from tertulia_server.store.facts import TIMELINE, get_fact, put_fact
from tertulia_server.store.log import read_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.timeline import check_timeline, read_timeline
from tertulia_wire.codes import Code
from tests.postgresql import PostgresServer


async def test_same_history_keeps_the_epoch(postgresql_url: str) -> None:
    store = await open_store(postgresql_url)
    before = await store.read(read_epoch)
    await store.write(check_timeline)
    assert await store.read(read_epoch) == before
    assert await store.read(get_fact, TIMELINE) == await store.read(read_timeline)
    await store.close()


async def test_other_history_renews_the_epoch_once_whoever_sees_it(postgresql_url: str) -> None:
    """As after a failover: what is stored was written on another timeline."""
    stores = [await open_store(postgresql_url) for _ in range(3)]
    before = await stores[0].read(read_epoch)
    await stores[0].write(put_fact, TIMELINE, "1/00000000")
    with structlog.testing.capture_logs() as logs:
        await asyncio.gather(*(store.write(check_timeline) for store in stores for _ in range(4)))
    assert [entry["event"] for entry in logs] == ["timeline_changed"]
    assert await stores[0].read(read_epoch) != before
    for store in stores:
        await store.close()


async def test_session_that_is_new_looks_before_anything_is_read_by_it(postgresql_url: str) -> None:
    store = await open_store(postgresql_url)
    before = await store.read(read_epoch)
    await store.write(put_fact, TIMELINE, "1/00000000")
    await store.close()
    store = await open_store(postgresql_url)
    assert await store.read(read_epoch) != before
    await store.close()


async def test_standby_that_became_the_primary_renews_the_epoch_of_a_running_store(
    postgresql_server: PostgresServer,
) -> None:
    """A real change of the timeline: the server is stopped, made a standby of nothing, and promoted."""
    store = await open_store(postgresql_server.url(postgresql_server.create_database()))
    before = await store.read(read_epoch)
    postgresql_server.stop()
    postgresql_server.start_new_timeline()
    assert await store.read(read_epoch) != before
    assert (await store.read(get_fact, TIMELINE) or "").endswith("/00000002")
    await store.close()


async def test_timeline_that_cannot_be_told_changes_nothing(
    postgresql_url: str, shared_postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some services do not show it."""
    store = await open_store(postgresql_url)
    before = await store.read(read_epoch)
    monkeypatch.setattr(timeline, "_CURRENT", text("SELECT no_such_function()"))
    with structlog.testing.capture_logs() as logs:
        await store.write(check_timeline)
    assert [entry["event"] for entry in logs] == ["timeline_unknown"]
    assert await store.read(read_epoch) == before
    await store.close()


async def test_standby_is_unavailable(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await open_store(postgresql_url)
    monkeypatch.setattr(timeline, "_CURRENT", text("SELECT 'standby'"))
    with pytest.raises(TertuliaError) as refused:
        await store.write(check_timeline)
    assert (refused.value.code, refused.value.retry_after_ms) == (Code.STORE_UNAVAILABLE, 1_000)
    await store.close()


def test_file_of_sqlite_has_no_timeline(conn: Connection) -> None:
    check_timeline(conn)
    assert get_fact(conn, TIMELINE) is None
