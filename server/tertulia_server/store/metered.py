"""A store that counts: how long each operation takes, how many are under way, how many the database failed."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

from tertulia_server.errors import TertuliaError
from tertulia_server.metrics import Histogram
from tertulia_server.store.outage import Outage
from tertulia_server.store.port import Operation, P, Store
from tertulia_wire.codes import Code

T = TypeVar("T")


class Meter:
    """Of one kind of operation, reads or writes."""

    __slots__ = ("delay", "failed_count", "outage", "running_count")

    def __init__(self, kind: str) -> None:
        self.outage = Outage(kind)
        self.delay = Histogram()
        self.failed_count = 0
        self.running_count = 0


class MeteredStore:
    """A `Store` around any other; a microsecond per operation."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads = Meter("read")
        self.writes = Meter("write")

    async def read(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _metered(self.reads, self._store.read(operation, *args, **kwargs))

    async def write(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _metered(self.writes, self._store.write(operation, *args, **kwargs))

    def state(self) -> int | None:
        return self._store.state()

    async def close(self) -> None:
        await self._store.close()


async def _metered(meter: Meter, outcome: Awaitable[T]) -> T:
    began_s = time.perf_counter()
    meter.running_count += 1
    try:
        result = await outcome
    except Exception as error:
        _count_failure(meter, error)
        raise
    else:
        if meter.outage.reason:
            meter.outage.end()
        return result
    finally:
        meter.running_count -= 1
        meter.delay.observe(time.perf_counter() - began_s)


def _count_failure(meter: Meter, error: Exception) -> None:
    """A refusal is an answer; a database that is away, or a line that is full, is none."""
    if isinstance(error, TertuliaError) and error.code in {Code.STORE_UNAVAILABLE, Code.OVERLOADED}:
        meter.failed_count += 1
        if error.code is Code.STORE_UNAVAILABLE:
            meter.outage.begin(error)
