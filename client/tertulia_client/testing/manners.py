"""What a server takes from one connection, and what it answers to what it does not take. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tertulia_wire import messages as m
from tertulia_wire.channels import parse_channel
from tertulia_wire.codec import Encoding, decode_client_message
from tertulia_wire.codes import Code
from tertulia_wire.errors import DecodeError, WireError
from tertulia_wire.limits import MAX_SUBSCRIPTIONS_PER_CONNECTION

MESSAGES_PER_S: Final = 10
MESSAGE_BURST: Final = 60
MAX_FAULTS: Final = 8
SIGNALS: Final = frozenset({"typing"})


@dataclass(frozen=True, slots=True)
class Faulty:
    """A message that is not taken: what to answer, and whether that was one too many."""

    error: m.Error
    closes: bool


class Manners:
    """One connection. ``now_s`` is any clock that goes forward."""

    def __init__(self, encoding: Encoding, now_s: float) -> None:
        self._encoding = encoding
        self._tokens = float(MESSAGE_BURST)
        self._filled_s = now_s
        self._faults = 0

    def read(self, data: bytes | str, now_s: float) -> m.ClientMessage | Faulty:
        """The message, or what is wrong with it or with how often they come."""
        try:
            message = decode_client_message(data, self._encoding)
        except DecodeError as error:
            return self._fault(m.Error(error.ref, error.code, str(error)))
        self._tokens = min(MESSAGE_BURST, self._tokens + max(0.0, now_s - self._filled_s) * MESSAGES_PER_S)
        self._filled_s = now_s
        if self._tokens < 1:
            wait_ms = max(1, round((1 - self._tokens) / MESSAGES_PER_S * 1000))
            ref = getattr(message, "ref", None)
            return self._fault(m.Error(ref, Code.RATE_LIMITED, Code.RATE_LIMITED.sentence, wait_ms))
        self._tokens -= 1
        self._faults = 0
        return message

    def _fault(self, error: m.Error) -> Faulty:
        self._faults += 1
        return Faulty(error, self._faults >= MAX_FAULTS)


def check_channel(channel: str, followed: set[str]) -> m.Refused | None:
    """Why a channel cannot be followed besides the others; None if it can."""
    try:
        parse_channel(channel)
    except WireError as error:
        return m.Refused(channel, error.code, str(error))
    for is_so, code in (
        (channel in followed, Code.ALREADY_SUBSCRIBED),
        (len(followed) >= MAX_SUBSCRIPTIONS_PER_CONNECTION, Code.TOO_MANY_SUBSCRIPTIONS),
    ):
        if is_so:
            return m.Refused(channel, code, code.sentence)
    return None


def check_signal(channel: str, name: str, followed: set[str]) -> m.Error | None:
    """Why a signal is not relayed; None if it is."""
    if channel not in followed:
        return m.Error(None, Code.NOT_SUBSCRIBED, Code.NOT_SUBSCRIBED.sentence)
    if name not in SIGNALS:
        return m.Error(None, Code.INVALID, f"A signal is one of: {', '.join(sorted(SIGNALS))}.")
    return None
