"""Two workers on one port, replaced and killed while people read and write: nobody misses anything."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tertulia_wire.codec import Encoding
from tests.conftest import StartServer
from tests.processes import RedisServer, TertuliaServer
from tests.scenarios.followers import RawFollower, TailFollower
from tests.scenarios.village import Place, Writer, found, open_thread, read_cursor

TEXTS = [f"text {number}" for number in range(100)]
FOLLOWERS = 4
LIMIT_S = 40.0


def started_s(server: TertuliaServer) -> dict[str, float]:
    """When each worker started, by number, as whichever worker answers knows."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    return {sample.labels["worker"]: sample.value for sample in families["tertulia_start_seconds"].samples}


def wait_until_replaced(server: TertuliaServer, before: dict[str, float]) -> None:
    """Until two workers tell of themselves that started later than all of those."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        now = started_s(server)
        if len(now) == 2 and min(now.values()) > max(before.values()):
            return
        assert time.monotonic() < deadline, (before, now, server.output())
        time.sleep(0.1)


def wait_for_both(server: TertuliaServer) -> dict[str, float]:
    deadline = time.monotonic() + LIMIT_S
    while len(found_workers := started_s(server)) < 2:
        assert time.monotonic() < deadline, server.output()
        time.sleep(0.1)
    return found_workers


def check(followers: list[RawFollower], place: Place, head_seq: int) -> None:
    for follower in followers:
        follower.wait_for(head_seq)
        assert follower.seqs == list(range(place.cursor.seq + 1, head_seq + 1))
        assert follower.texts == TEXTS
        assert follower.faults == []


def test_workers_are_replaced_under_load_and_nothing_is_missed(
    start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    people = found(tmp_path)
    server = start_server(broker=redis_server.url, workers=2, variables={"TERTULIA_DRAIN_MS": "500"})
    place = open_thread(server, people)
    before = wait_for_both(server)
    with ExitStack() as stack:
        followers = [
            stack.enter_context(RawFollower(server, place.channel, place.cursor, encoding))
            for encoding in Encoding
            for _ in range(FOLLOWERS // 2)
        ]
        tail = stack.enter_context(TailFollower(server, place.channel, place.cursor, tmp_path))
        writer = Writer([server], place, people.ignacio, TEXTS)
        writer.start()
        writer.wait_for(10)
        server.signal(signal.SIGHUP)
        wait_until_replaced(server, before)
        writer.finish()
        head = read_cursor(server, place.thread_id, people.ignacio)
        check(followers, place, head.seq)
        tail.wait_for(head.seq)
        assert tail.texts == TEXTS
        assert tail.stop() == 0
    for follower in followers:  # each was told by its worker; those who came to the second old one, twice
        assert follower.drain_count >= 1
        assert follower.connection_count == follower.drain_count + 1
    assert server.stop() == 0
    assert "Traceback" not in server.output()


def test_killed_worker_is_replaced_and_nothing_is_missed(
    start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    people = found(tmp_path)
    server = start_server(broker=redis_server.url, workers=2)
    place = open_thread(server, people)
    wait_for_both(server)
    with ExitStack() as stack:
        followers = [
            stack.enter_context(RawFollower(server, place.channel, place.cursor, Encoding.MSGPACK))
            for _ in range(FOLLOWERS)
        ]
        writer = Writer([server], place, people.ignacio, TEXTS)
        writer.start()
        for acknowledged in (20, 50):
            writer.wait_for(acknowledged)
            before = wait_for_both(server)
            os.kill(min(children_of(server.process.pid)), signal.SIGKILL)
            deadline = time.monotonic() + LIMIT_S
            while (now := started_s(server)) == before or len(now) < 2:
                assert time.monotonic() < deadline, server.output()
                time.sleep(0.1)
        writer.finish()
        check(followers, place, read_cursor(server, place.thread_id, people.ignacio).seq)
    assert server.output().count("worker_died") == 2


def children_of(pid: int) -> list[int]:
    """The processes that this one started; the workers of a supervisor."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
