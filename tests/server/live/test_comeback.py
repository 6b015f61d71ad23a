"""What a crowd that comes back together asks of the database: as much as one reader, and a little."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.forum.models import GUEST
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.settings import Settings
from tertulia_server.store.metered import MeteredStore
from tertulia_server.store.opening import open_store
from tertulia_server.web.following import Following, Met
from tertulia_wire.cursors import Cursor
from tests.server.hub.fakes import FakeSink
from tests.server.test_sweep import until
from tests.server.town import add_post, begin_thread, found_town

BEHIND = 50


@pytest.mark.parametrize("readers", [1, 1_000])
@pytest.mark.parametrize("threads", [1, 20])
async def test_reads_of_the_log_do_not_grow_with_the_readers(readers: int, threads: int, tmp_path: Path) -> None:
    store = MeteredStore(await open_store(f"sqlite:///{tmp_path}/forum.db"))
    town = await store.write(found_town)
    channels, cursors = [], []
    for _ in range(threads):
        written = await store.write(begin_thread, town.ada, town.forum_id)
        channels.append(f"thread:{written.thread['id']}")
        cursors.append(written.cursor)
        for _ in range(BEHIND):
            await store.write(add_post, town.ada, written.thread["id"])
    live = Live(Settings(), store, MemoryBroker())
    await live.start()
    asked_before = store.reads.delay.count

    sinks = [FakeSink() for _ in range(max(readers, threads))]
    async with asyncio.TaskGroup() as group:
        for number, sink in enumerate(sinks):
            channel, cursor = channels[number % threads], cursors[number % threads]
            following = Following(live, Met(GUEST, None, 0), live.hub.connect(sink))
            group.create_task(following.subscribe(1, [Wanted(channel, Cursor(cursor.epoch, cursor.seq))]))
    await until(lambda: live.hub.figures.live_count == len(sinks))

    for number, sink in enumerate(sinks):
        assert sink.seqs(channels[number % threads]) == list(range(3, 3 + BEHIND))
    assert live.hub.log_read_count == threads
    assert store.reads.delay.count - asked_before <= threads + 4  # heads and rights of all, and what sweeps meanwhile
    await live.close()
    await store.close()
