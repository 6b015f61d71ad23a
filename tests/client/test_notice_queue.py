from __future__ import annotations

import asyncio

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.notice_queue import NoticeQueue
from tertulia_client.notices import DrainAnnounced


async def test_notices_come_out_in_order_and_then_none() -> None:
    queue = NoticeQueue(5)
    for number in range(3):
        await queue.put(DrainAnnounced(number))
    queue.close()
    assert [await queue.get() for _ in range(4)] == [DrainAnnounced(0), DrainAnnounced(1), DrainAnnounced(2), None]


async def test_full_queue_holds_its_producer() -> None:
    queue = NoticeQueue(1)
    await queue.put(DrainAnnounced(1))
    assert queue.is_full
    waiting = asyncio.create_task(queue.put(DrainAnnounced(2)))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await queue.get() == DrainAnnounced(1)
    await waiting
    assert len(queue) == 1


async def test_empty_queue_holds_its_consumer() -> None:
    queue = NoticeQueue(1)
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    await queue.put(DrainAnnounced(1))
    assert await waiting == DrainAnnounced(1)


async def test_error_comes_after_what_is_left_and_again() -> None:
    queue = NoticeQueue(2)
    await queue.put(DrainAnnounced(1))
    queue.close(ClientError("No."))
    queue.close()
    assert await queue.get() == DrainAnnounced(1)
    for _ in range(2):
        with pytest.raises(ClientError):
            await queue.get()
