"""Ten thousand random operations against hub, session and client protocol, on a virtual clock.

Two workers share one log. Their brokers lose, double, delay and reorder; readers come, go, stall and resume with all
kinds of cursors; the store fails; the log is renewed and trimmed. At the end every reader's view equals a fresh read,
and each saw each event once, in order, and no text after its removal was known.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertulia_server.broker.port import Publication
from tertulia_server.hub import rounds
from tertulia_server.hub.budget import Block
from tertulia_server.hub.channel import Channel
from tertulia_server.hub.history import History
from tertulia_server.hub.lagging import Lagging
from tertulia_server.hub.rounds import Round, Rounds
from tertulia_server.hub.row import Row
from tertulia_server.hub.subscription import Subscription
from tertulia_wire.codec import Encoding
from tests.server.hub.clock import VirtualClock
from tests.server.hub.model_reader import Reader
from tests.server.hub.model_truth import CHANNELS, THREADS, Truth
from tests.server.hub.model_worker import Worker

Choose = Callable[[int], int]
"""A number from 0 to below n, from wherever chance comes."""

READERS: Final = 8


@pytest.fixture(autouse=True, scope="module")
def short_slices() -> Iterator[None]:
    """A round to a few readers takes several turns too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "SLICE_PUSHES", 1)
        yield


class Model:
    """All of it together, and the operations that chance may choose."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.clock = VirtualClock()
        self.truth = Truth(self.clock)
        self.workers = [Worker(self.clock, self.truth) for _ in range(2)]
        encodings = (Encoding.MSGPACK, Encoding.MSGPACK, Encoding.JSON)
        self.readers = [
            Reader(self.clock, self.truth, encodings[i % 3], seed=i, is_piped=i % 2 == 0) for i in range(READERS)
        ]
        self.is_broker_away = False
        self.operations = (
            *[self.post] * 10, *[self.edit] * 4, *[self.remove] * 3, *[self.follow] * 4, self.unfollow,
            *[self.connect] * 4, *[self.disconnect] * 2, self.stall, *[self.read_again] * 2, *[self.wait] * 6,
            *[self.step] * 6, self.burst, self.turn_broker, self.turn_store, self.slow_store, self.rare,
        )  # fmt: skip

    def run(self, count: int) -> None:
        for _ in range(count):
            self.operations[self.choose(len(self.operations))]()
            for worker in self.workers:
                worker.check_bounds()
        self.heal()

    def heal(self) -> None:
        """All faults end; what was promised must now be true."""
        self.truth.is_away = False
        self.truth.delay_s = 0.005
        for reader in self.readers:
            reader.read_again()
            reader.connect(self.workers[0])
        self.clock.advance(60)
        for reader in self.readers:
            reader.check_done()

    def post(self) -> None:
        self.publish(self.truth.post(THREADS[self.choose(len(THREADS))]))

    def edit(self) -> None:
        if self.truth.posts:
            self.publish(self.truth.edit(self.some_post()))

    def remove(self) -> None:
        if self.truth.posts:
            self.publish(self.truth.remove(self.some_post()))

    def some_post(self) -> int:
        """Mostly one of the newest."""
        newest = len(self.truth.posts)
        return max(1, newest - self.choose(5)) if self.choose(4) else 1 + self.choose(newest)

    def burst(self) -> None:
        for _ in range(10 + self.choose(30)):
            self.post()

    def publish(self, publications: Sequence[Publication]) -> None:
        for worker in self.workers:
            for publication in publications:
                self.carry(worker, publication)

    def carry(self, worker: Worker, publication: Publication) -> None:
        """The broker at work: at once, late, twice, or never."""
        fate = self.choose(10)
        if self.is_broker_away or fate == 0:
            return
        if fate < 6:
            worker.deliver(publication)
        if fate >= 5:
            self.clock.call_later(0.001 * self.choose(200), worker.deliver, publication)

    def some_reader(self) -> Reader:
        return self.readers[self.choose(READERS)]

    def follow(self) -> None:
        reader, channel = self.some_reader(), CHANNELS[self.choose(len(CHANNELS))]
        match self.choose(6):
            case 0:
                reader.follow_from_now(channel)
            case 1:
                reader.follow_from_beyond(channel)
            case 2:
                reader.follow_from_the_beginning(channel)
            case _:
                reader.load_and_follow(channel)

    def unfollow(self) -> None:
        self.some_reader().unfollow(CHANNELS[self.choose(len(CHANNELS))])

    def connect(self) -> None:
        self.some_reader().connect(self.workers[self.choose(len(self.workers))])

    def disconnect(self) -> None:
        self.some_reader().disconnect()

    def stall(self) -> None:
        self.some_reader().stop_reading()

    def read_again(self) -> None:
        self.some_reader().read_again()

    def wait(self) -> None:
        self.clock.advance((0.0, 0.001, 0.004, 0.02, 0.15, 1.0)[self.choose(6)])

    def step(self) -> None:
        """A few of the calls that are due: whatever is chosen next comes in the middle of a round.

        What a connection holds back for its other channels is on its way, and leaves first.
        """
        for _ in range(1 + self.choose(6)):
            self.clock.step()
        while any(worker.hub.joiner._waiting for worker in self.workers):
            self.clock.step()

    def turn_broker(self) -> None:
        self.is_broker_away = not self.is_broker_away

    def turn_store(self) -> None:
        self.truth.is_away = not self.truth.is_away and not self.choose(2)

    def slow_store(self) -> None:
        self.truth.delay_s = (0.001, 0.01, 0.1, 0.5)[self.choose(4)]

    def rare(self) -> None:
        match self.choose(12):
            case 0:
                self.truth.renew_epoch()
            case 1:
                self.truth.trim(CHANNELS[self.choose(len(CHANNELS))], keep=self.choose(100))
            case _:
                pass


def seeded(seed: int) -> Model:
    return Model(random.Random(seed).randrange)


def drawn(data: bytes) -> Model:
    """Chance from bytes, which hypothesis can shrink."""
    numbers = iter(data)
    return Model(lambda n: next(numbers, 0) % n)


def test_ten_thousand_operations_leave_every_view_equal_to_a_fresh_read() -> None:
    model = seeded(1)
    model.run(10_000)
    assert sum(reader.event_count for reader in model.readers) > 10_000
    assert sum(reader.reset_count for reader in model.readers) > 100
    assert all(worker.hub.repair_count > 100 for worker in model.workers)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_long_histories_leave_every_view_equal_to_a_fresh_read(seed: int) -> None:
    seeded(seed).run(10_000)


@given(st.binary(min_size=800, max_size=2400))
@settings(max_examples=50, deadline=None)
def test_any_history_leaves_every_view_equal_to_a_fresh_read(data: bytes) -> None:
    drawn(data).run(len(data) // 4)


def lose_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every twentieth round goes to nobody, though all are noted as served."""
    push_slice = Round.push_slice
    count = 0

    def push_or_lose(self: Round) -> bool:
        nonlocal count
        count += 1
        if count % 20 == 0:
            for row, _ in self._parts:
                row._at = row._end - 1
        return push_slice(self)

    monkeypatch.setattr(Round, "push_slice", push_or_lose)


