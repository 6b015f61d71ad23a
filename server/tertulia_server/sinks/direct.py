"""The fast sink: owns a socket after its WebSocket handshake. No task, no queue, no ASGI call per connection.

A frame that is shared by thousands goes straight to the transport. The bound is the transport's own buffer, in bytes; a
peer that does not empty it makes `push` answer False, one that is dead is aborted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, Protocol

from websockets.frames import Close, CloseCode, Opcode
from websockets.frames import Frame as WireFrame

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.sink import Pipe
from tertulia_server.live.errands import Errands
from tertulia_server.sinks.backlog import taken_bytes
from tertulia_server.sinks.heartbeat import Heartbeat
from tertulia_server.sinks.incoming import Incoming, Message, Spare
from tertulia_wire.codec import Encoding

TAKE_OVER: Final = "tertulia.take_over"
"""An ASGI extension: ``scope["extensions"][TAKE_OVER]`` has ``take``, a `Take` that is called instead of accepting, and
``on_close``, a list of callables to which middleware adds that must see the end of the connection."""

GOOD_BYE_S: Final = 5.0
"""How long a peer may take for what is left in the buffer and the close frame, and to answer that."""

PING: Final = WireFrame(Opcode.PING, b"").serialize(mask=False)
PONG: Final = b"\x8a\x80"
PONG_BYTES: Final = 6
"""The masked answer to an empty ping (RFC 6455 section 5.2): two bytes, and four of a mask that masks nothing."""

MAX_CLOSE_REASON_BYTES: Final = 123
"""RFC 6455 section 5.5: a control frame carries 125 bytes, of which the code takes two."""


class Owner(Protocol):
    """The conversation of a connection."""

    def begin(self) -> None:
        """The sink can take frames from now on."""
        ...

    def receive(self, data: Message) -> Coroutine[Any, Any, None] | None:
        """One message of the peer; what it returns is awaited before the next message is handed in."""
        ...

    def end(self) -> None:
        """The connection is over."""
        ...


class Shared:
    """What all direct sinks of one worker have in common. ``connections``: who is told when the server stops."""

    __slots__ = ("connections", "heartbeat", "spare")

    def __init__(self, connections: set[Any], heartbeat: Heartbeat | None) -> None:
        self.connections = connections
        self.heartbeat = heartbeat
        self.spare = Spare()


class DirectSink(asyncio.Protocol):
    """A `Sink` with a `Pipe`, and the protocol of an asyncio transport whose handshake is done. Alive from `begin` on.

    The transport holds at most ``max_outbox_bytes``, the frame with which `push` answered False, and answers to
    what the peer sent in one read: while it takes nothing from us, we take nothing from it.
    """

    __slots__ = (
        "_deadline",
        "_errands",
        "_incoming",
        "_is_busy",
        "_is_heard",
        "_is_open",
        "_is_reading",
        "_is_writable",
        "_on_close",
        "_opening",
        "_owner",
        "_place",
        "_shared",
        "_taken_bytes",
        "_transport",
        "_waiting",
        "encoding",
        "on_full",
        "on_writable",
        "write",
    )

    def __init__(
        self,
        encoding: Encoding,
        transport: asyncio.Transport,
        shared: Shared,
        on_close: Iterable[Callable[[], None]],
        opening: bytes = b"",
    ) -> None:
        """``opening``: the answer to the handshake, which leaves in one write with what the owner says first."""
        self.encoding = encoding
        self.on_writable: Callable[[], None] = _nothing
        self.on_full: Callable[[], None] = _nothing
        self.write: Callable[[bytes], None] = transport.write
        self._transport = transport
        self._shared = shared
        self._on_close = tuple(on_close)
        self._opening = opening
        self._owner: Owner | None = None
        self._errands: Errands | None = None
        self._incoming: Incoming | None = None
        self._waiting: deque[Message] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._taken_bytes: int | None = None
        self._place = -1
        self._is_open = True
        self._is_writable = True
        self._is_reading = True
        self._is_busy = False
        self._is_heard = True

    def begin(self, owner: Owner, errands: Errands, early: bytes = b"") -> None:
        """Let the owner say hello, then go on with what the peer sent before it was answered."""
        self._owner = owner
        self._errands = errands
        self._shared.connections.add(self)
        if self._shared.heartbeat is not None:
            self._place = self._shared.heartbeat.add(self)
        self._open(owner)
        if early:
            self.data_received(early)
        self._set_reading()

    def _open(self, owner: Owner) -> None:
        held, self._opening = [self._opening], b""
        self.write = held.append
        try:
            owner.begin()
        finally:
            self.write = self._transport.write
            self.write(b"".join(held))

    @property
    def pipe(self) -> Pipe | None:
        """Ourselves: rounds call the transport's own ``write``."""
        return self

    def push(self, frame: Frame) -> bool:
        if not self._is_open:
            return False
        write = self.write  # called as `self.write(...)`, a slot is looked up the slow way
        write(frame.joined_bytes or frame.websocket_bytes)
        return self._is_writable

    def close(self, code: int, reason: str) -> None:
        """What was pushed goes out, then the close frame; whoever does not take and answer it in time is aborted."""
        if self._is_open:
            self.write(_close_frame(code, reason))
            self._leave()
            self._set_reading()

    def shutdown(self) -> None:
        """The server stops; called by it for everything in ``connections``."""
        self.close(CloseCode.SERVICE_RESTART, "")

    def abort(self) -> None:
        """Let go of the socket now, whatever is still in the buffer."""
        self._shut()
        self._transport.abort()

    def beat(self) -> None:
        """Cut off a peer that neither answered the last ping nor took anything of what stood before it."""
        if not self._is_open:
            return
        has_backlog, taken = taken_bytes(self._transport)
        if not self._is_heard and (self._taken_bytes is None or taken <= self._taken_bytes):
            self.abort()
            return
        self._is_heard = False
        self._taken_bytes = taken if has_backlog else None
        self.write(PING)

    def data_received(self, data: bytes) -> None:
        self._is_heard = True
        if len(data) == PONG_BYTES and data.startswith(PONG) and self._incoming is None:
            return  # nine of ten reads on a quiet site, and a third of what an idle socket costs
        incoming = self._incoming or self._shared.spare.take()
        messages = incoming.receive(data)
        if messages and self._is_open:
            self._waiting = self._waiting or deque()
            self._waiting.extend(messages)
            self._go_on()
        answer = incoming.data_to_send()
        if answer and self._is_open:
            self.write(answer)
        if incoming.is_over:
            self._leave()
            self._transport.close()
        elif incoming.is_between_messages:
            self._incoming = None
            self._shared.spare.give_back(incoming)
        else:
            self._incoming = incoming
        self._set_reading()

    def eof_received(self) -> None:
        """The transport closes when its buffer is empty, which a peer that is half gone may never let it be."""
        self._leave()

    def pause_writing(self) -> None:
        self._is_writable = False
        self.on_full()

    def resume_writing(self) -> None:
        self._is_writable = True
        self._go_on()
        self._set_reading()
        if self._is_open and self._is_writable:
            self.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._shut()
        self._incoming = self._waiting = None
        self._shared.connections.discard(self)
        if self._place >= 0 and self._shared.heartbeat is not None:
            self._shared.heartbeat.remove(self, self._place)
            self._place = -1
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.end()
        for tell in self._on_close:
            tell()

    def _go_on(self) -> None:
        """Hand in what was received, unless the owner waits for the store or the peer takes no answers."""
        while self._waiting and self._is_open and self._is_writable and not self._is_busy:
            assert self._owner is not None  # noqa: S101 - there is one while the connection stands
            assert self._errands is not None  # noqa: S101 - it came with the owner
            errand = self._owner.receive(self._waiting.popleft())
            if errand is not None:
                self._is_busy = True
                self._errands.run(errand, self._errand_done)

    def _errand_done(self, is_well: bool) -> None:  # noqa: FBT001 - a `Done`
        self._is_busy = False
        if not is_well:
            self.close(CloseCode.INTERNAL_ERROR, "")
        self._go_on()
        self._set_reading()

    def _set_reading(self) -> None:
        """Read on unless the peer has to wait: for the store, or because it does not take our answers.

        Pausing costs two system calls, so it is put off until there is something that has to wait.
        """
        is_wanted = not self._is_open or (self._is_writable and not self._waiting)
        if is_wanted != self._is_reading:
            self._is_reading = is_wanted
            if is_wanted:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    def _shut(self) -> None:
        if self._is_open:
            self._is_open = False
            self.on_full()

    def _leave(self) -> None:
        """Nothing more is pushed; a peer that does not let us end in peace is aborted."""
        self._shut()
        self._waiting = None
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(GOOD_BYE_S, self._transport.abort)


Take = Callable[[Encoding, int], tuple[DirectSink, bytes] | None]
"""Accept with that subprotocol, and let go of the socket: its new protocol, which holds at most so many bytes, and what
the peer sent already, both for `DirectSink.begin`. None if the peer is gone."""


def _close_frame(code: int, reason: str) -> bytes:
    short = reason.encode()[:MAX_CLOSE_REASON_BYTES].decode(errors="ignore")
    return WireFrame(Opcode.CLOSE, Close(code, short).serialize()).serialize(mask=False)


def _nothing() -> None:
    return None
