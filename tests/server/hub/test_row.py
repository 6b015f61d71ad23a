from __future__ import annotations

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.row import Row
from tertulia_server.hub.subscription import Subscription
from tests.server.hub.fakes import FakeSink, World

FRAME = Frame([b"news"], is_text=False)


class Served:
    """A row, and who was called in it, by name; ``leave_within``: who leaves in the middle of their own call."""

    def __init__(self, names: str, *, is_piped: bool = True) -> None:
        world = World()
        self.row = Row(is_text=False, is_piped=is_piped)
        self.calls: list[tuple[str, bytes | Frame]] = []
        self.leave_within: set[str] = set()
        self.is_piped = is_piped
        self._listener = world.hub.connect(FakeSink())
        self._channel = world.hub.enter("thread:1")
        self.members = {name: self.subscription(name) for name in names}
        for member in self.members.values():
            self.row.add(member)

    @property
    def called(self) -> str:
        return "".join(name for name, _ in self.calls)

    def subscription(self, name: str) -> Subscription:
        def take(load: bytes | Frame) -> bool:
            self.calls.append((name, load))
            if name in self.leave_within:
                self.row.remove(self.members[name])
            return True

        def write(data: bytes) -> None:
            take(data)

        pipe = write if self.is_piped else None
        return Subscription(self._channel, self._listener, take, pipe, is_text=False, seq=0)

    def leave(self, name: str) -> None:
        self.row.remove(self.members[name])

    def join(self, name: str) -> None:
        self.members[name] = self.subscription(name)
        self.row.add(self.members[name])

    def round(self) -> str:
        """A whole one, and who was served."""
        self.calls.clear()
        self.row.begin(FRAME)
        self.row.serve(100)
        self.row.end()
        return "".join(sorted(self.called))


def test_pipes_are_given_bytes_and_all_others_the_frame():
    for is_piped, load in ((True, FRAME.websocket_bytes), (False, FRAME)):
        served = Served("a", is_piped=is_piped)
        served.round()
        assert served.calls == [("a", load)]


def test_row_is_served_in_parts():
    served = Served("abcde")
    served.row.begin(FRAME)
    assert [served.row.serve(2) for _ in range(4)] == [2, 2, 1, 0]
    assert served.called == "abcde"
    assert served.row.served_count == 5


def test_subscription_suits_the_row_of_its_encoding_and_way():
    member = Served("a").members["a"]
    rows = [Row(is_text=is_text, is_piped=is_piped) for is_text in (False, True) for is_piped in (False, True)]
    assert [row.suits(member) for row in rows] == [False, True, False, False]


def test_whoever_leaves_between_rounds_is_replaced_by_the_last():
    served = Served("abc")
    served.leave("a")
    assert len(served.row) == 2
    assert served.round() == "bc"
    for name in "bc":
        served.leave(name)
    assert (len(served.row), served.round()) == (0, "")


def test_round_passes_over_who_left_and_comes_to_all_others_once():
    served = Served("abcdef")
    served.row.begin(FRAME)
    served.row.serve(2)
    for name in "adf":
        served.leave(name)
    served.row.serve(100)
    assert served.called == "abce"
    assert served.row.served_count == 4
    served.row.end()
    assert len(served.row) == 3
    assert served.round() == "bce"


def test_whoever_joins_during_a_round_waits_for_the_next_even_if_others_left():
    served = Served("abc")
    served.row.begin(FRAME)
    served.row.serve(1)
    served.join("d")
    served.leave("a")
    served.join("e")
    served.leave("e")
    served.row.serve(100)
    assert served.called == "abc"
    served.row.end()
    assert served.round() == "bcd"


def test_whoever_comes_back_during_a_round_stands_at_its_end():
    served = Served("ab")
    served.row.begin(FRAME)
    served.leave("b")
    served.row.add(served.members["b"])
    assert served.row.members == [served.members["a"], served.members["b"]]
    assert served.row.waiting == [served.members["a"]]
    served.row.serve(100)
    served.row.end()
    assert (served.called, served.round()) == ("a", "ab")


def test_whoever_leaves_within_its_own_call_was_served():
    served = Served("abc")
    served.leave_within = {"a", "b"}
    served.row.begin(FRAME)
    served.row.serve(1)
    assert [served.row.is_waiting(member) for member in served.members.values()] == [False, True, True]
    served.row.serve(100)
    assert (served.called, served.row.served_count) == ("abc", 3)
    served.row.end()
    served.leave_within.clear()
    assert served.round() == "c"


def test_nobody_waits_when_no_round_is_under_way():
    served = Served("ab")
    assert served.row.waiting == []
    assert not served.row.is_waiting(served.members["a"])
