"""What every engine of the store promises. A new engine joins in the fixture ``any_url``."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.models import EventDraft
from tertulia_server.store.facts import get_fact, put_fact
from tertulia_server.store.heads import read_heads, read_mark, read_touched
from tertulia_server.store.log import append_events, read_epoch, read_log, renew_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.pages import read_thread_page
from tertulia_server.store.port import Store
from tertulia_server.store.schema import facts
from tertulia_wire.codes import Code
from tests.server.town import add_post, begin_thread, found_town


class Broken(Exception):
    """Raised by an operation on purpose."""


class Hold:
    """An operation that goes on until it is let go. It asks the database again and again, so that other operations
    run meanwhile, however an engine shares its time among them."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self._is_over = threading.Event()

    def __call__(self, conn: Connection) -> None:
        self.began.set()
        while not self._is_over.is_set():
            conn.execute(select(1))

    async def wait(self) -> None:
        assert await asyncio.to_thread(self.began.wait, 10)

    def let_go(self) -> None:
        self._is_over.set()


@pytest.fixture
def url(any_url: str) -> str:
    return any_url


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await open_store(url)
    yield opened
    await opened.close()


def put_and_break(conn: Connection, name: str) -> None:
    put_fact(conn, name, "half")
    raise Broken


def append_to(conn: Connection, *channels: str) -> list[int]:
    logged = append_events(conn, [EventDraft(channel, "post.created", 1, 1) for channel in channels])
    return [event.seq for event in logged]


def append_and_break(conn: Connection, *channels: str) -> None:
    append_to(conn, *channels)
    raise Broken


async def test_write_returned_is_seen_by_the_next_read(store: Store) -> None:
    await store.write(put_fact, "colour", "green")
    assert await store.read(get_fact, "colour") == "green"


async def test_write_that_raises_leaves_nothing_and_hands_on_its_error(store: Store) -> None:
    with pytest.raises(Broken):
        await store.write(put_and_break, "colour")
    assert await store.read(get_fact, "colour") is None


@pytest.mark.parametrize("kind", [OSError, ConnectionResetError, TimeoutError])
async def test_operation_that_fails_like_a_connection_is_not_taken_for_one(store: Store, kind: type[Exception]) -> None:
    calls = 0

    def fail(conn: Connection) -> None:
        nonlocal calls
        calls += 1
        put_fact(conn, "colour", "green")
        raise kind("mine")

    with pytest.raises(kind, match="mine"):
        await store.write(fail)
    assert calls == 1
    assert await store.read(get_fact, "colour") is None


async def test_writes_that_wait_together_fail_alone(store: Store) -> None:
    """However writes are grouped for the disk, each is a transaction of its own."""
    jobs = [
        store.write(put_and_break, f"fact-{n}") if n % 3 == 0 else store.write(put_fact, f"fact-{n}", "whole")
        for n in range(60)
    ]
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(outcome, Broken) for outcome in outcomes] == [n % 3 == 0 for n in range(60)]
    values = [await store.read(get_fact, f"fact-{n}") for n in range(60)]
    assert values == [None if n % 3 == 0 else "whole" for n in range(60)]


async def test_read_sees_one_state_while_others_write(store: Store) -> None:
    """The snapshot is taken with the first statement and holds for all that follow."""
    hold = Hold()

    def read_twice(conn: Connection) -> tuple[str | None, str | None]:
        before = get_fact(conn, "colour")
        hold(conn)
        return before, get_fact(conn, "colour")

    await store.write(put_fact, "colour", "green")
    reading = asyncio.ensure_future(store.read(read_twice))
    await hold.wait()
    await store.write(put_fact, "colour", "red")
    hold.let_go()
    assert await reading == ("green", "green")
    assert await store.read(get_fact, "colour") == "red"


async def test_read_cannot_write(store: Store) -> None:
    with pytest.raises((DBAPIError, TertuliaError)):
        await store.read(put_fact, "colour", "green")
    assert await store.read(get_fact, "colour") is None


async def test_read_that_raises_hands_on_its_error_and_the_next_works(store: Store) -> None:
    def fail(conn: Connection) -> None:
        conn.execute(select(facts.c.name)).all()
        raise Broken

    for _ in range(8):
        with pytest.raises(Broken):
            await store.read(fail)
    assert await store.read(get_fact, "colour") is None


async def test_writes_survive_closing_and_opening_again(url: str) -> None:
    store = await open_store(url)
    await asyncio.gather(*(store.write(put_fact, f"fact-{n}", str(n)) for n in range(50)))
    epoch = await store.read(read_epoch)
    await store.close()
    store = await open_store(url)
    assert [await store.read(get_fact, f"fact-{n}") for n in range(50)] == [str(n) for n in range(50)]
    assert await store.read(read_epoch) == epoch
    await store.close()


