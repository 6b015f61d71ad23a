"""The broker: carries fresh events to the other workers. Only ever a hint; the log is the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol


class Publication(NamedTuple):
    """One event on its way: ``payload`` is the whole `event` message in msgpack, encoded once for everybody.

    A tuple, since one is made for each event that is heard, and a frozen dataclass takes three times as long to make.

    ``name`` and ``about_id`` let a hub drop older frames about the same thing without decoding. ``rights_seq``: all
    changes of rights up to there were made before this; it goes to nobody until a hub has applied them.
    """

    channel: str
    epoch: str
    seq: int
    name: str
    about_id: int
    payload: bytes
    rights_seq: int = 0


class BrokerState(Enum):
    """What `/readyz` says of the broker."""

    CONNECTED = "connected"
    AWAY = "away"
    DEAF = "deaf"


Receiver = Callable[[Publication], None]
"""Called for each publication of a followed channel; synchronous, never raises."""

GapNotice = Callable[[], None]
"""Called when publications may have been lost in any channel: one sweep, now."""


class Broker(Protocol):
    """Contract suite: ``tests/contract/test_broker.py``. Publications may be lost, doubled or out of order."""

    @property
    def state(self) -> BrokerState: ...

    @property
    def reason(self) -> str:
        """Why it is not connected, in words for an operator and without secrets; empty while it is."""
        ...

    @property
    def published_count(self) -> int:
        """Publications that were handed over for the other workers, since the start; so are the other counts."""
        ...

    @property
    def dropped_count(self) -> int:
        """Publications that were not handed over, or perhaps not: there was no room, or the connection broke."""
        ...

    @property
    def received_count(self) -> int:
        """Publications that came from the other workers, and our own that came back; listened to here or not."""
        ...

    @property
    def reconnect_count(self) -> int:
        """How often it came back after it had been away or deaf."""
        ...

    async def start(self, receiver: Receiver, on_gap: GapNotice) -> None:
        """Begin to deliver; returns at once even if the broker is away (it is then retried for ever)."""
        ...

    def publish(self, publications: Sequence[Publication]) -> None:
        """Deliver to this worker's receiver in the same call, and queue for the others. Never blocks, never raises."""
        ...

    def follow(self, channel: str) -> None:
        """This worker has a listener for the channel now. Synchronous: the subscription is made in the background."""
        ...

    def unfollow(self, channel: str) -> None:
        """The last listener of the channel left."""
        ...

    async def close(self) -> None: ...
