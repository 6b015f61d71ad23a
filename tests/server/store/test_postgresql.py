from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select, text

from tertulia_server.errors import TertuliaError
from tertulia_server.store import postgresql
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.facts import get_fact, put_fact
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.schema import facts
from tertulia_wire.codes import Code
from tests.postgresql import PostgresServer
from tests.server.town import NOW_MS, add_post, begin_thread, found_town


@pytest_asyncio.fixture
async def store(postgresql_url: str) -> AsyncIterator[Store]:
    opened = await open_store(postgresql_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def own_store(postgresql_server: PostgresServer) -> AsyncIterator[Store]:
    """On a server that may be stopped."""
    opened = await open_store(postgresql_server.url(postgresql_server.create_database()))
    yield opened
    await opened.close()


async def fill_pool(store: Store) -> None:
    """Use as many sessions as there may be."""
    await asyncio.gather(
        *(store.read(lambda conn: conn.execute(text("SELECT pg_sleep(0.02)"))) for _ in range(5)),
        *(store.write(lambda conn: conn.execute(text("SELECT pg_sleep(0.02)"))) for _ in range(5)),
    )


def end_session(conn: Connection) -> None:
    conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


class Once:
    """Does something to the database the first time that it is called, and counts the calls."""

    def __init__(self, statement: str) -> None:
        self.calls = 0
        self._statement = statement

    def __call__(self, conn: Connection) -> int:
        self.calls += 1
        put_fact(conn, "calls", str(self.calls))
        if self.calls == 1:
            conn.execute(text(self._statement))
        return self.calls


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_write_that_met_a_conflict_runs_again(store: Store, sqlstate: str) -> None:
    once = Once(f"DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '{sqlstate}'; END $$")
    assert await store.write(once) == 2
    assert await store.read(get_fact, "calls") == "2"


async def test_write_that_meets_conflicts_for_ever_gives_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "MAX_RETRY_PAUSE_MS", 1)
    calls = 0

    def meet_conflict(conn: Connection) -> None:
        nonlocal calls
        calls += 1
        conn.execute(text("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(TertuliaError) as refused:
        await store.write(meet_conflict)
    assert refused.value.code is Code.STORE_UNAVAILABLE
    assert calls == postgresql.MAX_TRIES


async def test_two_writes_that_lock_crosswise_both_end(store: Store) -> None:
    """A real deadlock: PostgreSQL ends one of them, and it runs again."""
    for name in ("left", "right"):
        await store.write(put_fact, name, "0")
    barrier = [threading.Event(), threading.Event()]

    def cross(conn: Connection, mine: int, first: str, second: str) -> None:
        put_fact(conn, first, str(mine))
        barrier[mine].set()
        while not barrier[1 - mine].is_set():
            conn.execute(select(1))
        put_fact(conn, second, str(mine))

    await asyncio.gather(store.write(cross, 0, "left", "right"), store.write(cross, 1, "right", "left"))
    assert await store.read(get_fact, "left") == await store.read(get_fact, "right")


async def test_write_whose_session_was_lost_before_the_commit_runs_again(store: Store) -> None:
    once = Once("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await store.write(once) == 2
    assert await store.read(get_fact, "calls") == "2"


async def test_write_whose_session_was_lost_in_the_commit_is_not_repeated(store: Store, postgresql_url: str) -> None:
    """It may hold or not: here a deferred trigger ends the session when the commit has begun."""
    other = await open_store(postgresql_url)

    def set_trap(conn: Connection) -> None:
        conn.execute(text(
            "CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        ))  # fmt: skip
        conn.execute(text(
            "CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON facts DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION end_session()"
        ))  # fmt: skip

    await other.write(set_trap)
    await other.close()
    once = Once("SELECT 1")
    with pytest.raises(TertuliaError) as refused:
        await store.write(once)
    assert (refused.value.code, refused.value.retry_after_ms) == (Code.STORE_UNAVAILABLE, 1_000)
    assert once.calls == 1
    assert await store.read(lambda conn: conn.execute(select(facts.c.name)).scalars().all())


@pytest.mark.parametrize("is_killed", [True, False])
async def test_store_goes_on_by_itself_after_a_restart(
    own_store: Store, postgresql_server: PostgresServer, is_killed: bool
) -> None:
    """Every session of the pool is dead, and no caller hears of it."""
    await fill_pool(own_store)
    await own_store.write(put_fact, "colour", "green")
    await asyncio.to_thread(postgresql_server.kill if is_killed else postgresql_server.stop)
    await asyncio.to_thread(postgresql_server.start)
    jobs = [own_store.write(put_fact, f"fact-{n}", "x") for n in range(10)]
    values = await asyncio.gather(*(own_store.read(get_fact, "colour") for _ in range(10)), *jobs)
    assert values[:10] == ["green"] * 10


async def test_store_says_that_the_database_is_away_and_finds_it_again(
    own_store: Store, postgresql_server: PostgresServer
) -> None:
    await fill_pool(own_store)
    await asyncio.to_thread(postgresql_server.stop)
    for asking in (own_store.read(get_fact, "colour"), own_store.write(put_fact, "colour", "green")):
        with pytest.raises(TertuliaError) as refused:
            await asking
        assert (refused.value.code, refused.value.retry_after_ms) == (Code.STORE_UNAVAILABLE, 1_000)
        assert refused.value.__cause__ is not None  # why, for the operator
    await asyncio.to_thread(postgresql_server.start)
    await own_store.write(put_fact, "colour", "green")
    assert await own_store.read(get_fact, "colour") == "green"


async def test_operation_that_takes_too_long_is_ended_and_others_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "READ_LIMIT_S", 0.05)
    with pytest.raises(TertuliaError) as refused:
        await store.read(lambda conn: conn.execute(text("SELECT pg_sleep(60)")))
    assert refused.value.code is Code.STORE_UNAVAILABLE
    monkeypatch.undo()
    assert await store.read(get_fact, "colour") is None


async def test_writers_that_wait_for_each_other_keep_no_reader_waiting(store: Store) -> None:
    await store.write(put_fact, "colour", "green")
    began, is_over = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        put_fact(conn, "colour", "red")
        began.set()
        while not is_over.is_set():
            conn.execute(select(1))

    holding = asyncio.ensure_future(store.write(hold))
    await asyncio.to_thread(began.wait, 10)
    waiting = [asyncio.ensure_future(store.write(put_fact, "colour", str(n))) for n in range(20)]
    values = await asyncio.gather(*(store.read(get_fact, "colour") for _ in range(20)))
    assert values == ["green"] * 20
    is_over.set()
    await asyncio.gather(holding, *waiting)


async def test_writers_of_all_kinds_meet_no_deadlock(
    store: Store, postgresql_url: str, shared_postgresql: PostgresServer
) -> None:
    """Posts, threads, edits and removals of the same people in the same threads and forums, all at once."""
    town = await store.write(found_town)
    forums = (town.forum_id, town.members_forum_id)
    threads = [(await store.write(begin_thread, town.ada, forums[n % 2])).thread["id"] for n in range(4)]
    people = (town.ada, town.bob, town.mona)

    async def work(writer: int) -> None:
        who = people[writer % 3]
        for turn in range(4):
            if (writer + turn) % 5 == 0:
                await store.write(begin_thread, who, forums[(writer + turn) % 2])
            post = (await store.write(add_post, who, threads[(writer + turn) % 4])).post
            if turn % 2 == 0:
                await store.write(write_edit, who, post["id"], "Now", "<p>Now</p>", version=1, now_ms=NOW_MS)
            else:
                await store.write(write_removal, town.mona, post["id"], now_ms=NOW_MS)

    await asyncio.gather(*(work(writer) for writer in range(32)))
    name = postgresql_url.rpartition("/")[2]
    await store.close()
    assert shared_postgresql.sql(f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{name}'") == "0"


async def test_posts_of_many_in_one_thread_have_each_a_number_of_their_own(store: Store) -> None:
    town = await store.write(found_town)
    thread_id = (await store.write(begin_thread, town.ada, town.forum_id)).thread["id"]
    jobs = [store.write(add_post, (town.ada, town.bob, town.mona)[n % 3], thread_id) for n in range(40)]
    written = await asyncio.gather(*jobs)
    assert sorted(one.post["number"] for one in written) == list(range(2, 42))
    for one in written:  # the thread as the event tells it is the one that this very post left
        assert one.thread["last_number"] == one.post["number"]
        assert one.cursor.seq == one.post["number"] + 1
