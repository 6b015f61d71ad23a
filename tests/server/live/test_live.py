from __future__ import annotations

from pathlib import Path

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.hub.listener import Grant
from tertulia_server.live.live import Live
from tertulia_server.settings import Settings
from tertulia_server.store.log import read_log
from tertulia_server.store.opening import open_store
from tertulia_server.store.replay import render_events, to_publication
from tests.server.hub.fakes import FakeSink
from tests.server.test_sweep import until
from tests.server.town import begin_thread, found_town


async def test_what_is_published_reaches_listeners_between_start_and_close(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    town = await store.write(found_town)
    broker = MemoryBroker()
    live = Live(Settings(), store, broker)
    await live.start()
    sink = FakeSink()
    live.hub.connect(sink).subscribe(1, [Grant("thread:1", None, 0, 1)])
    await store.write(begin_thread, town.ada, town.forum_id)
    events = await store.read(lambda conn: render_events(conn, read_log(conn, "thread:1", 0, 9)))
    broker.publish([to_publication(live.hub.epoch, event, 0) for event in events])
    await until(lambda: sink.seqs() == [1, 2])
    await live.close()
    broker.publish([to_publication(live.hub.epoch, event, 0) for event in events])
    assert sink.seqs() == [1, 2]
    await store.close()


async def test_event_published_by_nobody_arrives_by_the_sweep(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    town = await store.write(found_town)
    live = Live(Settings(sweep_interval_ms=50), store, MemoryBroker())
    await live.start()
    sink = FakeSink()
    live.hub.connect(sink).subscribe(1, [Grant("thread:1", None, 0, 1)])
    await store.write(begin_thread, town.ada, town.forum_id)
    await until(lambda: sink.seqs() == [1, 2])
    await live.close()
    await store.close()
