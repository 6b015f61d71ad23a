"""Every figure that a worker tells about itself, declared once: name, kind, labels and words.

The parts of the server count in plain integers and in `Histogram`; nothing here is called per subscriber. A `Snapshot`
is what all of them say at one moment; `live/figures.py` takes it. docs/reference/metrics.md is made from `METRICS`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of every histogram; one more bucket has what is above."""


class Kind(Enum):
    """A counter only grows (and begins at 0 with each worker); a gauge goes up and down."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """``labels`` are those beside ``worker``, which each has."""

    name: str
    kind: Kind
    words: str
    labels: tuple[str, ...] = ()


class Histogram:
    """How often what took how long. For one thread."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def numbers(self) -> list[float]:
        """The counts of the buckets, and last the sum in seconds: as a snapshot has it."""
        return [*self.counts, self.sum_s]


Value = float | Sequence[float]
"""A number; of a histogram its `Histogram.numbers`."""

Sample = tuple[Sequence[str], Value]
"""The values of the labels, and the value."""

Snapshot = Mapping[str, Sequence[Sample]]
"""What a worker says, by the name of the metric. Plain lists and numbers: it travels as JSON."""


def _counter(name: str, words: str, *labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, words, labels)


def _gauge(name: str, words: str, *labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, words, labels)


def _histogram(name: str, words: str, *labels: str) -> Metric:
    return Metric(name, Kind.HISTOGRAM, words, labels)


READY: Final = _gauge("tertulia_ready_workers", "1 while `/readyz` of this worker answers 200, else 0.")
START: Final = _gauge("tertulia_start_seconds", "When this worker started, in seconds since 1970.")
CONNECTIONS: Final = _gauge("tertulia_connections", "Live connections open now, of all transports.")
HANDSHAKES_WAITING: Final = _gauge("tertulia_handshakes_waiting", "Handshakes that wait until it is settled who asks.")
ADMISSIONS: Final = _counter("tertulia_admissions_total", "Live connections that were let in.")
REFUSALS: Final = _counter(
    "tertulia_refusals_total",
    "Live connections and subscribes that were told to come back: `draining`, `connections` (too many are open), "
    "`handshakes` (too many wait), `catch_ups` (too many lag).",
    "reason",
)
DRAINING: Final = _gauge("tertulia_draining_workers", "1 while this worker is draining, else 0.")
DRAINED: Final = _counter("tertulia_drained_connections_total", "Live connections that were told to come back later.")
CUT: Final = _counter("tertulia_cut_connections_total", "Live connections that did not go by the end of the drain.")

CHANNELS: Final = _gauge("tertulia_channels", "Channels that somebody follows at this worker.")
LIVE: Final = _gauge("tertulia_live_subscriptions", "Subscriptions that stand at the head of their channel.")
LAGGING: Final = _gauge("tertulia_lagging_subscriptions", "Subscriptions that are behind, and read the log.")
DELIVERIES: Final = _counter("tertulia_deliveries_total", "Events that were pushed to sockets, counted per subscriber.")
PUSHED_BYTES: Final = _counter("tertulia_pushed_bytes_total", "Bytes of these events, without frame headers.")
ROUNDS: Final = _counter("tertulia_rounds_total", "Rounds: one frame to all live subscriptions of a channel.")
PUSH_DELAY: Final = _histogram(
    "tertulia_push_delay_seconds",
    "From the moment that an event has its place in this worker until the last live subscription has it; "
    "one observation for each round.",
)
REMEMBERED_BYTES: Final = _gauge("tertulia_remembered_bytes", "Memory spent on recent events and blocks of the log.")
LOG_READS: Final = _counter("tertulia_log_reads_total", "Reads of the log, each shared by all who wait for it.")
LOG_READS_WAITING: Final = _gauge("tertulia_log_reads_waiting", "Reads of the log in line.")
GAP_REPAIRS: Final = _counter("tertulia_gap_repairs_total", "Gaps that the broker left and the log closed.")

