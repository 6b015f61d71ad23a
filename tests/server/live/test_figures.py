from __future__ import annotations

import json
from pathlib import Path

from tertulia_server import metrics as m
from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.live.figures import Sources, take_snapshot
from tertulia_server.live.live import Live
from tertulia_server.live.loop_lag import LoopLag
from tertulia_server.live.readiness import Readiness
from tertulia_server.settings import Settings
from tertulia_server.store.log import read_epoch
from tertulia_server.store.metered import MeteredStore
from tertulia_server.store.opening import open_store
from tests.server.hub.fakes import FakeSink


async def test_snapshot_tells_every_metric_and_survives_json(tmp_path: Path) -> None:
    store = MeteredStore(await open_store(f"sqlite:///{tmp_path}/forum.db"))
    live = Live(Settings(), store, MemoryBroker())
    await live.start()
    live.hub.connect(FakeSink())
    await store.read(read_epoch)
    snapshot = take_snapshot(Sources(live, store, Readiness(live, store), LoopLag(), 5.0))
    assert set(snapshot) == {metric.name for metric in m.METRICS}
    for metric in m.METRICS:
        assert {len(labels) for labels, _ in snapshot[metric.name]} == {len(metric.labels)}
    assert snapshot[m.CONNECTIONS.name] == [((), 1)]
    assert snapshot[m.BROKER.name] == [(("connected",), 1.0), (("away",), 0.0), (("deaf",), 0.0)]
    assert sum(dict(snapshot[m.STORE_DELAY.name])[("read",)][:-1]) >= 1  # type: ignore[index]
    assert json.loads(json.dumps(snapshot)).keys() == snapshot.keys()
    await live.close()
    await store.close()
