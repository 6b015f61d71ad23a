from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tertulia_server.hub.ports import LogRead
from tertulia_server.live.log_source import StoreLogSource
from tertulia_server.store.opening import open_store
from tests.server.town import begin_thread, found_town


class BrokenStore:
    """Answers nothing, or with an error of the database."""

    def __init__(self, *, is_silent: bool = False) -> None:
        self.is_silent = is_silent

    async def read(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        del operation, args, kwargs
        if self.is_silent:
            await asyncio.Event().wait()
        raise RuntimeError("disk")

    write = read

    def state(self) -> None: ...

    async def close(self) -> None: ...


async def read(source: StoreLogSource, channel: str, after: int, until: int) -> LogRead | None:
    answer: asyncio.Future[LogRead | None] = asyncio.get_running_loop().create_future()
    source.read(channel, after, until, answer.set_result)
    assert not answer.done()
    return await answer


async def test_log_is_read_as_it_is_sent(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    town = await store.write(found_town)
    thread = (await store.write(begin_thread, town.ada, town.forum_id)).thread
    source = StoreLogSource(store)
    found = await read(source, f"thread:{thread['id']}", 0, 2)
    assert found is not None
    assert [(item.seq, item.name) for item in found.publications] == [(1, "thread.created"), (2, "post.created")]
    assert found.first_seq == 1
    await source.close()
    await store.close()


async def test_failed_read_is_answered_with_nothing() -> None:
    assert await read(StoreLogSource(BrokenStore()), "thread:1", 0, 2) is None


async def test_close_gives_up_what_is_being_read() -> None:
    source = StoreLogSource(BrokenStore(is_silent=True))
    answers: list[LogRead | None] = []
    source.read("thread:1", 0, 2, answers.append)
    await asyncio.sleep(0)
    await source.close()
    assert answers == []
