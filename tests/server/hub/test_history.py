from tertulia_server.hub.budget import Budget
from tertulia_server.hub.core import Core
from tertulia_server.hub.history import MAX_FRAME_BYTES, History
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.events import POST_EDITED, POST_REMOVED
from tertulia_wire.limits import LOG_BLOCK_EVENTS
from tests.server.hub.clock import VirtualClock
from tests.server.hub.fakes import EPOCH, FakeLog, publication

CHANNEL = "thread:1"


class Bench:
    """A history over a fake log of ``count`` posts."""

    def __init__(self, count: int = 0) -> None:
        self.clock = VirtualClock()
        self.log = FakeLog(self.clock)
        self.core = Core(self.clock, self.log, Budget(1 << 20))
        self.core.epoch = EPOCH
        self.changes: list[tuple[int, int]] = []
        self.history = History(self.core, CHANNEL, lambda *change: self.changes.append(change))
        self.doubts: list[None] = []
        self.core.on_doubt = lambda: self.doubts.append(None)
        for _ in range(count):
            self.log.append(CHANNEL)
        self.history.known_seq = count

    def read(self, after: int, until: int) -> list[int]:
        told: list[int] = []
        self.history.read(after, until, told.append)
        return told

    def texts(self, after: int, until: int) -> list[str | None]:
        entries = self.history.run(after, until)
        messages = [decode_server_message(entry.payload, Encoding.MSGPACK) for entry in entries]
        return [message.data["post"]["text"] for message in messages]  # type: ignore[union-attr]


def test_run_ends_at_the_first_hole():
    bench = Bench()
    for seq in (1, 2, 4):
        bench.history.put(publication(seq))
    assert [entry.seq for entry in bench.history.run(0, 4)] == [1, 2]
    assert bench.history.run(2, 4) == []


def test_run_crosses_blocks():
    bench = Bench()
    for seq in range(60, 70):
        bench.history.put(publication(seq))
    assert [entry.seq for entry in bench.history.run(59, 69)] == list(range(60, 70))


def test_block_run_ends_with_its_block():
    bench = Bench()
    for seq in range(60, 70):
        bench.history.put(publication(seq))
    run = bench.history.block_run(59, 69, is_text=False)
    assert run is not None
    assert run[0] == LOG_BLOCK_EVENTS


def test_run_is_bounded_in_bytes_but_never_empty():
    bench = Bench()
    bench.log.append(CHANNEL, text="x" * 2 * MAX_FRAME_BYTES)
    bench.log.append(CHANNEL)
    for seq in (1, 2):
        bench.history.put(bench.log.publication(CHANNEL, seq))
    assert [entry.seq for entry in bench.history.run(0, 2)] == [1]


def test_read_is_one_for_all_who_wait_and_covers_the_whole_block():
    bench = Bench(100)
    told = bench.read(70, 100), bench.read(80, 100), bench.read(64, 100)
    bench.clock.advance(1)
    assert told == ([1], [1], [1])
    assert bench.log.reads == [(CHANNEL, 64, 100)]
    assert len(bench.history.run(64, 100)) == 36


def test_read_of_a_gap_begins_at_the_gap():
    bench = Bench(100)
    bench.history.read(98, 100, lambda _: None, is_aligned=False)
    assert bench.log.reads == [(CHANNEL, 98, 100)]


def test_failed_read_is_tried_again_ever_later():
    bench = Bench(3)
    bench.log.is_away = True
    told = bench.read(0, 3)
    bench.clock.advance(60)
    assert told == []
    assert 60 <= len(bench.log.reads) <= 70
    bench.log.is_away = False
    bench.clock.advance(1)
    assert told == [1]


def test_read_of_another_log_is_not_believed():
    bench = Bench(3)
    bench.log.epoch = "other"
    told = bench.read(0, 3)
    bench.clock.advance(0.05)
    assert bench.history.run(0, 3) == []
    assert told == []
    assert bench.doubts


def test_read_that_lacks_an_event_is_not_believed():
    bench = Bench(3)
    told = bench.read(0, 5)
    bench.clock.advance(0.05)
    assert told == []
    assert bench.doubts


def test_read_of_a_trimmed_log_tells_where_it_begins():
    bench = Bench(10)
    bench.log.first_seq = 8
    told = bench.read(0, 10)
    bench.clock.advance(1)
    assert told == [8]
    assert [entry.seq for entry in bench.history.run(7, 10)] == [8, 9, 10]


def test_removal_empties_older_entries_of_the_post():
    bench = Bench()
    bench.history.put(publication(1, about_id=7))
    bench.history.put(publication(2, POST_REMOVED, 7))
    assert not bench.history.has(1)
    assert bench.history.has(2)
    assert bench.changes == [(7, 2)]


def test_emptied_entry_is_read_from_the_log_as_it_is_now():
    bench = Bench(1)
    bench.history.put(bench.log.publication(CHANNEL, 1))
    bench.log.append(CHANNEL, POST_REMOVED, 1)
    bench.history.put(bench.log.publication(CHANNEL, 2))
    bench.read(0, 2)
    bench.clock.advance(1)
    assert bench.texts(0, 2) == [None, None]


def test_text_read_before_a_removal_that_came_meanwhile_is_not_kept():
    bench = Bench(2)
    told = bench.read(0, 2)
    bench.log.append(CHANNEL, POST_REMOVED, 1)
    bench.history.put(bench.log.publication(CHANNEL, 3))
    bench.clock.advance(1)
    assert told == [1]
    assert not bench.history.has(1)
    assert bench.texts(1, 2) == ["text 2"]
    bench.read(0, 3)
    bench.clock.advance(1)
    assert bench.texts(0, 3) == [None, "text 2", None]


def test_removal_that_was_lost_empties_memory_when_the_log_tells_of_it():
    bench = Bench(1)
    bench.history.put(bench.log.publication(CHANNEL, 1))
    bench.log.append(CHANNEL, POST_EDITED, 1, text="new")
    bench.history.read(1, 2, lambda _: None, is_aligned=False)
    bench.clock.advance(1)
    assert not bench.history.has(1)
    assert bench.texts(1, 2) == ["new"]


def test_edits_that_were_known_do_not_empty_what_was_read_after_them():
    bench = Bench(1)
    bench.log.append(CHANNEL, POST_EDITED, 1, text="new")
    bench.history.known_seq = 2
    bench.read(0, 2)
    bench.clock.advance(1)
    bench.read(0, 2)
    bench.clock.advance(1)
    assert bench.texts(0, 2) == ["new", "new"]


def test_clear_forgets_reads_under_way_and_hands_back_who_waited():
    bench = Bench(3)
    told = bench.read(0, 3)
    waiters = bench.history.clear()
    bench.clock.advance(1)
    assert told == []
    assert len(waiters) == 1
    assert bench.history.run(0, 3) == []
    assert bench.core.budget.used_bytes == 0


def test_frame_of_a_round_may_span_blocks_in_json_too():
    bench = Bench()
    for seq in (64, 65):
        bench.history.put(publication(seq))
    frame = bench.history.frame(bench.history.run(63, 65), is_text=True)
    assert [payload[:20] for payload in frame.payloads] == [b'["event","thread:1",'] * 2
