"""All figures of a worker at one moment, taken from the parts that count them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tertulia_server import metrics as m
from tertulia_server.broker.port import BrokerState
from tertulia_server.live.live import Live
from tertulia_server.live.loop_lag import LoopLag
from tertulia_server.live.readiness import Readiness
from tertulia_server.metrics import Metric, Snapshot, Value
from tertulia_server.store.metered import MeteredStore
from tertulia_server.webhooks.figures import WebhookFigures

_REFUSALS: Final = ("draining", "connections", "handshakes", "catch_ups")
_STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Sources:
    """Who counts."""

    live: Live
    store: MeteredStore
    readiness: Readiness
    loop_lag: LoopLag
    started_s: float
    webhooks: WebhookFigures = field(default_factory=WebhookFigures)


def take_snapshot(sources: Sources) -> Snapshot:
    """What each metric says now; about 50 µs."""
    plain = {**_of_connections(sources.live), **_of_hub(sources.live), **_of_process(sources)}
    snapshot: dict[str, list[m.Sample]] = {metric.name: [((), value)] for metric, value in plain.items()}
    broker, refused_counts = sources.live.broker.state, sources.live.admission.refused_counts
    snapshot[m.BROKER.name] = [((state.value,), float(state is broker)) for state in BrokerState]
    snapshot[m.REFUSALS.name] = [((reason,), refused_counts[reason]) for reason in _REFUSALS]
    kinds = (("read", sources.store.reads), ("write", sources.store.writes))
    snapshot[m.STORE_DELAY.name] = [((kind,), meter.delay.numbers) for kind, meter in kinds]
    snapshot[m.STORE_RUNNING.name] = [((kind,), meter.running_count) for kind, meter in kinds]
    snapshot[m.STORE_FAILURES.name] = [((kind,), meter.failed_count) for kind, meter in kinds]
    counts = sources.webhooks.attempt_counts
    snapshot[m.WEBHOOK_ATTEMPTS.name] = [((outcome.value,), count) for outcome, count in counts.items()]
    return snapshot


def _of_connections(live: Live) -> dict[Metric, Value]:
    return {
        m.CONNECTIONS: live.hub.listener_count,
        m.HANDSHAKES_WAITING: live.admission.waiting_count,
        m.ADMISSIONS: live.admission.admitted_count,
        m.DRAINING: int(live.draining.is_draining),
        m.DRAINED: live.draining.told_count,
        m.CUT: live.draining.cut_count,
        m.SWEEPS: live.sweep.done_count,
        m.SWEEP_FAILURES: live.sweep.failed_count,
        m.SWEEP_AGE: live.sweep.age_s,
        m.RIGHTS_AGE: live.rights.age_s,
        m.RIGHTS_DROPS: live.rights.drop_count,
        m.RIGHTS_WAITING: live.hub.gate.waiting_count,
        m.BROKER_PUBLISHED: live.broker.published_count,
        m.BROKER_DROPPED: live.broker.dropped_count,
        m.BROKER_RECEIVED: live.broker.received_count,
        m.BROKER_RECONNECTS: live.broker.reconnect_count,
    }


def _of_hub(live: Live) -> dict[Metric, Value]:
    hub, figures = live.hub, live.hub.figures
    return {
        m.CHANNELS: len(hub.channels),
        m.LIVE: figures.live_count,
        m.LAGGING: figures.lagging_count,
        m.DELIVERIES: figures.delivery_count,
        m.PUSHED_BYTES: figures.pushed_bytes,
        m.ROUNDS: figures.round_count,
        m.PUSH_DELAY: figures.push_delay.numbers,
        m.REMEMBERED_BYTES: hub.remembered_bytes,
        m.LOG_READS: hub.log_read_count,
        m.LOG_READS_WAITING: hub.waiting_log_read_count,
        m.GAP_REPAIRS: hub.repair_count,
    }


def _of_process(sources: Sources) -> dict[Metric, Value]:
    return {
        m.READY: int(sources.readiness.is_ready),
        m.START: sources.started_s,
        m.WEBHOOK_WAITING: sources.webhooks.oldest_waiting_s,
        m.LOOP_LAG: sources.loop_lag.lags.numbers,
        m.CPU: time.process_time(),
        m.MEMORY: _resident_bytes(),
    }


def _resident_bytes() -> int:
    """The second field of statm counts resident pages (proc_pid_statm(5)); 0 where there is no such file."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