async def test_write_is_durable_before_it_returns(url: str) -> None:
    """Another connection sees it while the first store is still open and has said nothing more."""
    first, second = await open_store(url), await open_store(url)
    await first.write(put_fact, "colour", "green")
    assert await second.read(get_fact, "colour") == "green"
    await first.close()
    await second.close()


WRITE_UNTIL_KILLED: Final = """
import asyncio, sys
from tertulia_server.store.facts import put_fact
from tertulia_server.store.opening import open_store

async def main():
    store = await open_store(sys.argv[1])
    async def work(writer):
        for turn in range(100_000):
            await store.write(put_fact, f"{writer}-{turn}", "x")
            print(f"{writer}-{turn}", flush=True)
    await asyncio.gather(*(work(writer) for writer in range(8)))

asyncio.run(main())
"""


async def test_writes_that_returned_survive_a_killed_process(url: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE_UNTIL_KILLED, url, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    returned = [await process.stdout.readline() for _ in range(300)]
    process.kill()
    returned += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    store = await open_store(url)
    names = {line.decode().strip() for line in returned if line.endswith(b"\n")}
    kept = await store.read(lambda conn: set(conn.execute(select(facts.c.name)).scalars()))
    assert names <= kept
    assert len(names) >= 300
    await store.close()


async def test_write_whose_caller_left_is_finished(url: str) -> None:
    """Both one that was under way and one that waited behind it."""
    store, hold = await open_store(url), Hold()

    def hold_and_put(conn: Connection) -> None:
        put_fact(conn, "size", "small")
        hold(conn)

    leaving = [asyncio.ensure_future(store.write(hold_and_put))]
    await hold.wait()
    leaving.append(asyncio.ensure_future(store.write(put_fact, "colour", "green")))
    await asyncio.sleep(0)
    for left in leaving:
        left.cancel()
    hold.let_go()
    for left in leaving:
        with pytest.raises(asyncio.CancelledError):
            await left
    await store.close()
    store = await open_store(url)
    assert [await store.read(get_fact, name) for name in ("size", "colour")] == ["small", "green"]
    await store.close()


async def test_store_closing_finishes_what_was_asked(url: str) -> None:
    store = await open_store(url)
    jobs = [asyncio.ensure_future(store.write(put_fact, f"fact-{n}", "x")) for n in range(40)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*jobs)
    again = await open_store(url)
    assert [await again.read(get_fact, f"fact-{n}") for n in range(40)] == ["x"] * 40
    await again.close()


async def test_store_closed_refuses(url: str) -> None:
    store = await open_store(url)
    await store.close()
    await store.close()
    for asking in (store.read(get_fact, "x"), store.write(put_fact, "x", "y")):
        with pytest.raises(TertuliaError) as refused:
            await asking
        assert refused.value.code is Code.DRAINING


async def test_seqs_have_no_hole_under_many_writers_and_rollbacks(store: Store) -> None:
    """Thirty-two writers, every third operation undone: each channel counts 1, 2, 3, ... all the same."""
    given: dict[str, list[int]] = {"thread:1": [], "thread:2": [], "forum:1": []}

    async def work(writer: int) -> None:
        for turn in range(12):
            channels = ["forum:1", f"thread:{1 + (writer + turn) % 2}"]
            if (writer + turn) % 3 == 0:
                with pytest.raises(Broken):
                    await store.write(append_and_break, *channels)
            else:
                for channel, seq in zip(channels, await store.write(append_to, *channels), strict=True):
                    given[channel].append(seq)

    await asyncio.gather(*(work(writer) for writer in range(32)))
    heads = await store.read(read_heads, given)
    for channel, seqs in given.items():
        assert sorted(seqs) == list(range(1, len(seqs) + 1))
        assert heads[channel].seq == len(seqs)
        assert [event.seq for event in await store.read(read_log, channel, 0, 10_000)] == sorted(seqs)


async def test_two_stores_on_one_database_share_the_seqs(url: str) -> None:
    """Two workers: both write, neither makes a hole or gives a seq that the other gave."""
    stores = [await open_store(url), await open_store(url)]
    jobs = [stores[n % 2].write(append_to, "forum:1") for n in range(60)]
    seqs = sorted(seq for (seq,) in await asyncio.gather(*jobs))
    assert seqs == list(range(1, 61))
    for store in stores:
        await store.close()


async def test_state_is_another_after_each_commit_whoever_made_it(url: str) -> None:
    """An engine that cannot tell says so, and always."""
    stores = [await open_store(url), await open_store(url)]
    states = [stores[0].state()]
    for turn, store in enumerate((stores[0], stores[1], stores[0])):
        await store.write(put_fact, "colour", f"green {turn}")
        states.append(stores[0].state())
        await store.read(get_fact, "colour")
        assert stores[0].state() == states[-1]
    assert len(set(states)) == (1 if states[0] is None else 4)
    for store in stores:
        await store.close()
        assert store.state() is None


async def test_sweep_finds_each_head_that_moved_since_its_mark(store: Store) -> None:
    await store.write(append_to, "thread:1", "forum:1")
    mark = await store.read(read_mark)
    await store.write(append_to, "thread:2", "forum:1", "forum:1")
    touched = await store.read(read_touched, mark)
    assert {channel: head.seq for channel, head in touched.heads.items()} == {"thread:2": 1, "forum:1": 3}
    assert touched.epoch == await store.read(read_epoch)
    assert (await store.read(read_touched, touched.mark)).heads == {}
    assert set((await store.read(read_touched, 0)).heads) == {"thread:1", "thread:2", "forum:1"}


async def test_sweeps_find_every_event_whatever_is_committed_meanwhile(store: Store) -> None:
    """Followed by sweeps alone, no event of concurrent writers stays unseen."""
    is_done = asyncio.Event()
    seen: dict[str, int] = {}

    async def sweep() -> None:
        mark = 0
        while True:
            is_last = is_done.is_set()
            touched = await store.read(read_touched, mark)
            seen.update({channel: head.seq for channel, head in touched.heads.items()})
            mark = touched.mark
            if is_last:
                return

    sweeping = asyncio.ensure_future(sweep())
    await asyncio.gather(*(store.write(append_to, f"thread:{n % 7}", "forum:1") for n in range(200)))
    is_done.set()
    await sweeping
    heads = await store.read(read_heads, seen)
    assert seen == {channel: head.seq for channel, head in heads.items()}
    assert seen["forum:1"] == 200


async def test_epoch_renewed_is_another_one(store: Store) -> None:
    before = await store.read(read_epoch)
    after = await store.write(renew_epoch)
    assert before != after == await store.read(read_epoch)


async def test_key_used_by_many_at_once_posts_once(url: str) -> None:
    """The same request arrives ten times at each of two workers."""
    stores = [await open_store(url), await open_store(url)]
    town = await stores[0].write(found_town)
    thread_id = (await stores[0].write(begin_thread, town.ada, town.forum_id)).thread["id"]
    jobs = [stores[n % 2].write(add_post, town.bob, thread_id, f"Try {n}", key="only-once") for n in range(20)]
    written = await asyncio.gather(*jobs)
    assert len({(one.post["id"], one.post["number"], one.cursor) for one in written}) == 1
    assert [one.is_replayed for one in written].count(False) == 1
    assert len(await stores[0].read(read_log, f"thread:{thread_id}", 0, 100)) == 3
    for store in stores:
        await store.close()


async def test_page_and_its_cursor_are_one_state(store: Store) -> None:
    """A reader who applies the events after the page's cursor misses no post and sees none twice."""
    town = await store.write(found_town)
    thread_id = (await store.write(begin_thread, town.ada, town.forum_id)).thread["id"]
    writing = asyncio.gather(*(store.write(add_post, town.bob, thread_id, f"Post {n}") for n in range(80)))
    while not writing.done():
        page = await store.read(read_thread_page, thread_id, 1)
        assert page is not None
        # thread.created and one post.created for each post; every number that the page's cursor promises is given
        assert page.thread["last_number"] == page.cursor.seq - 1
        assert len(page.posts) == min(20, page.thread["last_number"])
        assert page.thread["post_count"] == page.thread["last_number"]
    await writing


async def test_store_with_too_much_waiting_refuses_and_recovers(store: Store) -> None:
    hold = Hold()
    holding = asyncio.ensure_future(store.write(hold))
    await hold.wait()
    jobs = [asyncio.ensure_future(store.write(put_fact, "colour", str(n))) for n in range(3_000)]
    await asyncio.sleep(0)
    hold.let_go()
    outcomes = await asyncio.gather(holding, *jobs, return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert refused
    assert len(refused) < 3_000
    for error in refused:
        assert isinstance(error, Refusal)
        assert (error.code, error.retry_after_ms) == (Code.OVERLOADED, 500)
    await store.write(put_fact, "colour", "green")
