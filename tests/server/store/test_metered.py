from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.store.metered import MeteredStore
from tertulia_wire.codes import Code


class FakeStore:
    def __init__(self) -> None:
        self.is_closed = False

    async def read(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return operation(None, *args, **kwargs)

    write = read

    def state(self) -> int:
        return 7

    async def close(self) -> None:
        self.is_closed = True


def add(_conn: Any, a: int, *, b: int) -> int:
    return a + b


def fail(_conn: Any, error: Exception) -> None:
    raise error


async def test_operations_are_counted_by_kind_while_and_after_they_run() -> None:
    store = MeteredStore(FakeStore())
    task = asyncio.create_task(store.read(add, 1, b=2))
    await asyncio.sleep(0)
    assert (store.reads.running_count, store.writes.running_count) == (1, 0)
    assert await task == 3
    assert await store.write(lambda conn: 4) == 4
    assert (store.reads.running_count, store.reads.delay.count, store.writes.delay.count) == (0, 1, 1)


@pytest.mark.parametrize(
    ("error", "count"),
    [
        (TertuliaError(Code.STORE_UNAVAILABLE), 1),
        (Refusal(Code.OVERLOADED), 1),
        (Refusal(Code.NOT_FOUND), 0),
        (ValueError("a mistake"), 0),
    ],
)
async def test_only_what_the_database_did_not_answer_is_a_failure(error: Exception, count: int) -> None:
    store = MeteredStore(FakeStore())
    for run in (store.read, store.write):
        with pytest.raises(type(error)):
            await run(fail, error)
    assert (store.reads.failed_count, store.writes.failed_count) == (count, count)
    assert (store.reads.running_count, store.writes.running_count) == (0, 0)


async def test_outage_lasts_until_an_operation_of_its_kind_succeeds() -> None:
    store = MeteredStore(FakeStore())
    with pytest.raises(TertuliaError):
        await store.write(fail, TertuliaError(Code.STORE_UNAVAILABLE))
    await store.read(add, 1, b=2)
    assert (bool(store.reads.outage.reason), bool(store.writes.outage.reason)) == (False, True)
    with pytest.raises(Refusal):
        await store.write(fail, Refusal(Code.OVERLOADED))
    assert store.writes.outage.reason
    await store.write(add, 1, b=2)
    assert not store.writes.outage.reason


async def test_closing_closes_the_store_inside() -> None:
    inner = FakeStore()
    await MeteredStore(inner).close()
    assert inner.is_closed


async def test_state_is_that_of_the_store_inside() -> None:
    assert MeteredStore(FakeStore()).state() == 7
