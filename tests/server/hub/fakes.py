"""Stand-ins for what surrounds a hub: a log whose texts can change, sinks that refuse when told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tertulia_server.broker.port import Publication
from tertulia_server.hub.frame import Frame
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Grant, Listener
from tertulia_server.hub.ports import LogRead, ReadDone
from tertulia_server.hub.sink import Pipe
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_REMOVED
from tertulia_wire.messages import Accepted, Event, Refused, ServerMessage, Subscribed
from tests.server.hub.clock import VirtualClock

EPOCH = "e1"


def no_channel(name: str) -> None:
    del name


class FakeLog:
    """A `LogSource`, and the truth itself: posts with their present text, and per channel what happened.

    A read takes its snapshot when it begins and is answered ``delay_s`` later, or fails while ``is_away``.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.epoch = EPOCH
        self.first_seq = 1
        self.rights_seq = 0
        self.delay_s = 0.01
        self.is_away = False
        self.texts: dict[int, str | None] = {}
        self.events: dict[str, list[tuple[str, int]]] = {}
        self.reads: list[tuple[str, int, int]] = []

    def append(
        self, channel: str, name: str = POST_CREATED, about_id: int | None = None, text: str | None = None
    ) -> int:
        """Something happens in a channel; its seq. A post without text keeps the one that it has."""
        events = self.events.setdefault(channel, [])
        post_id = len(events) + 1 if about_id is None else about_id
        if name == POST_REMOVED:
            self.texts[post_id] = None
        elif name in {POST_CREATED, POST_EDITED}:
            self.texts[post_id] = text or f"text {post_id}"
        events.append((name, post_id))
        return len(events)

    def head(self, channel: str) -> int:
        return len(self.events.get(channel, []))

    def publication(self, channel: str, seq: int) -> Publication:
        """The event as it is now."""
        name, about_id = self.events[channel][seq - 1]
        data = {"post": {"id": about_id, "text": self.texts.get(about_id)}}
        payload = encode(Event(channel, seq, name, data), Encoding.MSGPACK)
        return Publication(channel, self.epoch, seq, name, about_id, payload)

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        self.reads.append((channel, after, until))
        if self.is_away:
            self.clock.call_later(self.delay_s, done, None)
            return
        first = max(after + 1, self.first_seq)
        found = [self.publication(channel, seq) for seq in range(first, min(until, self.head(channel)) + 1)]
        self.clock.call_later(self.delay_s, done, LogRead(self.epoch, self.first_seq, found, self.rights_seq))


def frame_of(data: bytes, *, is_text: bool) -> Frame:
    """What a raw transport is given, taken apart again (RFC 6455 section 5.2)."""
    payloads, place = [], 0
    while place < len(data):
        length, head = data[place + 1], 2
        assert data[place] == (0x81 if is_text else 0x82)
        if length >= 126:
            head = 4 if length == 126 else 10
            length = int.from_bytes(data[place + 2 : place + head], "big")
        payloads.append(data[place + head : place + head + length])
        place += head + length
    frame = Frame(payloads, is_text=is_text)
    frame.joined_bytes = data
    return frame


class FakeSink:
    """A `Sink` that keeps what it gets. ``room`` frames are taken gladly, the next one with False.

    ``is_piped``: whether it has a `Pipe`, which it is itself.
    """

    is_piped = False

    def __init__(self, encoding: Encoding = Encoding.MSGPACK, room: int | None = None) -> None:
        self.encoding = encoding
        self.on_writable: Callable[[], None] = lambda: None
        self.on_full: Callable[[], None] = lambda: None
        self.room = room
        self.frames: list[Frame] = []
        self.closed_with: int | None = None

    def push(self, frame: Frame) -> bool:
        assert frame.is_text == self.encoding.is_text
        self.frames.append(frame)
        if self.room is None:
            return True
        self.room -= 1
        if self.room <= 0:
            self.on_full()
        return self.room > 0

    @property
    def pipe(self) -> Pipe | None:
        return self if self.is_piped else None

    def write(self, data: bytes) -> None:
        """As a pipe."""
        assert self.room is None or self.room > 0, "written to while it was full"
        self.push(frame_of(data, is_text=self.encoding.is_text))

    def drain(self, room: int | None = None) -> None:
        """The peer took everything."""
        self.room = room
        self.on_writable()

    def close(self, code: int, reason: str) -> None:
        del reason
        self.closed_with = code

    @property
    def messages(self) -> list[ServerMessage]:
        payloads = [payload for frame in self.frames for payload in frame.payloads]
        return [decode_server_message(p.decode() if self.encoding.is_text else p, self.encoding) for p in payloads]

    def events(self, channel: str = "thread:1") -> list[Event]:
        return [message for message in self.messages if isinstance(message, Event) and message.channel == channel]

    def seqs(self, channel: str = "thread:1") -> list[int]:
        return [event.seq for event in self.events(channel)]

    def texts(self, channel: str = "thread:1") -> list[str | None]:
        return [event.data["post"]["text"] for event in self.events(channel)]


@dataclass
class World:
    """A hub on a virtual clock, over a fake log."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    budget_bytes: int = 1 << 20
    round_delay_s: float = 0.0
    followed: list[str] = field(default_factory=list)
    unfollowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = FakeLog(self.clock)
        self.hub = Hub(
            self.clock,
            self.log,
            budget_bytes=self.budget_bytes,
            follow=self.followed.append,
            unfollow=self.unfollowed.append,
            round_delay_s=self.round_delay_s,
        )
        self.hub.renew(EPOCH, {})
        self.doubts = 0
        self.hub.on_doubt(self._note_doubt)

    def _note_doubt(self) -> None:
        self.doubts += 1

    def join(
        self,
        channel: str = "thread:1",
        cursor: Cursor | None = None,
        *,
        encoding: Encoding = Encoding.MSGPACK,
        room: int | None = None,
    ) -> tuple[FakeSink, Listener]:
        """A connection that follows one channel, settled."""
        sink = FakeSink(encoding, room)
        listener = self.hub.connect(sink)
        self.subscribe(listener, channel, cursor)
        return sink, listener

    def subscribe(self, listener: Listener, channel: str = "thread:1", cursor: Cursor | None = None) -> None:
        grant = Grant(channel, cursor, self.log.head(channel), self.log.first_seq)
        listener.subscribe(1, [grant])
        self.clock.settle()

    def happen(self, channel: str = "thread:1", name: str = POST_CREATED, about_id: int | None = None) -> Publication:
        """Something happens in the store only."""
        return self.log.publication(channel, self.log.append(channel, name, about_id))

    def post(self, channel: str = "thread:1", name: str = POST_CREATED, about_id: int | None = None) -> Publication:
        """Something happens and is published here."""
        publication = self.happen(channel, name, about_id)
        self.hub.receive(publication)
        return publication


def outcome(sink: FakeSink) -> Accepted | Refused:
    """The answer of the first `Subscribed` of one channel."""
    return next(message.items[0] for message in sink.messages if isinstance(message, Subscribed))


def publication(seq: int, name: str = POST_CREATED, about_id: int = 0, *, channel: str = "thread:1") -> Publication:
    """A publication with a payload of its own, about post ``seq`` unless told otherwise."""
    about_id = about_id or seq
    payload = encode(Event(channel, seq, name, {"post": {"id": about_id}}), Encoding.MSGPACK)
    return Publication(channel, EPOCH, seq, name, about_id, payload)


def in_epoch(item: Publication, epoch: str) -> Publication:
    return item._replace(epoch=epoch)
