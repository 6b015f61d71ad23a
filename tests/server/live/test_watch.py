from __future__ import annotations

from pathlib import Path

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.live.board import file_of
from tertulia_server.live.live import Live
from tertulia_server.live.watch import Watch
from tertulia_server.settings import Settings
from tertulia_server.store.metered import MeteredStore
from tertulia_server.store.opening import open_store
from tests.server.test_sweep import until


async def test_watch_leaves_its_figures_for_the_others_until_it_is_closed(tmp_path: Path) -> None:
    store = MeteredStore(await open_store(f"sqlite:///{tmp_path}/forum.db"))
    live = Live(Settings(), store, MemoryBroker())
    await live.start()
    watch = Watch(live, store, worker_number=3, board_folder=tmp_path)
    watch.start()
    await until(file_of(tmp_path, 3).exists)
    assert watch.readiness.is_ready
    await watch.close()
    await live.close()
    await store.close()
