from __future__ import annotations

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.joiner import MAX_JOINED, Joiner
from tests.server.hub.clock import VirtualClock


class Holding:
    def __init__(self) -> None:
        self.flush_count = 0

    def flush(self) -> None:
        self.flush_count += 1


def frame(*payloads: bytes) -> Frame:
    return Frame(payloads, is_text=False)


def test_each_connection_is_flushed_once_at_the_end_of_the_turn() -> None:
    clock = VirtualClock()
    joiner, connections = Joiner(clock), [Holding(), Holding()]
    for connection in connections:
        joiner.add(connection)
    assert [connection.flush_count for connection in connections] == [0, 0]
    clock.settle()
    assert [connection.flush_count for connection in connections] == [1, 1]
    joiner.add(connections[0])
    clock.settle()
    assert [connection.flush_count for connection in connections] == [2, 1]


def test_the_same_frames_are_joined_once_for_all() -> None:
    joiner = Joiner(VirtualClock())
    first, second = frame(b"a", b"b"), frame(b"c")
    joined = joiner.join([first, second])
    assert joined.payloads == (b"a", b"b", b"c")
    assert joiner.join([first, second]) is joined
    assert joiner.join([second, first]).payloads == (b"c", b"a", b"b")
    assert joiner.join([first]) is first


def test_joined_bytes_are_forgotten_with_the_turn_and_bounded() -> None:
    clock = VirtualClock()
    joiner = Joiner(clock)
    one, other = frame(b"1"), frame(b"2")
    joined = joiner.join([one, other])
    joiner.add(Holding())
    clock.settle()
    assert joiner.join([one, other]) is not joined
    for _ in range(MAX_JOINED):
        joiner.join([one, frame(b"x")])
    last = [one, frame(b"y")]
    assert joiner.join(last) is not joiner.join(last)
