"""Who looks on at a run: its own watch of the server, and Prometheus (`--metrics-port`)."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.bots.health_page import HealthPage
from tertulia_client.load.server_metrics import ServerWatch
from tertulia_client.load.stage import Stage

_QUANTILES: Final = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class RunHealth:
    """What can be said of a stage at this moment."""

    stage: Stage

    @property
    def is_well(self) -> bool:
        """Whether the generator is not saturated."""
        return self.stage.look_now().soundness.is_valid

    def as_json(self) -> str:
        return json.dumps({"run": self.stage.run, "scenario": self.stage.plan.scenario, "is_valid": self.is_well})

    def as_metrics(self) -> str:
        """In the text format of Prometheus."""
        stage, publisher, sight = self.stage, self.stage.publisher, self.stage.look_now()
        rows = [
            ("readers", "gauge", "Readers that are connected.", float(sight.connected)),
            ("reconnects_total", "counter", "Readers that came back.", float(sight.reconnects)),
            ("deliveries_total", "counter", "Events that readers got in time.", float(sight.deliveries.count)),
            ("acknowledged_total", "counter", "Posts that were acknowledged.", float(publisher.acknowledged)),
            ("failed_total", "counter", "What the server refused.", float(publisher.failed + stage.failed)),
            ("lag_seconds", "gauge", "How late the generator's loop was, p99 so far.", sight.lags.percentile_s(99)),
            ("valid", "gauge", "1 while the generator is not saturated, else 0.", float(sight.soundness.is_valid)),
            ("cpu_seconds_total", "counter", "CPU time of the generator's process.", time.process_time()),
        ]
        lines = []
        for name, kind, words, value in rows:
            full = f"tertulia_load_{name}"
            lines += [f"# HELP {full} {words}", f"# TYPE {full} {kind}", f"{full} {value:g}"]
        full = "tertulia_load_delivery_seconds"
        lines += [f"# HELP {full} From a post's planned time to each reader, so far.", f"# TYPE {full} gauge"]
        for quantile in _QUANTILES:
            lines.append(f'{full}{{quantile="{quantile:g}"}} {sight.deliveries.percentile_s(quantile * 100):g}')
        return "\n".join(lines) + "\n"


def onlookers(address: ServerAddress, metrics_port: int | None) -> Sequence[Callable[[Stage], Awaitable[None]]]:
    """At the server itself, past any proxy; and at the run, for who asks on this port."""

    async def watch_server(stage: Stage) -> None:
        watch = ServerWatch(address, stage.clock, stage.say)
        stage.server_moments = watch.moments
        await watch.run()

    async def show_run(stage: Stage) -> None:
        try:
            await HealthPage(lambda: RunHealth(stage), port=metrics_port or 0).serve()
        except OSError as error:
            stage.say(f"nothing for Prometheus: port {metrics_port} cannot be had ({error.strerror or error})")

    return [watch_server, *([show_run] if metrics_port else [])]
