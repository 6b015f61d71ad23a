"""Two servers on one database: posts go in at the one and come out at the other."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tertulia_wire.codec import Encoding
from tests.browser.forum import People
from tests.conftest import StartServer
from tests.processes import RedisServer, TertuliaServer
from tests.scenarios.followers import RawFollower
from tests.scenarios.village import Place, Writer, found, open_thread, read_cursor

TEXTS = [f"text {number}" for number in range(40)]


def check_followers(followers: list[RawFollower], place: Place, head_seq: int) -> None:
    for follower in followers:
        follower.wait_for(head_seq)
    for follower in followers:
        assert follower.seqs == list(range(place.cursor.seq + 1, head_seq + 1))
        assert follower.texts == TEXTS
        assert follower.faults == []


def follow_and_write(servers: list[TertuliaServer], readers: list[TertuliaServer], people: People) -> None:
    """Posts go in through all servers in turn; what comes out at the readers is checked."""
    place = open_thread(servers[0], people)
    with ExitStack() as stack:
        followers = [
            stack.enter_context(RawFollower(server, place.channel, place.cursor, encoding))
            for server in readers
            for encoding in Encoding
        ]
        writer = Writer(servers, place, people.ignacio, TEXTS)
        writer.start()
        writer.finish()
        check_followers(followers, place, read_cursor(servers[0], place.thread_id, people.ignacio).seq)


def test_posts_of_both_servers_reach_readers_of_both_through_redis(
    start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    people = found(tmp_path)
    servers = [start_server(broker=redis_server.url) for _ in range(2)]
    follow_and_write(servers, servers, people)


def test_post_of_one_server_reaches_a_reader_of_the_other_without_a_broker(
    start_server: StartServer, tmp_path: Path
) -> None:
    """The sweep alone finds it."""
    people = found(tmp_path)
    writing, reading = start_server(), start_server()
    follow_and_write([writing], [reading], people)


def test_post_reaches_the_other_server_while_redis_is_away(
    start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    people = found(tmp_path)
    writing, reading = (start_server(broker=redis_server.url) for _ in range(2))
    place = open_thread(writing, people)
    with RawFollower(reading, place.channel, place.cursor, Encoding.MSGPACK) as follower:
        writer = Writer([writing], place, people.ignacio, TEXTS)
        writer.start()
        writer.wait_for(10)
        redis_server.kill()
        writer.wait_for(30)
        redis_server.start()
        writer.finish()
        check_followers([follower], place, read_cursor(writing, place.thread_id, people.ignacio).seq)


@pytest.mark.parametrize("with_redis", [True, False])
def test_killed_server_loses_no_post_that_it_acknowledged(
    with_redis: bool, start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """What it committed and never told anybody is found by the other's sweep."""
    people = found(tmp_path)
    options = {"broker": redis_server.url} if with_redis else {}
    writing, reading = start_server(**options), start_server(**options)
    place = open_thread(writing, people)
    with RawFollower(reading, place.channel, place.cursor, Encoding.JSON) as follower:
        writer = Writer([writing], place, people.ignacio, TEXTS)
        writer.start()
        writer.wait_for(15)
        writing.kill()
        writing.start()
        writer.finish()
        check_followers([follower], place, read_cursor(reading, place.thread_id, people.ignacio).seq)
    assert follower.connection_count == 1
