from __future__ import annotations

import json

import pytest

from tertulia_server.hub.crowd import MAX_NAMED, MAX_SHOWN, NOBODY_KNOWN, Crowd, Reader, State, parse_json
from tertulia_server.hub.frame import SignalFrames


class Page:
    """Somebody's page."""

    def signal(self, channel: str, frames: SignalFrames) -> bool:
        del channel, frames
        return True


def crowd_of(*readers: Reader) -> Crowd:
    crowd = Crowd.new()
    crowd.readers = {Page(): reader for reader in readers}
    return crowd


ADA, BOB = Reader(1, "Ada"), Reader(2, "bob")


def test_member_counts_once_with_all_their_pages_and_each_guest_counts() -> None:
    crowd = crowd_of(ADA, ADA, BOB, NOBODY_KNOWN, NOBODY_KNOWN)
    assert crowd.own_state() == State(2, {1: "Ada", 2: "bob"}, 0, {})
    view = crowd.view(crowd.own_state())
    assert (view["reading"], view["writing"]) == (4, 0)
    assert [reader["name"] for reader in view["readers"]] == ["Ada", "bob"]


def test_member_on_two_workers_counts_once() -> None:
    crowd = crowd_of(ADA, NOBODY_KNOWN)
    crowd.others = {"w2": State(3, {1: "Ada", 2: "bob"}, 7, {2: "bob"})}
    view = crowd.view(crowd.own_state())
    assert (view["reading"], view["writing"]) == (1 + 3 + 7 + 2, 1)
    assert view["writers"] == [{"id": 2, "name": "bob"}]


def test_names_are_few_and_the_rest_is_counted() -> None:
    crowd = crowd_of(*(Reader(number, f"member {number:03}") for number in range(1, 80)))
    state = crowd.own_state()
    assert (len(state.members), state.more) == (MAX_NAMED, 79 - MAX_NAMED)
    view = crowd.view(state)
    assert view["reading"] == 79
    assert [reader["name"] for reader in view["readers"]] == [f"member {n:03}" for n in range(1, MAX_SHOWN + 1)]


def test_writer_is_forgotten_after_a_while_and_only_readers_write() -> None:
    crowd = crowd_of(ADA)
    crowd.writers = {1: 10.0, 2: 99.0}
    assert crowd.own_state().writers == {1: "Ada"}
    assert not crowd.forget_writers(9.9)
    assert crowd.forget_writers(10.0)
    assert crowd.own_state().writers == {}


def test_hidden_member_stays_counted_without_a_name() -> None:
    crowd = crowd_of(ADA, ADA, BOB)
    crowd.writers = {1: 99.0}
    assert crowd.hide(1)
    assert crowd.own_state() == State(2, {2: "bob"}, 0, {})
    assert not crowd.hide(1)


def test_state_survives_the_way_between_workers() -> None:
    state = State(3, {1: "Ada", 2: "bób"}, 4, {2: "bób"})
    note = parse_json(json.dumps({"worker": "w", **state.to_json()}).encode())
    assert note is not None
    assert State.of_json(note) == state


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"7", b"{}", b'{"worker": 7}'])
def test_what_is_no_note_is_none(payload: bytes) -> None:
    assert parse_json(payload) is None


@pytest.mark.parametrize(
    "change",
    [
        {"guests": -1},
        {"guests": "3"},
        {"more": 10**9},
        {"members": [[1, 2]]},
        {"members": [["1", "Ada"]]},
        {"members": [[1, "x" * 201]]},
        {"members": [[number, "x"] for number in range(MAX_NAMED + 1)]},
        {"writers": [[1]]},
    ],
)
def test_state_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        State.of_json({**State(0, {}, 0, {}).to_json(), **change})
