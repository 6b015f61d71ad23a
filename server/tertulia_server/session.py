"""The conversation of one connection, without I/O: bytes come in, requests and replies come out.

Nothing that a peer sends makes it raise. Limits for size and depth are the codec's; those for rate, subscriptions and
faults stand here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tertulia_wire import limits
from tertulia_wire.channels import parse_channel
from tertulia_wire.codec import Encoding, decode_client_message
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import DecodeError, WireError
from tertulia_wire.messages import ClientMessage, Error, Ping, Pong, Refused, SendSignal, Subscribe, Unsubscribe
from tertulia_wire.signals import CLIENT_SIGNALS

MESSAGES_PER_S: Final = 10
"""Messages that a client may send each second for ever."""

MESSAGE_BURST: Final = 60
"""Messages that it may send at once after a silence."""

MAX_FAULTS: Final = 8
"""Messages in a row that cannot be read, or come too fast, until the connection is closed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel that may be asked for; rights and heads are the store's to say."""

    channel: str
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class SubscribeAsked:
    """A `Subscribe`, in its order; what needs no store to be refused is refused already."""

    ref: int
    items: Sequence[Wanted | Refused]


@dataclass(frozen=True, slots=True)
class UnsubscribeAsked:
    """The channels of an `Unsubscribe` that were followed; the others are refused already."""

    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class SignalAsked:
    """A signal of the client, in a channel that it follows."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that answers by itself."""

    message: Pong | Error


@dataclass(frozen=True, slots=True)
class Close:
    """The peer does not keep to the protocol: end the connection."""

    code: Code


Outcome = SubscribeAsked | UnsubscribeAsked | SignalAsked | Reply | Close


class Session:
    """One connection's side of the conversation. Times are seconds of any clock that only goes forward."""

    __slots__ = ("_encoding", "_fault_count", "_filled_at_s", "_followed", "_tokens", "is_closed")

    def __init__(self, encoding: Encoding, now_s: float) -> None:
        self._encoding = encoding
        self._followed: set[str] = set()
        self._tokens = float(MESSAGE_BURST)
        self._filled_at_s = now_s
        self._fault_count = 0
        self.is_closed = False

    def receive(self, data: bytes | str, now_s: float) -> Sequence[Outcome]:
        """What to do about one message of the peer; nothing after a `Close`."""
        if self.is_closed:
            return []
        try:
            message = decode_client_message(data, self._encoding)
        except DecodeError as error:
            return self._fault(error.code, Error(error.ref, error.code, str(error)))
        wait_ms = self._take_token(now_s)
        if wait_ms:
            code = Code.RATE_LIMITED
            return self._fault(code, Error(getattr(message, "ref", None), code, code.sentence, wait_ms))
        self._fault_count = 0
        return self._answer(message)

    def forget(self, channel: str) -> None:
        """The channel was refused after all, or is no longer followed."""
        self._followed.discard(channel)

    def _answer(self, message: ClientMessage) -> Sequence[Outcome]:
        match message:
            case Subscribe(ref, items):
                return [SubscribeAsked(ref, [self._want(channel, cursor) for channel, cursor in items])]
            case Unsubscribe(ref, channels):
                return self._unsubscribe(ref, channels)
            case SendSignal(channel, name):
                return self._signal(channel, name)
            case Ping(ref):
                return [Reply(Pong(ref))]

    def _want(self, channel: str, cursor: Cursor | None) -> Wanted | Refused:
        try:
            parse_channel(channel)
        except WireError as error:
            return Refused(channel, error.code, str(error))
        if channel in self._followed:
            return Refused(channel, Code.ALREADY_SUBSCRIBED, Code.ALREADY_SUBSCRIBED.sentence)
        if len(self._followed) >= limits.MAX_SUBSCRIPTIONS_PER_CONNECTION:
            return Refused(channel, Code.TOO_MANY_SUBSCRIPTIONS, Code.TOO_MANY_SUBSCRIPTIONS.sentence)
        self._followed.add(channel)
        return Wanted(channel, cursor)

    def _unsubscribe(self, ref: int, channels: Sequence[str]) -> Sequence[Outcome]:
        followed = [channel for channel in dict.fromkeys(channels) if channel in self._followed]
        self._followed.difference_update(followed)
        outcomes: list[Outcome] = [UnsubscribeAsked(followed)] if followed else []
        if len(followed) < len(channels):
            outcomes.append(Reply(Error(ref, Code.NOT_SUBSCRIBED, Code.NOT_SUBSCRIBED.sentence)))
        return outcomes

    def _signal(self, channel: str, name: str) -> Sequence[Outcome]:
        if channel not in self._followed:
            return [Reply(Error(None, Code.NOT_SUBSCRIBED, Code.NOT_SUBSCRIBED.sentence))]
        if name not in CLIENT_SIGNALS:
            return [Reply(Error(None, Code.INVALID, f"A signal is one of: {', '.join(sorted(CLIENT_SIGNALS))}."))]
        return [SignalAsked(channel, name)]

    def _fault(self, code: Code, error: Error) -> Sequence[Outcome]:
        self._fault_count += 1
        if self._fault_count < MAX_FAULTS:
            return [Reply(error)]
        self.is_closed = True
        return [Reply(error), Close(code)]

    def _take_token(self, now_s: float) -> int:
        """0, or the milliseconds until a message is allowed again."""
        elapsed_s = max(0.0, now_s - self._filled_at_s)
        self._filled_at_s = now_s
        self._tokens = min(MESSAGE_BURST, self._tokens + elapsed_s * MESSAGES_PER_S)
        if self._tokens < 1:
            return max(1, round((1 - self._tokens) / MESSAGES_PER_S * 1000))
        self._tokens -= 1
        return 0
