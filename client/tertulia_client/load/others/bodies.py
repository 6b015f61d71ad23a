"""What the generator publishes at another server, so that its books can be kept: each message has its channel and seq.

The seq is the generator's own, given when a message is sent: 1, 2, 3, ... per channel.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Final

from tertulia_wire.events import POST_CREATED, key_hash
from tertulia_wire.messages import Event

MARK: Final = "tertulia_load"
MAX_KNOWN_BODIES: Final = 256


def body_of(channel: str, seq: int, key: str, text: str) -> str:
    """One line of JSON."""
    return json.dumps({MARK: [channel, seq, key_hash(key)], "text": text}, separators=(",", ":"))


class Bodies:
    """Reads bodies, and remembers the latest by their bytes: all readers get the same."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Event | None] = OrderedDict()

    def read(self, body: bytes) -> Event | None:
        """As the event that it would be; None for what somebody else published."""
        try:
            return self._known[body]
        except KeyError:
            event = self._known[body] = _event_of(body)
        if len(self._known) > MAX_KNOWN_BODIES:
            self._known.popitem(last=False)
        return event


def _event_of(body: bytes) -> Event | None:
    try:
        channel, seq, hashed = json.loads(body)[MARK]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(channel, str) or not isinstance(seq, int) or not isinstance(hashed, str):
        return None
    return Event(channel, seq, POST_CREATED, {"key_hash": hashed})
