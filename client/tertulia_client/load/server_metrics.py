"""The server's own figures beside ours, second by second: what it took of the machine, and what waited in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx2

from tertulia_client.address import ServerAddress

SCRAPE_S: Final = 1.0
ANSWER_LIMIT_S: Final = 2.0
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_MOMENTS: Final = 24 * 3600

_SAMPLE: Final = re.compile(r"(tertulia_[a-z_]+)(?:\{(.*)\})? (\S+)(?: \d+)?", re.ASCII)
_WORKER: Final = re.compile(r'worker="([^"]*)"')
_CPU: Final = "tertulia_cpu_seconds_total"
_LAG_SUM: Final = "tertulia_loop_lag_seconds_sum"
_LAG_COUNT: Final = "tertulia_loop_lag_seconds_count"

Samples = Mapping[tuple[str, str], float]
"""By metric and worker, summed over the other labels."""


@dataclass(frozen=True, slots=True)
class ServerMoment:
    """Of all workers together. ``cpu_share``: 1.0 is one full core. ``waiting`` are operations of the store and reads
    of the log; ``lagging`` are subscriptions that read the log; ``lag_s`` is how late the loops were on average."""

    at_s: float
    cpu_share: float
    memory_bytes: float
    connections: float
    lagging: float
    waiting: float
    lag_s: float


def read_samples(text: str) -> Samples:
    """The text format of Prometheus, as far as it is ours."""
    samples: dict[tuple[str, str], float] = {}
    for line in text.splitlines():
        match = _SAMPLE.fullmatch(line)
        if match is None:
            continue
        worker = _WORKER.search(match[2] or "")
        key = (match[1], worker[1] if worker else "")
        try:
            samples[key] = samples.get(key, 0.0) + float(match[3])
        except ValueError:
            continue
    return samples


def moment_between(before: Samples, after: Samples, *, at_s: float, elapsed_s: float) -> ServerMoment:
    """What happened from one scrape to the next. A worker that began anew in between counts from nothing."""

    def total(*names: str) -> float:
        return sum(value for (name, _), value in after.items() if name in names)

    def grown(wanted: str) -> float:
        pairs = [(value, before.get(key, 0.0)) for key, value in after.items() if key[0] == wanted]
        return sum(value - old if value >= old else value for value, old in pairs)

    looks = grown(_LAG_COUNT)
    return ServerMoment(
        at_s=at_s,
        cpu_share=grown(_CPU) / elapsed_s if elapsed_s > 0 else 0.0,
        memory_bytes=total("tertulia_memory_bytes"),
        connections=total("tertulia_connections"),
        lagging=total("tertulia_lagging_subscriptions"),
        waiting=total("tertulia_store_operations", "tertulia_log_reads_waiting"),
        lag_s=grown(_LAG_SUM) / looks if looks else 0.0,
    )


class ServerWatch:
    """``run`` until cancelled; ``moments`` is what it found, with times from when the run began."""

    def __init__(self, address: ServerAddress, clock: Callable[[], float], say: Callable[[str], None]) -> None:
        self._address = address
        self._clock = clock
        self._say = say
        self._before: tuple[float, Samples] | None = None
        self.moments: list[ServerMoment] = []

    async def run(self) -> None:
        """Ask once a second. A server that does not let us is told of once, and not asked again."""
        began_s = self._clock()
        is_local = self._address.is_loopback
        async with httpx2.AsyncClient(
            base_url=self._address.origin,
            timeout=ANSWER_LIMIT_S,
            trust_env=not is_local,
            verify=self._address.is_secure,  # reading the certificates of this machine holds the loop for long
        ) as http:
            while True:
                try:
                    answer = await http.get("/metrics")
                except httpx2.TransportError:
                    pass  # it restarts, or is busy: the next second tells
                else:
                    if answer.status_code != 200 or len(answer.content) > MAX_BYTES:
                        self._say(f"the server's own figures are not to be had: /metrics answers {answer.status_code}")
                        return
                    self._note(read_samples(answer.text), self._clock(), began_s)
                await asyncio.sleep(SCRAPE_S)

    def _note(self, samples: Samples, now_s: float, began_s: float) -> None:
        if self._before is not None and len(self.moments) < MAX_MOMENTS:
            then_s, before = self._before
            self.moments.append(moment_between(before, samples, at_s=now_s - began_s, elapsed_s=now_s - then_s))
        self._before = (now_s, samples)
