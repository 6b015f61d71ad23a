"""The broker of a single worker: everybody who must hear is here."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia_server.broker.port import BrokerState, GapNotice, Publication, Receiver


class MemoryBroker:
    """Delivers in the same call. Several workers with one each still agree, by their sweeps.

    There are no others to hand anything to, so all its counts stay 0.
    """

    published_count = 0
    dropped_count = 0
    received_count = 0
    reconnect_count = 0

    def __init__(self) -> None:
        self.state = BrokerState.CONNECTED
        self.reason = ""
        self._receiver: Receiver | None = None
        self._followed: set[str] = set()

    async def start(self, receiver: Receiver, on_gap: GapNotice) -> None:
        del on_gap  # nothing is ever lost on this way
        self._receiver = receiver

    def publish(self, publications: Sequence[Publication]) -> None:
        if self._receiver is None:
            return
        for publication in publications:
            if publication.channel in self._followed:
                self._receiver(publication)

    def follow(self, channel: str) -> None:
        self._followed.add(channel)

    def unfollow(self, channel: str) -> None:
        self._followed.discard(channel)

    async def close(self) -> None:
        self._receiver = None
        self._followed.clear()
