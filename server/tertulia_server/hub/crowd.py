"""Who reads a thread, as one worker sees it: its own readers, and what the other workers said of theirs."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from tertulia_server.hub.frame import SignalFrames
from tertulia_wire.data import PresenceData, WhoData

MAX_NAMED: Final = 50
"""Members that a worker names to the others for one thread: of those, each counts once wherever they read."""

MAX_SHOWN: Final = 5
"""Names that a page is told, of readers and of writers: the first by the alphabet, so that they stay in place."""

MAX_COUNT: Final = 1_000_000
_MAX_NAME_CHARS: Final = 200


class Reader(NamedTuple):
    """Somebody before a page. ``member_id`` is None for guests, and for members who hide: they count without a name."""

    member_id: int | None = None
    name: str = ""


NOBODY_KNOWN: Final = Reader()


class Hearer(Protocol):
    """A connection that reads."""

    def signal(self, channel: str, frames: SignalFrames) -> bool:
        """Take a signal, in msgpack or as text; False if it is too slow for that just now."""
        ...


class State(NamedTuple):
    """The readers of one worker. ``members`` and ``writers`` are names by id; ``more`` are members beyond those."""

    guests: int
    members: Mapping[int, str]
    more: int
    writers: Mapping[int, str]

    def to_json(self) -> dict[str, Any]:
        """For the other workers."""
        return {
            "guests": self.guests,
            "members": list(self.members.items()),
            "more": self.more,
            "writers": list(self.writers.items()),
        }

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> State:
        """`ValueError` for anything that `to_json` did not make."""
        members, writers = _names(fields["members"]), _names(fields["writers"])
        return cls(_count(fields["guests"]), members, _count(fields["more"]), writers)


NOBODY: Final = State(0, {}, 0, {})


@dataclass(slots=True)
class Crowd:
    """One thread. ``shown``: what its readers were told last; ``sent``: what the other workers were, None if nothing.

    ``fresh`` are readers who have not been told what the others were. ``writers``: until when, in seconds.
    """

    readers: dict[Hearer, Reader]
    fresh: set[Hearer]
    writers: dict[int, float]
    others: dict[str, State]
    shown: PresenceData | None = None
    sent: State | None = None

    @classmethod
    def new(cls) -> Crowd:
        return cls({}, set(), {}, {})

    def own_state(self) -> State:
        """The readers that are here."""
        members = {reader.member_id: reader.name for reader in self.readers.values() if reader.member_id is not None}
        guests = sum(reader.member_id is None for reader in self.readers.values())
        writers = {member_id: members[member_id] for member_id in self.writers if member_id in members}
        if len(members) <= MAX_NAMED:
            return State(guests, members, 0, writers)
        return State(guests, _first(members, MAX_NAMED), len(members) - MAX_NAMED, writers)

    def view(self, own: State) -> PresenceData:
        """What the readers are told: those of all workers."""
        members, writers = dict(own.members), dict(own.writers)
        for other in self.others.values():
            members.update(other.members)
            writers.update(other.writers)
        unnamed = sum(state.guests + state.more for state in (own, *self.others.values()))
        return PresenceData(
            reading=unnamed + len(members), writing=len(writers), readers=_shown(members), writers=_shown(writers)
        )

    def forget_writers(self, now_s: float) -> bool:
        """Whoever has not said so again does not write any more; whether that is anybody."""
        over = [member_id for member_id, until_s in self.writers.items() if until_s <= now_s]
        for member_id in over:
            del self.writers[member_id]
        return bool(over)

    def hide(self, member_id: int) -> bool:
        """Name this member no longer; whether they are here."""
        here = [hearer for hearer, reader in self.readers.items() if reader.member_id == member_id]
        for hearer in here:
            self.readers[hearer] = NOBODY_KNOWN
        self.writers.pop(member_id, None)
        return bool(here)


def parse_json(payload: bytes) -> Mapping[str, Any] | None:
    """A note of another worker; None for anything else."""
    try:
        fields = json.loads(payload)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and isinstance(fields.get("worker"), str) else None


def _first(members: Mapping[int, str], count: int) -> dict[int, str]:
    return dict(heapq.nsmallest(count, members.items(), key=lambda item: (item[1].casefold(), item[0])))


def _shown(members: Mapping[int, str]) -> list[WhoData]:
    return [WhoData(id=member_id, name=name) for member_id, name in _first(members, MAX_SHOWN).items()]


def _names(pairs: Iterable[tuple[Any, Any]]) -> dict[int, str]:
    names = dict(pairs)
    is_sound = all(isinstance(key, int) and isinstance(name, str) for key, name in names.items())
    if not is_sound or len(names) > MAX_NAMED or any(len(name) > _MAX_NAME_CHARS for name in names.values()):
        raise ValueError("no names")
    return names


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise ValueError("no count")
    return value