SWEEPS: Final = _counter("tertulia_sweeps_total", "Sweeps that the store answered.")
SWEEP_FAILURES: Final = _counter("tertulia_sweep_failures_total", "Sweeps that failed.")
SWEEP_AGE: Final = _gauge("tertulia_sweep_age_seconds", "Time since the last sweep that the store answered.")
RIGHTS_AGE: Final = _gauge(
    "tertulia_rights_age_seconds", "Time since all changes of rights that the store knew of held in this worker."
)
RIGHTS_DROPS: Final = _counter(
    "tertulia_rights_drops_total", "Subscriptions that ended because their visitor may no longer read the channel."
)
RIGHTS_WAITING: Final = _gauge(
    "tertulia_rights_waiting", "Events and readings of the log that wait until a change of rights holds."
)
BROKER: Final = _gauge(
    "tertulia_broker_state", "1 for the state that the broker is in, 0 for the others: connected, away, deaf.", "state"
)
BROKER_PUBLISHED: Final = _counter("tertulia_broker_published_total", "Events handed to the broker for other workers.")
BROKER_DROPPED: Final = _counter(
    "tertulia_broker_dropped_total", "Events that were not handed over, or perhaps not; the sweeps of others find them."
)
BROKER_RECEIVED: Final = _counter(
    "tertulia_broker_received_total", "Events that came by the broker, listened to or not."
)
BROKER_RECONNECTS: Final = _counter("tertulia_broker_reconnects_total", "How often the broker came back.")

STORE_DELAY: Final = _histogram(
    "tertulia_store_delay_seconds", "How long an operation of the store took, its time in line included.", "kind"
)
STORE_RUNNING: Final = _gauge("tertulia_store_operations", "Operations of the store that run or wait now.", "kind")
STORE_FAILURES: Final = _counter(
    "tertulia_store_failures_total", "Operations for which the database did not answer, or had no room.", "kind"
)

WEBHOOK_ATTEMPTS: Final = _counter(
    "tertulia_webhook_attempts_total",
    "Attempts to deliver to a webhook: `delivered`, `refused` (another status than 2xx), `timeout`, `unreachable`, "
    "`blocked` (the name leads to where webhooks may not be sent).",
    "outcome",
)
WEBHOOK_WAITING: Final = _gauge(
    "tertulia_webhook_oldest_waiting_seconds",
    "How long the delivery that waits longest has waited, as this worker sees it; 0 while none waits.",
)

LOOP_LAG: Final = _histogram("tertulia_loop_lag_seconds", "How much later than asked the event loop woke the meter.")
CPU: Final = _counter("tertulia_cpu_seconds_total", "CPU time of the worker's process.")
MEMORY: Final = _gauge("tertulia_memory_bytes", "Resident memory of the worker's process; on Linux only.")

METRICS: Final = (
    READY,
    START,
    CONNECTIONS,
    HANDSHAKES_WAITING,
    ADMISSIONS,
    REFUSALS,
    DRAINING,
    DRAINED,
    CUT,
    CHANNELS,
    LIVE,
    LAGGING,
    DELIVERIES,
    PUSHED_BYTES,
    ROUNDS,
    PUSH_DELAY,
    REMEMBERED_BYTES,
    LOG_READS,
    LOG_READS_WAITING,
    GAP_REPAIRS,
    SWEEPS,
    SWEEP_FAILURES,
    SWEEP_AGE,
    RIGHTS_AGE,
    RIGHTS_DROPS,
    RIGHTS_WAITING,
    BROKER,
    BROKER_PUBLISHED,
    BROKER_DROPPED,
    BROKER_RECEIVED,
    BROKER_RECONNECTS,
    STORE_DELAY,
    STORE_RUNNING,
    STORE_FAILURES,
    WEBHOOK_ATTEMPTS,
    WEBHOOK_WAITING,
    LOOP_LAG,
    CPU,
    MEMORY,
)
