"""A worker of the model: a real hub and real sessions; broker, sweep and sockets are played on the clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_server.hub.frame import Frame
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Grant
from tertulia_server.hub.sink import Pipe
from tertulia_server.session import Close, Outcome, Reply, Session, SubscribeAsked, UnsubscribeAsked, Wanted
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.codes import Code
from tertulia_wire.hello import hello_data
from tertulia_wire.messages import Event, Hello, Refused
from tests.server.hub.clock import VirtualClock
from tests.server.hub.fakes import frame_of
from tests.server.hub.model_truth import CHANNELS, Truth

SWEEP_S: Final = 1.0
BUDGET_BYTES: Final = 24_000
LARGEST_BLOCK_BYTES: Final = 40_000
OUTBOX_BYTES: Final = 3_000


class Worker:
    """One hub over the shared truth."""

    def __init__(self, clock: VirtualClock, truth: Truth) -> None:
        self.clock = clock
        self.truth = truth
        self.followed: set[str] = set()
        self.hub = Hub(
            clock, truth, budget_bytes=BUDGET_BYTES, follow=self.followed.add, unfollow=self.followed.discard
        )
        self.hub.on_doubt(self._check_epoch)
        self.hub.renew(truth.epoch, {})
        self.known_removals: set[tuple[str, int]] = set()
        clock.call_later(SWEEP_S, self._sweep)

    def deliver(self, publication: Publication) -> None:
        """The broker hands a publication on."""
        if publication.channel not in self.followed:
            return
        if publication.name == "post.removed" and publication.epoch == self.hub.epoch:
            self.known_removals.add((publication.channel, publication.about_id))
        self.hub.receive(publication)

    def check_bounds(self) -> None:
        assert self.hub.remembered_bytes <= BUDGET_BYTES + LARGEST_BLOCK_BYTES
        assert set(self.hub.channels) == self.followed
        assert self.followed <= set(CHANNELS)

    def check_frame(self, frame: Frame, encoding: Encoding) -> None:
        """No text may leave this worker once it can know that the text was removed."""
        for payload in frame.payloads:
            message = decode_server_message(payload.decode() if frame.is_text else payload, encoding)
            if not isinstance(message, Event) or message.data["post"]["text"] is None:
                continue
            place = (message.channel, message.data["post"]["id"])
            removal_seq = self.truth.removal_seqs.get(place)
            is_known = removal_seq is not None and removal_seq <= self.hub.head(message.channel)
            assert not is_known, f"{place} was removed at {removal_seq}"
            assert place not in self.known_removals, f"the removal of {place} had been published"

    def _sweep(self) -> None:
        self.clock.call_later(SWEEP_S, self._sweep)
        if not self.truth.is_away:
            self.clock.call_later(self.truth.delay_s, self._swept, self.truth.epoch, self.truth.heads)

    def _swept(self, epoch: str, heads: dict[str, int]) -> None:
        if epoch != self.hub.epoch:
            self._check_epoch()
            return
        for channel, seq in heads.items():
            self.hub.notice_head(channel, epoch, seq)

    def _check_epoch(self) -> None:
        if not self.truth.is_away and self.truth.epoch != self.hub.epoch:
            self.known_removals.clear()
            self.hub.renew(self.truth.epoch, self.truth.heads)

    def catch_up_with_epoch(self) -> None:
        self._check_epoch()


class Line:
    """The server's end of a connection: a sink with a bounded outbox, and what the endpoint does with a session."""

    def __init__(
        self, worker: Worker, encoding: Encoding, on_push: Callable[[], None], *, is_piped: bool = False
    ) -> None:
        self.encoding = encoding
        self.on_writable: Callable[[], None] = lambda: None
        self.on_full: Callable[[], None] = lambda: None
        self.is_piped = is_piped
        self.is_open = True
        self._worker = worker
        self._clock = worker.clock
        self._on_push = on_push
        self._outbox: deque[Frame] = deque()
        self._outbox_bytes = 0
        self._is_writable = True
        self._incoming: deque[bytes] = deque()
        self._is_asking = False
        self._session = Session(encoding, self._clock.time())
        self._listener = worker.hub.connect(self)
        self._listener.send(Hello(hello_data(heartbeat_ms=25_000, member=None)))

    # As a sink

    def push(self, frame: Frame) -> bool:
        if not self.is_open:
            return False
        self._worker.check_frame(frame, self.encoding)
        self._outbox.append(frame)
        self._outbox_bytes += frame.payload_bytes
        assert self._outbox_bytes <= OUTBOX_BYTES + 2 * 65_536
        if self._is_writable and self._outbox_bytes > OUTBOX_BYTES:
            self._is_writable = False
            self.on_full()
        self._on_push()
        return self._is_writable

    @property
    def pipe(self) -> Pipe | None:
        return self if self.is_piped else None

    def write(self, data: bytes) -> None:
        """As a pipe."""
        assert self.is_open
        assert self._is_writable
        self.push(frame_of(data, is_text=self.encoding.is_text))

    def close(self, code: int, reason: str) -> None:
        raise AssertionError(f"the session closed a sound conversation: {code} {reason}")

    # As a socket

    def take(self, max_frames: int) -> list[bytes]:
        """The peer reads."""
        payloads: list[bytes] = []
        for _ in range(min(max_frames, len(self._outbox))):
            frame = self._outbox.popleft()
            self._outbox_bytes -= frame.payload_bytes
            payloads += frame.payloads
        if not self._is_writable and self._outbox_bytes <= OUTBOX_BYTES // 2:
            self._is_writable = True
            self.on_writable()
            self._read_on()
        return payloads

    @property
    def has_more(self) -> bool:
        return bool(self._outbox)

    def receive(self, payloads: Sequence[bytes]) -> None:
        """The peer writes."""
        self._incoming.extend(payloads)
        self._read_on()

    def cut(self) -> None:
        self.is_open = False
        self._incoming.clear()
        self._listener.close()

    # As an endpoint

    def _read_on(self) -> None:
        """One message after the other; none while an answer is awaited, or the peer does not take ours."""
        while self._incoming and self.is_open and self._is_writable and not self._is_asking:
            payload = self._incoming.popleft()
            data = payload.decode() if self.encoding.is_text else payload
            for outcome in self._session.receive(data, self._clock.time()):
                self._handle(outcome)

    def _handle(self, outcome: Outcome) -> None:
        match outcome:
            case SubscribeAsked():
                self._is_asking = True
                held = ExitStack()
                held.enter_context(self._worker.hub.hold([i.channel for i in outcome.items if isinstance(i, Wanted)]))
                self._clock.call_later(self._worker.truth.delay_s / 2, self._ask, outcome, held)
            case UnsubscribeAsked(channels):
                for channel in channels:
                    self._listener.unsubscribe(channel)
            case Reply(message):
                self._listener.send(message)
            case Close(code):
                self.close(code, code.sentence)
            case _:
                raise AssertionError(outcome)

    def _ask(self, asked: SubscribeAsked, held: ExitStack) -> None:
        """The snapshot is taken here, and arrives later."""
        truth = self._worker.truth
        answer = None if truth.is_away else (truth.epoch, truth.heads, dict(truth.first_seqs))
        self._clock.call_later(truth.delay_s / 2, self._answer, asked, held, answer)

    def _answer(
        self, asked: SubscribeAsked, held: ExitStack, answer: tuple[str, dict[str, int], dict[str, int]] | None
    ) -> None:
        hub = self._worker.hub
        if answer is not None and answer[0] != hub.epoch and not self._worker.truth.is_away:
            self._worker.catch_up_with_epoch()
            self._ask(asked, held)
            return
        with held:
            self._is_asking = False
            answers: list[Grant | Refused] = []
            for item in asked.items:
                if isinstance(item, Refused):
                    answers.append(item)
                elif answer is None or answer[0] != hub.epoch:
                    code = Code.STORE_UNAVAILABLE
                    answers.append(Refused(item.channel, code, code.sentence, 100))
                    self._session.forget(item.channel)
                else:
                    head, first_seq = answer[1][item.channel], answer[2][item.channel]
                    answers.append(Grant(item.channel, item.cursor, head, first_seq))
            self._listener.subscribe(asked.ref, answers)
        self._read_on()
