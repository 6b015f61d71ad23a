from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tertulia_server.errors import TertuliaError
from tertulia_server.web.gathering import MAX_KEYS_PER_READING, Gathering
from tertulia_wire.codes import Code

HERE, THERE, NOWHERE = "here", "there", "nowhere"


class SlowStore:
    """Answers when told to; an answer holds what was true when its reading began."""

    def __init__(self) -> None:
        self.truth = 1
        self.readings: list[tuple[list[str], asyncio.Event]] = []
        self.failure: Exception | None = None
        self.began = asyncio.Event()

    async def read(self, _operation: object, keys: list[str]) -> dict[str, Any]:
        answer = {key: (key, self.truth) for key in keys if key != NOWHERE}
        may_answer = asyncio.Event()
        self.readings.append((keys, may_answer))
        self.began.set()
        await may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return answer

    async def next_reading(self) -> asyncio.Event:
        await self.began.wait()
        self.began.clear()
        return self.readings[-1][1]


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def gathering(store: SlowStore) -> Gathering[str, Any]:
    return Gathering(store, lambda _conn, _keys: {}, "a test")  # type: ignore[arg-type]


async def ask(gathering: Gathering[str, Any], *keys: str) -> list[asyncio.Task[Any]]:
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(gathering.read(key)) for key in keys]
    await asyncio.sleep(0)
    return tasks


async def test_who_asks_together_shares_one_reading(store: SlowStore, gathering: Gathering[str, Any]) -> None:
    tasks = await ask(gathering, HERE, THERE, HERE, NOWHERE)
    (await store.next_reading()).set()
    assert await asyncio.gather(*tasks) == [(HERE, 1), (THERE, 1), (HERE, 1), None]
    assert [keys for keys, _ in store.readings] == [[HERE, THERE, NOWHERE]]


async def test_nobody_is_answered_from_a_reading_that_began_before(
    store: SlowStore, gathering: Gathering[str, Any]
) -> None:
    early = await ask(gathering, HERE)
    first = await store.next_reading()
    store.truth = 2  # a post was acknowledged meanwhile
    late = await ask(gathering, HERE, HERE)
    first.set()
    assert await asyncio.gather(*early) == [(HERE, 1)]
    (await store.next_reading()).set()
    assert await asyncio.gather(*late) == [(HERE, 2)] * 2
    assert len(store.readings) == 2


async def test_reading_is_bounded_and_the_rest_comes_next(store: SlowStore, gathering: Gathering[str, Any]) -> None:
    tasks = await ask(gathering, *(str(number) for number in range(MAX_KEYS_PER_READING + 1)))
    (await store.next_reading()).set()
    (await store.next_reading()).set()
    await asyncio.gather(*tasks)
    assert [len(keys) for keys, _ in store.readings] == [MAX_KEYS_PER_READING, 1]


async def test_failure_reaches_all_who_waited_and_nobody_after(
    store: SlowStore, gathering: Gathering[str, Any]
) -> None:
    tasks = await ask(gathering, HERE, THERE)
    may_answer, store.failure = await store.next_reading(), TertuliaError(Code.STORE_UNAVAILABLE)
    may_answer.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert answers == [store.failure] * 2
    store.failure = None
    after = await ask(gathering, HERE)
    (await store.next_reading()).set()
    assert await asyncio.gather(*after) == [(HERE, 1)]


async def test_who_leaves_takes_nobody_along(store: SlowStore, gathering: Gathering[str, Any]) -> None:
    gone, stays = await ask(gathering, HERE, HERE)
    may_answer = await store.next_reading()
    gone.cancel()
    may_answer.set()
    assert await stays == (HERE, 1)
    assert gone.cancelled() or await asyncio.gather(gone, return_exceptions=True)


async def test_cancelled_reading_leaves_nobody_waiting(store: SlowStore, gathering: Gathering[str, Any]) -> None:
    under_way = await ask(gathering, HERE)
    await store.next_reading()
    waiting = await ask(gathering, THERE)
    assert gathering._task is not None
    gathering._task.cancel()
    answers = await asyncio.gather(*under_way, *waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError] * 2