def let_the_head_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever seq comes becomes the head, and rounds go on behind it."""

    def jump(self: Channel, publication: Publication) -> None:
        if self.is_open and publication.seq > self.head:
            self.history.put(publication)
            self.history.known_seq = self.noticed_seq = publication.seq
            self.rounds.seq = publication.seq - 1
            self.rounds.advance(publication.seq)

    monkeypatch.setattr(Channel, "receive", jump)


def let_rounds_overlook_who_lagged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscription becomes live wherever it stands."""

    def join_anyway(self: Rounds, subscription: Subscription) -> None:
        self._row_for(subscription).add(subscription)

    monkeypatch.setattr(Lagging, "_advance", lambda self, subscription: join_anyway(self._rounds, subscription))


def think_that_all_were_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lags in the middle of a round stands behind it, whether it had come to them or not."""
    monkeypatch.setattr(Row, "is_waiting", lambda self, subscription: False)


def fill_places_in_the_middle_of_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes to stand there is passed over, or served twice."""

    def remove(self: Row, subscription: Subscription) -> None:
        place, subscription.place = subscription.place, -1
        self._fill(place)
        self._end = min(self._end, len(self._members))

    monkeypatch.setattr(Row, "remove", remove)


def keep_removed_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A removal empties nothing."""
    monkeypatch.setattr(Block, "forget_post", lambda self, post_id, before_seq: None)


def believe_reads_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block read before a removal is believed after it."""
    monkeypatch.setattr(
        History, "_take", lambda self, _read, result: [self._fill(item) for item in result.publications]
    )


def believe_late_elders(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication that a removal has overtaken is believed."""

    def put(self: History, publication: Publication) -> None:
        self._last_change_seq = 0
        original(self, publication)

    original = History.put
    monkeypatch.setattr(History, "put", put)


def never_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap stays open until its event comes, which was lost."""
    monkeypatch.setattr(Channel, "_repair", lambda self: None)


MUTANTS: Final = (
    lose_rounds,
    let_the_head_jump,
    let_rounds_overlook_who_lagged,
    think_that_all_were_served,
    fill_places_in_the_middle_of_a_round,
    keep_removed_texts,
    believe_reads_under_way,
    believe_late_elders,
    never_repair,
)


@pytest.mark.parametrize("mutate", MUTANTS)
def test_hub_broken_on_purpose_is_found_out(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    with pytest.raises(AssertionError):
        run_short_histories()


def run_short_histories() -> None:
    for seed in range(20):
        seeded(seed).run(1000)
