"""How late events came, and how long followers were without a connection. Pure, from the same files as the checker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tertulia_wire.events import POST_CREATED
from tests.soak.records import Acknowledged, History, Lost, Paused, Resumed, Seen, Subscribed
from tests.soak.scene import Injection
from tests.soak.verdict import Truth


class Delay(NamedTuple):
    """From ``since_ms`` on the follower could have had the event; it came at ``at_ms``."""

    since_ms: int
    at_ms: int
    follower: str
    channel: str
    seq: int

    @property
    def length_ms(self) -> int:
        return self.at_ms - self.since_ms


class Reconnection(NamedTuple):
    """From the loss of a connection to the next subscription."""

    since_ms: int
    at_ms: int


def acknowledged_times(acknowledged: Iterable[Acknowledged], truth: Truth) -> dict[tuple[str, int], int]:
    """When the writer of an event was told, by channel and seq: in the thread, and for a new post in the forum too."""
    entries = list(acknowledged)
    times = {(entry.channel, entry.seq): entry.at_ms for entry in entries if entry.seq}
    created = {(entry.forum_channel, entry.post_id): entry.at_ms for entry in entries if entry.name == POST_CREATED}
    for channel, log in truth.logs.items():
        for event in log:
            if event.name == POST_CREATED and (channel, event.post_id) in created:
                times[channel, event.seq] = created[channel, event.post_id]
    return times


def delays(
    history: History, acknowledged_ms: Mapping[tuple[str, int], int], injections: Sequence[Injection]
) -> Iterator[Delay]:
    """Of each event: counted from its acknowledgement, or from the follower's subscription if that was later.

    Nor does it count while the follower itself did not read, or while a fault held up its own worker or road.
    """
    holding = sorted((one.began_ms, one.ended_ms) for one in injections if one.holds_delivery)
    listening_ms: dict[str, int] = {}
    resumed_ms = 0
    for record in history.records:
        match record:
            case Subscribed(at_ms, channel):
                listening_ms[channel] = at_ms
            case Paused() | Resumed():
                resumed_ms = record.at_ms
            case Seen(at_ms, _, channel, seq) if (channel, seq) in acknowledged_ms:
                since_ms = max(acknowledged_ms[channel, seq], listening_ms.get(channel, 0), resumed_ms)
                for began_ms, ended_ms in holding:
                    if began_ms <= at_ms and ended_ms >= since_ms:
                        since_ms = ended_ms
                yield Delay(min(since_ms, at_ms), at_ms, history.follower, channel, seq)
            case _:
                pass


def reconnections(history: History) -> Iterator[Reconnection]:
    """Each time that the connection broke by itself."""
    lost_ms: int | None = None
    for record in history.records:
        if isinstance(record, Lost) and lost_ms is None:
            lost_ms = None if record.is_wanted else record.at_ms
        elif isinstance(record, Subscribed) and lost_ms is not None:
            yield Reconnection(lost_ms, record.at_ms)
            lost_ms = None
