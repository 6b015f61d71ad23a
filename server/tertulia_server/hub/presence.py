"""How many read and write in a thread, on this worker and on all others: signals, never events.

Everything happens in one call a second, and nothing at all while nobody reads: what changed since the last one is told
to the other workers, and to the readers here. A client is counted from when it asks to be. There is no task, no timer
and no queue for any of them, and a bound on what is pushed each second, whatever the number of readers.

Workers tell each other by notes over the broker. None of them is needed for anything: a worker that is not heard for
`PEER_S` has no readers any more, and what was lost is told again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from tertulia_server.broker.port import Publication
from tertulia_server.hub.crowd import NOBODY, NOBODY_KNOWN, Crowd, Hearer, Reader, State, parse_json
from tertulia_server.hub.frame import SignalFrames
from tertulia_server.hub.ports import Scheduler, Timer
from tertulia_server.hub.rounds import SLICE_PUSHES
from tertulia_wire.data import PresenceData
from tertulia_wire.signals import PRESENCE, TYPING_MS

TICK_S: Final = 1.0

PEER_S: Final = 3.5
"""Silence after which a worker counts as gone: with one call a second, its readers have left within 5 s."""

REFRESH_TICKS: Final = 15
"""How often everything is told to the other workers again: what Redis lost is right again by then."""

MAX_PUSHES_PER_TICK: Final = 2_000
"""At about 10 µs a push, 2 % of a core. The readers of what is more have to wait, and then get the latest."""

CROWD_PUSHES: Final = 10
"""What it costs to encode the signal of one thread, in pushes."""

MAX_CROWDS_PER_TICK: Final = 500
MIN_AGAIN_PER_TICK: Final = 100
"""Of those, for what is told again, however much has changed."""

SLICE_CROWDS: Final = 25
"""Threads that are counted, or told, between two yields to the loop: a millisecond or two."""

MAX_PEERS: Final = 1_000

NOTES: Final = "presence"
"""The channel of the broker, and the beginning of those for single threads, that these notes travel in."""


class Presence:
    """One per worker. ``publish``, ``follow`` and ``unfollow`` are the broker's; ``worker`` is a name of its own."""

    def __init__(
        self,
        scheduler: Scheduler,
        worker: str,
        *,
        publish: Callable[[Sequence[Publication]], None],
        follow: Callable[[str], None],
        unfollow: Callable[[str], None],
    ) -> None:
        self._scheduler = scheduler
        self._worker = worker
        self._publish = publish
        self._follow = follow
        self._unfollow = unfollow
        self._crowds: dict[str, Crowd] = {}
        self._peers: dict[str, float] = {}
        self._due: dict[str, None] = {}
        self._again: dict[str, None] = {}
        self._to_tell: dict[str, None] = {}
        self._debt_pushes = 0
        self._tick_count = 0
        self._timer: Timer | None = None

    @property
    def crowd_count(self) -> int:
        """Threads that somebody here reads."""
        return len(self._crowds)

    def read(self, hearer: Hearer, channel: str, reader: Reader) -> None:
        """Count this connection among the readers of a channel that it follows, until `away`."""
        crowd = self._crowds.get(channel)
        if crowd is None:
            crowd = self._crowds[channel] = Crowd.new()
            self._follow(f"{NOTES}:{channel}")
            self._start()
        if hearer not in crowd.readers:
            crowd.readers[hearer] = reader
            crowd.fresh.add(hearer)
            self._due[channel] = None

    def away(self, hearer: Hearer, channel: str) -> None:
        """Count it no more. Nothing happens if it was not counted."""
        crowd = self._crowds.get(channel)
        if crowd is not None and crowd.readers.pop(hearer, None) is not None:
            crowd.fresh.discard(hearer)
            self._due[channel] = None

    def write(self, hearer: Hearer, channel: str) -> None:
        """Its member writes; holds for a while. Who has no name here is not told of."""
        crowd, member_id = self._member_of(hearer, channel)
        if crowd is not None and member_id is not None:
            if member_id not in crowd.writers:
                self._due[channel] = None
            crowd.writers[member_id] = self._scheduler.time() + TYPING_MS / 1000

    def stop(self, hearer: Hearer, channel: str) -> None:
        """Its member writes no more."""
        crowd, member_id = self._member_of(hearer, channel)
        if crowd is not None and member_id is not None and crowd.writers.pop(member_id, None) is not None:
            self._due[channel] = None

    def hide(self, member_id: int) -> None:
        """Name this member no longer, on pages that are open already; here and at the other workers."""
        self._hide(member_id)
        self._publish([self._note(NOTES, {"hide": member_id})])

    def receive(self, publication: Publication) -> None:
        """A note, of another worker or our own. Never raises."""
        fields = parse_json(publication.payload)
        worker = fields["worker"] if fields is not None else self._worker
        if fields is None or worker == self._worker:
            return
        try:
            self._take(worker, publication.channel, fields)
        except (KeyError, TypeError, ValueError):
            return  # another release, or damaged: the next one may be better

    def close(self) -> None:
        """The worker ends: its readers leave at once, and not only when it is missed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._publish([self._note(NOTES, {"gone": True})])
        self._crowds.clear()

    # Notes

    def _take(self, worker: str, channel: str, fields: Mapping[str, Any]) -> None:
        if fields.get("gone"):
            self._forget(worker)
            return
        if "hide" in fields:
            self._hide(int(fields["hide"]))
            return
        if worker not in self._peers:
            if len(self._peers) >= MAX_PEERS:
                return
            self._tell_again()
        self._peers[worker] = self._scheduler.time()
        name = channel.removeprefix(f"{NOTES}:")
        crowd = self._crowds.get(name)
        if crowd is None or name == channel:
            return
        if worker not in crowd.others:
            crowd.sent = None  # it has just begun to listen, and does not know of ours
            self._due[name] = None
        state = State.of_json(fields)
        if crowd.others.get(worker) != state:
            crowd.others[worker] = state
            self._due[name] = None

    def _forget(self, worker: str) -> None:
        if self._peers.pop(worker, None) is not None:
            for name, crowd in self._crowds.items():
                if crowd.others.pop(worker, None) is not None:
                    self._due[name] = None

    def _hide(self, member_id: int) -> None:
        for name, crowd in self._crowds.items():
            if crowd.hide(member_id):
                self._due[name] = None

    def _tell_again(self) -> None:
        """All that the other workers should know, as there is room for it: with very many threads that takes minutes,
        and whatever has changed goes first."""
        self._again.update(dict.fromkeys(self._crowds))

    def _note(self, channel: str, fields: Mapping[str, Any]) -> Publication:
        payload = json.dumps({"worker": self._worker, **fields}, separators=(",", ":")).encode()
        return Publication(channel, "-", 1, PRESENCE, 0, payload)

    # The call of each second

    def _start(self) -> None:
        if self._timer is None:
            self._follow(NOTES)
            self._timer = self._scheduler.call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now_s = self._scheduler.time()
        self._tick_count += 1
        for worker in [worker for worker, heard_s in self._peers.items() if now_s - heard_s > PEER_S]:
            self._forget(worker)
        for name, crowd in self._crowds.items():
            if crowd.writers and crowd.forget_writers(now_s):
                self._due[name] = None
        if self._tick_count % REFRESH_TICKS == 0 and self._peers:
            self._tell_again()
        if self._crowds:
            self._publish([self._note(NOTES, {})])
            self._timer = self._scheduler.call_later(TICK_S, self._tick)
            self._debt_pushes = max(0, self._debt_pushes - MAX_PUSHES_PER_TICK)
            self._count_due(self._next_names())
        else:
            self._unfollow(NOTES)
            self._peers.clear()
            self._publish([self._note(NOTES, {"gone": True})])

    def _next_names(self) -> list[str]:
        """Of what has changed and what is told again, as much as one tick may take."""
        changed = list(islice(self._due, MAX_CROWDS_PER_TICK - min(len(self._again), MIN_AGAIN_PER_TICK)))
        again = list(islice(self._again, MAX_CROWDS_PER_TICK - len(changed)))
        for name in again:
            del self._again[name]
            if name in self._crowds:
                self._crowds[name].sent = None
        return list(dict.fromkeys([*changed, *again]))

    def _count_due(self, names: list[str]) -> None:
        """Count what has changed, slice after slice, then tell of it."""
        notes: list[Publication] = []
        for name in names[:SLICE_CROWDS]:
            self._due.pop(name, None)
            self._count(name, notes)
        if notes:
            self._publish(notes)
        if names[SLICE_CROWDS:]:
            self._scheduler.call_soon(self._count_due, names[SLICE_CROWDS:])
        else:
            self._push_due()

    def _count(self, name: str, notes: list[Publication]) -> None:
        crowd = self._crowds.get(name)
        if crowd is None:
            return
        own = crowd.own_state() if crowd.readers else NOBODY
        if own != crowd.sent and self._peers:
            crowd.sent = own
            notes.append(self._note(f"{NOTES}:{name}", own.to_json()))
        if not crowd.readers:
            del self._crowds[name]
            self._unfollow(f"{NOTES}:{name}")
            return
        view = crowd.view(own)
        if view != crowd.shown:
            crowd.shown = view
            crowd.fresh.update(crowd.readers)
        if crowd.fresh:
            self._to_tell[name] = None

    def _push_due(self) -> None:
        """Those who have waited longest first, as far as the budget goes; a crowd beyond it is paid off later."""
        for _ in range(SLICE_CROWDS):
            if not self._to_tell or self._debt_pushes >= MAX_PUSHES_PER_TICK:
                return
            name = next(iter(self._to_tell))
            del self._to_tell[name]
            crowd = self._crowds.get(name)
            if crowd is not None and crowd.shown is not None:
                self._debt_pushes += CROWD_PUSHES + len(crowd.fresh)
                self._push(name, crowd, list(crowd.fresh), SignalFrames(name, PRESENCE, crowd.shown), crowd.shown)
        self._scheduler.call_soon(self._push_due)

    def _push(self, name: str, crowd: Crowd, hearers: list[Hearer], frames: SignalFrames, view: PresenceData) -> None:
        """A slice, then let events pass. Whoever is slow is told at a later call, if it is not slow then.

        Nobody is told of a view that is no longer the latest.
        """
        if crowd.shown is not view:
            return
        for hearer in hearers[:SLICE_PUSHES]:
            if hearer in crowd.fresh and hearer.signal(name, frames):
                crowd.fresh.discard(hearer)
        if hearers[SLICE_PUSHES:]:
            self._scheduler.call_soon(self._push, name, crowd, hearers[SLICE_PUSHES:], frames, view)
        elif crowd.fresh and name in self._crowds:
            self._due[name] = None

    def _member_of(self, hearer: Hearer, channel: str) -> tuple[Crowd | None, int | None]:
        crowd = self._crowds.get(channel)
        reader = NOBODY_KNOWN if crowd is None else crowd.readers.get(hearer, NOBODY_KNOWN)
        return crowd, reader.member_id
