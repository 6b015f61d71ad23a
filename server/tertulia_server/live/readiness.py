"""Whether this worker keeps its promise just now, and if not, why. It never says that all is well while it is deaf."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tertulia_server.broker.port import BrokerState
from tertulia_server.live.live import Live
from tertulia_server.store.log import read_epoch
from tertulia_server.store.metered import MeteredStore

PROBE_S: Final = 2.0
"""How long the store may take for the smallest of questions."""

PROBE_AGE_S: Final = 0.5
"""For so long one answer serves all who ask: asking us often must not become a load."""

SWEEP_AGE_S: Final = 10.0
"""Without a sweep for so long we may be missing events; the longest pause between two of them is half of it."""

RIGHTS_AGE_S: Final = 10.0
"""The same for changes of rights, which are looked at twice a second. What was written after one waits meanwhile."""

WRITE_FAULT_S: Final = 60.0
"""So long a failed write counts, if none has succeeded since: where nobody writes, nothing says that it is over."""

_BY_SWEEP: Final = "Events of other workers arrive by the sweep, within about a second."


class Standing(Enum):
    """``degraded``: it serves and loses nothing, but events come later than they should, or nothing can be written."""

    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not ready"


@dataclass(frozen=True, slots=True)
class Condition:
    """``reasons``: sentences for an operator, none if all is well."""

    standing: Standing
    reasons: Sequence[str]
    is_store_there: bool
    broker: BrokerState
    sweep_age_s: float
    rights_age_s: float
    is_draining: bool
    epoch: str


class Readiness:
    """One per worker."""

    def __init__(self, live: Live, store: MeteredStore) -> None:
        self._live = live
        self._store = store
        self._probe: asyncio.Task[bool] | None = None
        self._probed_at_s = 0.0

    @property
    def is_ready(self) -> bool:
        """As `check`, without a question to the store: that it is away shows in what was read last, and in the ages."""
        live = self._live
        is_deaf = live.sweep.age_s > SWEEP_AGE_S or live.rights.age_s > RIGHTS_AGE_S
        return not (live.draining.is_draining or is_deaf or self._store.reads.outage.reason)

    async def check(self) -> Condition:
        """Ask the store, look at everything else; takes `PROBE_S` at most. Never raises for what it finds."""
        is_store_there = await self._ask_store()
        live = self._live
        sweep_age_s, rights_age_s = live.sweep.age_s, live.rights.age_s
        faults = []
        if not is_store_there:
            reason = self._store.reads.outage.reason
            faults.append(f"The database cannot be read: {reason or f'no answer within {PROBE_S:g} s'}.")
        if sweep_age_s > SWEEP_AGE_S:
            faults.append(f"The log was last looked at {sweep_age_s:.0f} s ago: events may be late.")
        if rights_age_s > RIGHTS_AGE_S:
            faults.append(
                f"Changes of rights were last known {rights_age_s:.0f} s ago: what was written since may wait."
            )
        if live.draining.is_draining:
            faults.append("This worker is stopping.")
        state = live.broker.state
        doubts = self._doubts(state)
        standing = Standing.NOT_READY if faults else Standing.DEGRADED if doubts else Standing.READY
        reasons = (*faults, *doubts)
        is_draining, epoch = live.draining.is_draining, live.hub.epoch
        return Condition(standing, reasons, is_store_there, state, sweep_age_s, rights_age_s, is_draining, epoch)

    async def close(self) -> None:
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait([self._probe])

    def _doubts(self, state: BrokerState) -> Sequence[str]:
        outage = self._store.writes.outage
        if outage.reason and outage.age_s < WRITE_FAULT_S:
            return [f"The database could not be written to: {outage.reason}.", *self._doubts_of_broker(state)]
        return self._doubts_of_broker(state)

    def _doubts_of_broker(self, state: BrokerState) -> Sequence[str]:
        broker = self._live.broker
        if state is BrokerState.AWAY:
            return [f"The broker is away: {broker.reason or 'not connected yet'}. {_BY_SWEEP}"]
        if state is BrokerState.DEAF:
            return [f"The broker takes what we say and tells us nothing: {broker.reason or 'deaf'}. {_BY_SWEEP}"]
        if self._live.settings.workers > 1 and self._live.settings.broker.startswith("memory:"):
            return [f"The workers share no broker. {_BY_SWEEP}"]
        return []

    async def _ask_store(self) -> bool:
        """One question at a time, whoever asks; a question that is not answered stays the only one."""
        probe = self._probe
        if probe is None or (probe.done() and time.monotonic() - self._probed_at_s > PROBE_AGE_S):
            probe = self._probe = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(PROBE_S):
                return await asyncio.shield(probe)
        except TimeoutError:
            return False

    async def _read(self) -> bool:
        try:
            await self._store.read(read_epoch)
        except Exception:  # noqa: BLE001 - whatever it is, the store does not answer
            return False
        finally:
            self._probed_at_s = time.monotonic()
        return True
