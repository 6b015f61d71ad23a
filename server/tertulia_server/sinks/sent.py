"""How far a response has gone: the cursors behind what it has sent, as the one text that a client comes back with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.cursors import Cursor, CursorVector
from tertulia_wire.messages import Accepted, Reset, Subscribed, Unsubscribed

_EVENT: Final = re.compile(r'\["event","([a-z0-9:]+)",([0-9]+),')
"""How our own encoder begins an event: its place is read without decoding a post for each of its readers."""


def kind_of(payload: str) -> str:
    """The kind of a message of ours in JSON."""
    return payload[2 : payload.index('"', 2)]


class SentCursors:
    """Begins with the cursors that were asked for; moved by `note` for each message, in order.

    A channel that is refused, or no longer followed, keeps its cursor: whoever asks for it again goes on from there.
    """

    def __init__(self, asked: Mapping[str, Cursor] | None = None) -> None:
        self._vector = CursorVector(asked or {})
        self._followed: set[str] = set()

    def __str__(self) -> str:
        return str(self._vector)

    @property
    def follows_any(self) -> bool:
        return bool(self._followed)

    def note(self, payload: str) -> None:
        """A message of ours, in JSON as our encoder writes it, was sent."""
        place = _EVENT.match(payload)
        if place is not None:
            channel = place[1]
            self._vector[channel] = Cursor(self._vector[channel].epoch, int(place[2]))
        elif kind_of(payload) in {Subscribed.kind, Reset.kind, Unsubscribed.kind}:
            self._note_change(payload)

    def _note_change(self, payload: str) -> None:
        match decode_server_message(payload, Encoding.JSON):
            case Subscribed(_, items):
                accepted = [item for item in items if isinstance(item, Accepted)]
                self._vector.update({item.channel: item.cursor for item in accepted})
                self._followed.update(item.channel for item in accepted)
            case Reset(channel, cursor, _):
                self._vector[channel] = cursor
            case Unsubscribed(channel, _):
                self._followed.discard(channel)
