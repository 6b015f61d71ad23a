from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tertulia_server.live.access_reader import AccessReader
from tertulia_server.store.access import Accesses


class SlowStore:
    """Notes each question, and answers when told to."""

    def __init__(self) -> None:
        self.questions: list[list[str]] = []
        self.may_answer = asyncio.Event()
        self.error: Exception | None = None

    async def read(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        del operation, kwargs
        self.questions.append(list(args[0]))
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return Accesses("e1", {})

    async def write(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def state(self) -> None: ...

    async def close(self) -> None: ...


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_all_who_ask_together_are_one_question() -> None:
    store = SlowStore()
    store.may_answer.set()
    reader = AccessReader(store)
    answers = await asyncio.gather(*(reader.read([f"thread:{number % 3}"]) for number in range(100)))
    assert answers == [Accesses("e1", {})] * 100
    assert store.questions == [["thread:0", "thread:1", "thread:2"]]


async def test_who_comes_during_a_question_joins_the_next_one() -> None:
    store = SlowStore()
    reader = AccessReader(store)
    first = asyncio.create_task(reader.read(["thread:1"]))
    await settle()
    late = [asyncio.create_task(reader.read([f"thread:{number}"])) for number in (2, 3)]
    await settle()
    assert store.questions == [["thread:1"]]
    store.may_answer.set()
    await asyncio.gather(first, *late)
    assert store.questions == [["thread:1"], ["thread:2", "thread:3"]]
    await reader.close()


async def test_error_of_the_store_reaches_all_who_asked_and_the_next_question_is_asked() -> None:
    store = SlowStore()
    store.may_answer.set()
    store.error = RuntimeError("disk")
    reader = AccessReader(store)
    answers = await asyncio.gather(reader.read(["a"]), reader.read(["b"]), return_exceptions=True)
    assert [type(answer) for answer in answers] == [RuntimeError, RuntimeError]
    store.error = None
    assert await reader.read(["c"]) == Accesses("e1", {})


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    store = SlowStore()
    reader = AccessReader(store)
    impatient, patient = (asyncio.create_task(reader.read([name])) for name in ("a", "b"))
    await settle()
    impatient.cancel()
    await settle()
    store.may_answer.set()
    assert await patient == Accesses("e1", {})


async def test_error_that_nobody_waits_for_is_dropped() -> None:
    store = SlowStore()
    store.error = RuntimeError("disk")
    reader = AccessReader(store)
    alone = asyncio.create_task(reader.read(["a"]))
    await settle()
    alone.cancel()
    store.may_answer.set()
    await settle()
    with pytest.raises(asyncio.CancelledError):
        await alone


async def test_close_ends_those_who_wait() -> None:
    reader = AccessReader(SlowStore())
    asking = asyncio.create_task(reader.read(["a"]))
    await settle()
    waiting = asyncio.create_task(reader.read(["b"]))
    await settle()
    await reader.close()
    await reader.close()
    await asyncio.wait([asking, waiting])
    assert asking.cancelled()
    assert waiting.cancelled()
