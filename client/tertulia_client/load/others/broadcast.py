"""A bare server that sends each message it gets to everybody, as the manual of `websockets` has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tertulia_client.load.others.adapter import Adapter, Heard, Message, Subscribed, Words


class Broadcast(Adapter):
    """Whoever is connected is subscribed, to everything."""

    def begin(self) -> Iterable[Heard]:
        return (Subscribed(),)

    def parse(self, payload: bytes) -> Iterable[Heard]:
        return (Message(payload),)

    def publish(self, body: str) -> Sequence[Words]:
        return (body,)
