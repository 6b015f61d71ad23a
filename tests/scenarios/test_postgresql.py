"""The whole server on PostgreSQL and Redis: workers are killed, PostgreSQL restarts, and no post is missed."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tertulia_client.cli import main
from tertulia_server.store.log import read_log
from tertulia_server.store.opening import open_store
from tertulia_wire.codec import Encoding
from tertulia_wire.events import POST_CREATED
from tests.conftest import StartServer
from tests.postgresql import PostgresServer
from tests.processes import RedisServer, TertuliaServer
from tests.scenarios.followers import RawFollower
from tests.scenarios.village import Place, Writer, found, open_thread, read_cursor

TEXTS = [f"text {number}" for number in range(60)]
LIMIT_S = 20.0


def readiness(server: TertuliaServer) -> tuple[int, dict[str, Any]]:
    """What `/readyz` answers."""
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline, f"not within {LIMIT_S} s: {what}"
        time.sleep(0.05)


def posts_in_log(url: str, place: Place) -> list[int]:
    """The ids of the posts of which the log tells, one for each time that it does."""

    async def read() -> list[int]:
        store = await open_store(url, create=False)
        events = await store.read(read_log, place.channel, 0, 10_000)
        await store.close()
        return [event.about_id for event in events if event.name == POST_CREATED]

    return asyncio.run(read())


def test_no_post_is_missed_when_a_worker_is_killed_and_postgresql_restarts(
    start_server: StartServer, redis_server: RedisServer, postgresql_server: PostgresServer, tmp_path: Path
) -> None:
    url = postgresql_server.url(postgresql_server.create_database())
    people = found(tmp_path, url)
    servers = [start_server(database=url, broker=redis_server.url) for _ in range(2)]
    place = open_thread(servers[0], people)
    with ExitStack() as stack:
        followers = [
            stack.enter_context(RawFollower(server, place.channel, place.cursor, encoding))
            for server in servers
            for encoding in Encoding
        ]
        writer = Writer(servers, place, people.ignacio, TEXTS)
        writer.start()
        writer.wait_for(10)
        servers[0].kill()
        servers[0].start()
        writer.wait_for(25)
        postgresql_server.kill()
        wait_until(lambda: readiness(servers[1])[0] == 503, "a server that says it is not ready")
        assert readiness(servers[1])[1]["store"] == "away"
        assert servers[1].is_healthy()
        postgresql_server.start()
        wait_until(lambda: all(readiness(server)[0] == 200 for server in servers), "servers that are ready again")
        writer.wait_for(45)
        postgresql_server.stop()
        postgresql_server.start()
        writer.finish()
        head = read_cursor(servers[0], place.thread_id, people.ignacio)
        for follower in followers:
            follower.wait_for(head.seq)
    for follower in followers:
        assert follower.seqs == list(range(place.cursor.seq + 1, head.seq + 1))
        assert follower.texts == TEXTS
        assert follower.faults == []
    assert [follower.connection_count for follower in followers[2:]] == [1, 1]
    acknowledged = [outcome["post"]["id"] for outcome in writer.acknowledged]
    assert posts_in_log(url, place)[1:] == acknowledged


def test_forum_moves_from_sqlite_to_postgresql_and_its_readers_go_on(
    start_server: StartServer, postgresql_server: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = found(tmp_path)
    old = start_server()
    place = open_thread(old, people)
    with RawFollower(old, place.channel, place.cursor, Encoding.MSGPACK) as follower:
        writer = Writer([old], place, people.ignacio, TEXTS[:20])
        writer.start()
        writer.finish()
        old.kill()
        url = postgresql_server.url(postgresql_server.create_database())
        assert main.run(["db", "copy", old.database, url]) == 0
        assert "compared row by row" in capsys.readouterr().out
        old.database = url
        old.start()
        writer = Writer([old], place, people.ignacio, TEXTS[20:40])
        writer.start()
        writer.finish()
        head = read_cursor(old, place.thread_id, people.ignacio)
        follower.wait_for(head.seq)
    assert head.epoch == place.cursor.epoch
    assert follower.seqs == list(range(place.cursor.seq + 1, head.seq + 1))
    assert follower.texts == TEXTS[:40]
    assert follower.faults == []


def test_failover_to_a_standby_that_lacks_commits_resets_its_readers(
    start_server: StartServer, postgresql_server: PostgresServer, tmp_path: Path
) -> None:
    """The server stays up meanwhile. Seqs that were given before may be given again, so nobody may go on from them."""
    url = postgresql_server.url(postgresql_server.create_database())
    people = found(tmp_path, url)
    server = start_server(database=url)
    place = open_thread(server, people)
    with RawFollower(server, place.channel, place.cursor, Encoding.JSON) as follower:
        postgresql_server.stop()
        postgresql_server.start_new_timeline()
        wait_until(lambda: bool(follower.faults), "a reset")
    assert follower.faults == ["reset: epoch"]
    assert read_cursor(server, place.thread_id, people.ignacio).epoch != place.cursor.epoch
