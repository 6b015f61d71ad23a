"""Presence on a virtual clock: one call a second, several workers, notes that get lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tertulia_server.broker.port import Publication
from tertulia_server.hub import presence as module
from tertulia_server.hub.crowd import NOBODY_KNOWN, Crowd, Reader, State
from tertulia_server.hub.frame import SignalFrames
from tertulia_server.hub.presence import NOTES, Presence
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Signal
from tests.server.hub.clock import VirtualClock

THREAD = "thread:17"
ADA, BOB = Reader(1, "Ada"), Reader(2, "Bob")


class Page:
    """What one page was told; a slow one takes nothing."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.is_slow = False

    def signal(self, channel: str, frames: SignalFrames) -> bool:
        if self.is_slow:
            return False
        binary = decode_server_message(frames.of(is_text=False).payloads[0], Encoding.MSGPACK)
        text = decode_server_message(frames.of(is_text=True).payloads[0].decode(), Encoding.JSON)
        assert isinstance(binary, Signal)
        assert binary == text
        assert (binary.channel, binary.name) == (channel, "presence")
        self.told.append(dict(binary.data))
        return True

    @property
    def last(self) -> tuple[int, int]:
        return self.told[-1]["reading"], self.told[-1]["writing"]


class Street:
    """The broker between workers: what one publishes, all who follow hear, unless it is away."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.workers: dict[str, Presence] = {}
        self.followed: dict[str, set[str]] = {}
        self.notes: list[Publication] = []
        self.is_away = False

    def worker(self, name: str) -> Presence:
        followed = self.followed[name] = set()
        self.workers[name] = Presence(
            self.clock, name, publish=self.publish, follow=followed.add, unfollow=followed.discard
        )
        return self.workers[name]

    def publish(self, publications: Sequence[Publication]) -> None:
        self.notes += publications
        if not self.is_away:
            for publication in publications:
                for name, followed in list(self.followed.items()):
                    if publication.channel in followed:
                        self.workers[name].receive(publication)

    def kill(self, name: str) -> None:
        """It says nothing more, and nobody hears it: as after kill -9."""
        self.workers[name]._timer.cancel()  # type: ignore[union-attr]
        del self.workers[name], self.followed[name]


@pytest.fixture
def street() -> Street:
    return Street(VirtualClock())


def test_readers_are_told_within_a_second_and_then_only_of_changes(street: Street) -> None:
    worker, first, second = street.worker("a"), Page(), Page()
    worker.read(first, THREAD, ADA)
    street.clock.advance(1)
    assert first.told == [{"reading": 1, "writing": 0, "readers": [{"id": 1, "name": "Ada"}], "writers": []}]
    street.clock.advance(60)
    assert len(first.told) == 1
    worker.read(second, THREAD, NOBODY_KNOWN)
    street.clock.advance(1)
    assert first.last == second.last == (2, 0)
    worker.away(first, THREAD)
    street.clock.advance(1)
    assert (second.last, len(first.told)) == ((1, 0), 2)


def test_newcomer_who_changes_no_count_is_told_alone(street: Street) -> None:
    worker, first, second = street.worker("a"), Page(), Page()
    worker.read(first, THREAD, ADA)
    street.clock.advance(1)
    worker.read(second, THREAD, ADA)
    street.clock.advance(1)
    assert (second.last, len(first.told)) == ((1, 0), 1)


def test_nobody_reads_and_nothing_happens(street: Street) -> None:
    worker, page = street.worker("a"), Page()
    street.clock.advance(60)
    assert street.notes == []
    worker.read(page, THREAD, ADA)
    street.clock.advance(2)
    worker.away(page, THREAD)
    street.clock.advance(2)
    count = len(street.notes)
    street.clock.advance(60)
    assert (worker.crowd_count, street.followed["a"], len(street.notes)) == (0, set(), count)
    assert not street.clock.step()


def test_writer_is_told_of_until_they_stop_or_fall_silent(street: Street) -> None:
    worker, ada, guest = street.worker("a"), Page(), Page()
    worker.read(ada, THREAD, ADA)
    worker.read(guest, THREAD, NOBODY_KNOWN)
    worker.write(ada, THREAD)
    worker.write(guest, THREAD)
    street.clock.advance(1)
    assert guest.told[-1]["writers"] == [{"id": 1, "name": "Ada"}]
    worker.stop(ada, THREAD)
    street.clock.advance(1)
    assert guest.last == (2, 0)
    worker.write(ada, THREAD)
    street.clock.advance(5)
    worker.write(ada, THREAD)
    street.clock.advance(5)
    assert guest.last == (2, 1)
    street.clock.advance(2)
    assert guest.last == (2, 0)


def test_workers_agree_and_a_killed_one_is_missed_within_five_seconds(street: Street) -> None:
    a, b = street.worker("a"), street.worker("b")
    on_a, on_b, ada_on_b = Page(), Page(), Page()
    a.read(on_a, THREAD, ADA)
    street.clock.advance(10)
    b.read(on_b, THREAD, BOB)
    b.read(ada_on_b, THREAD, ADA)
    b.write(on_b, THREAD)
    street.clock.advance(3)
    assert on_a.last == on_b.last == (2, 1)
    assert [who["name"] for who in on_a.told[-1]["readers"]] == ["Ada", "Bob"]
    street.kill("b")
    street.clock.advance(5)
    assert on_a.last == (1, 0)


def test_worker_that_ends_takes_its_readers_along_at_once(street: Street) -> None:
    a, b, on_a, on_b = street.worker("a"), street.worker("b"), Page(), Page()
    a.read(on_a, THREAD, ADA)
    b.read(on_b, THREAD, BOB)
    street.clock.advance(3)
    assert on_a.last == (2, 0)
    b.close()
    street.clock.advance(1)
    assert on_a.last == (1, 0)


def test_broker_away_leaves_each_worker_its_own_and_all_is_whole_again_after_it(street: Street) -> None:
    a, b, on_a, on_b = street.worker("a"), street.worker("b"), Page(), Page()
    a.read(on_a, THREAD, ADA)
    b.read(on_b, THREAD, BOB)
    street.clock.advance(3)
    street.is_away = True
    street.clock.advance(5)
    assert on_a.last == on_b.last == (1, 0)
    street.is_away = False
    street.clock.advance(3)
    assert on_a.last == on_b.last == (2, 0)


def test_lost_note_is_told_again(street: Street) -> None:
    a, b, on_a, pages = street.worker("a"), street.worker("b"), Page(), [Page(), Page()]
    a.read(on_a, THREAD, ADA)
    b.read(pages[0], THREAD, BOB)
    street.clock.advance(3)
    b.read(pages[1], THREAD, NOBODY_KNOWN)
    street.is_away = True
    street.clock.advance(1)
    street.is_away = False
    street.clock.advance(module.REFRESH_TICKS + 1)
    assert on_a.last == (3, 0)


def test_worker_that_is_alone_counts_only_what_has_changed(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Crowd] = []
    own_state = Crowd.own_state

    def count(crowd: Crowd) -> State:
        counted.append(crowd)
        return own_state(crowd)

    worker = street.worker("a")
    worker.read(Page(), THREAD, ADA)
    street.clock.advance(3)
    monkeypatch.setattr(Crowd, "own_state", count)
    street.clock.advance(2 * module.REFRESH_TICKS)
    assert counted == []
    worker.read(Page(), THREAD, BOB)
    street.clock.advance(1)
    assert len(counted) == 1


def test_note_that_tells_nothing_new_is_not_counted(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Crowd] = []
    own_state = Crowd.own_state

    def count(crowd: Crowd) -> State:
        counted.append(crowd)
        return own_state(crowd)

    for name in ("a", "b"):
        street.worker(name).read(Page(), THREAD, ADA)
    street.clock.advance(5)
    monkeypatch.setattr(Crowd, "own_state", count)
    street.clock.advance(module.REFRESH_TICKS)
    assert len(counted) == 2


def test_what_has_changed_does_not_wait_for_all_that_is_told_again(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CROWDS_PER_TICK", 10)
    monkeypatch.setattr(module, "MIN_AGAIN_PER_TICK", 2)
    a, b, pages = street.worker("a"), street.worker("b"), [Page() for _ in range(200)]
    for number, page in enumerate(pages):
        a.read(page, f"thread:{number}", ADA)
        b.read(Page(), f"thread:{number}", BOB)
    street.clock.advance(10 * module.REFRESH_TICKS)
    assert {page.last for page in pages} == {(2, 0)}
    while b._tick_count % module.REFRESH_TICKS:
        street.clock.advance(module.TICK_S)
    for number in range(180, 200):
        b.read(Page(), f"thread:{number}", NOBODY_KNOWN)
    street.clock.advance(5)
    assert {page.last for page in pages[180:]} == {(3, 0)}
    street.notes.clear()
    street.clock.advance(3 * module.REFRESH_TICKS)
    assert len({note.channel for note in street.notes}) > 200


def test_slow_page_is_passed_over_and_gets_the_latest_when_it_is_quick_again(street: Street) -> None:
    worker, slow, quick = street.worker("a"), Page(), Page()
    worker.read(slow, THREAD, ADA)
    street.clock.advance(1)
    slow.is_slow = True
    worker.read(quick, THREAD, BOB)
    street.clock.advance(1)
    worker.write(quick, THREAD)
    street.clock.advance(1)
    slow.is_slow = False
    street.clock.advance(1)
    assert [told["writing"] for told in slow.told] == [0, 1]


def test_pushes_of_a_second_are_bounded_and_nobody_is_forgotten(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PUSHES_PER_TICK", 10)
    monkeypatch.setattr(module, "CROWD_PUSHES", 0)
    worker = street.worker("a")
    pages = {f"thread:{number}": [Page() for _ in range(25)] for number in range(1, 4)}
    for channel, readers in pages.items():
        for page in readers:
            worker.read(page, channel, NOBODY_KNOWN)
    counts = []
    for _ in range(9):
        street.clock.advance(1)
        counts.append(sum(len(page.told) for readers in pages.values() for page in readers))
    assert counts[-1] == 75
    assert all(after - before in {0, 25} for before, after in zip([0, *counts], counts, strict=False))
    assert counts[4] <= 50


def test_hidden_member_loses_the_name_on_all_workers(street: Street) -> None:
    a, b, on_a, on_b = street.worker("a"), street.worker("b"), Page(), Page()
    a.read(on_a, THREAD, ADA)
    b.read(on_b, THREAD, BOB)
    street.clock.advance(3)
    a.hide(2)
    street.clock.advance(2)
    assert on_a.last == on_b.last == (2, 0)
    assert [who["name"] for who in on_a.told[-1]["readers"]] == ["Ada"]


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xc1", b"{}", b'{"worker": "b"}', b'{"worker": "b", "guests": -3}', b'{"worker": "b", "hide": "x"}'],
)
def test_note_that_cannot_be_read_changes_nothing(street: Street, payload: bytes) -> None:
    worker, page = street.worker("a"), Page()
    worker.read(page, THREAD, ADA)
    street.clock.advance(1)
    for channel in (NOTES, f"{NOTES}:{THREAD}", "thread:17"):
        worker.receive(Publication(channel, "-", 1, "presence", 0, payload))
    street.clock.advance(2)
    assert len(page.told) == 1


def test_many_threads_are_counted_and_told_a_few_in_each_turn_of_the_loop(street: Street) -> None:
    worker, pages = street.worker("a"), [Page() for _ in range(150)]
    for number, page in enumerate(pages):
        worker.read(page, f"thread:{number + 1}", ADA)
    street.clock._now_s += module.TICK_S
    told = []
    while street.clock.step():
        told.append(sum(len(page.told) for page in pages))
    assert told[-1] == 150
    steps = [after - before for before, after in zip([0, *told], told, strict=False)]
    assert max(steps) <= module.SLICE_CROWDS


def test_worker_that_begins_to_listen_hears_of_readers_who_were_there_before(street: Street) -> None:
    a, b, on_a, on_b = street.worker("a"), street.worker("b"), Page(), Page()
    a.read(on_a, THREAD, ADA)
    for worker in (a, b):
        worker.read(Page(), "thread:18", NOBODY_KNOWN)
    street.clock.advance(5)
    b.read(on_b, THREAD, BOB)
    street.clock.advance(3)
    assert on_a.last == on_b.last == (2, 0)


def test_view_that_is_out_of_date_is_told_to_nobody_else(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE_PUSHES", 2)
    worker, pages = street.worker("a"), [Page() for _ in range(6)]
    for page in pages:
        worker.read(page, THREAD, NOBODY_KNOWN)
    street.clock._now_s += module.TICK_S
    while not any(page.told for page in pages):
        assert street.clock.step()
    worker.read(Page(), THREAD, NOBODY_KNOWN)
    worker._tick()  # the loop was held up: a second is over, and a part of the pages not yet told
    street.clock.settle()
    assert all(page.last == (7, 0) for page in pages)
    assert sum(len(page.told) for page in pages) == 2 + 6
