"""A server is killed and started again while people read and write: nothing is missing, nothing comes twice."""

from contextlib import ExitStack
from pathlib import Path

from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor
from tests.conftest import StartServer
from tests.scenarios.followers import RawFollower, TailFollower
from tests.scenarios.village import Writer, found, open_thread, read_cursor

TEXTS = [f"text {number}" for number in range(60)]


def test_killed_server_comes_back_and_readers_miss_nothing(start_server: StartServer, tmp_path: Path) -> None:
    people = found(tmp_path)
    server = start_server()
    place = open_thread(server, people)
    with ExitStack() as stack:
        followers = [
            stack.enter_context(RawFollower(server, place.channel, place.cursor, encoding)) for encoding in Encoding
        ]
        tail = stack.enter_context(TailFollower(server, place.channel, place.cursor, tmp_path))
        writer = Writer([server], place, people.ignacio, TEXTS)
        writer.start()
        for acknowledged in (10, 30):
            writer.wait_for(acknowledged)
            server.kill()
            server.start()
        writer.finish()
        head = read_cursor(server, place.thread_id, people.ignacio)
        everybody: list[RawFollower | TailFollower] = [*followers, tail]
        for follower in everybody:
            follower.wait_for(head.seq)
        assert tail.stop() == 0

    expected = list(range(place.cursor.seq + 1, head.seq + 1))
    for follower in everybody:
        assert follower.seqs == expected
        assert follower.texts == TEXTS
    assert [follower.faults for follower in followers] == [[], []]
    assert all(follower.connection_count >= 3 for follower in followers)
    assert head.epoch == place.cursor.epoch


def test_stopped_server_leaves_a_log_that_a_later_reader_reads_from_the_start(
    start_server: StartServer, tmp_path: Path
) -> None:
    people = found(tmp_path)
    server = start_server()
    place = open_thread(server, people)
    writer = Writer([server], place, people.ignacio, TEXTS)
    writer.start()
    writer.finish()
    server.stop()
    server.start()
    beginning = Cursor(place.cursor.epoch, 0)
    with RawFollower(server, place.channel, beginning, Encoding.MSGPACK) as follower:
        head = read_cursor(server, place.thread_id, people.ignacio)
        follower.wait_for(head.seq)
    assert follower.seqs == list(range(1, head.seq + 1))
    assert follower.texts[1:] == TEXTS
    assert follower.faults == []
