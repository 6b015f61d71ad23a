from __future__ import annotations

import asyncio
import threading

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.notices import DrainAnnounced
from tertulia_client.pipe import NoticePipe


def note(number: int) -> DrainAnnounced:
    return DrainAnnounced(number)


async def test_what_waits_is_taken_all_at_once_in_order() -> None:
    pipe = NoticePipe()
    for number in range(3):
        await pipe.put(note(number))
    assert len(pipe) == 3
    assert await pipe.take() == [note(0), note(1), note(2)]
    assert len(pipe) == 0


async def test_producer_waits_for_room() -> None:
    pipe = NoticePipe(1)
    await pipe.put(note(0))
    second = asyncio.create_task(pipe.put(note(1)))
    await asyncio.sleep(0)
    assert not second.done()
    assert await pipe.take() == [note(0)]
    await second
    assert await pipe.take() == [note(1)]


async def test_consumer_waits_for_the_first() -> None:
    pipe = NoticePipe()
    taking = asyncio.create_task(pipe.take())
    await asyncio.sleep(0)
    assert not taking.done()
    await pipe.put(note(0))
    assert await taking == [note(0)]


async def test_what_was_put_before_the_end_is_taken_before_it() -> None:
    pipe = NoticePipe()
    await pipe.put(note(0))
    pipe.close(ClientError("refused"))
    assert await pipe.take() == [note(0)]
    with pytest.raises(ClientError, match="refused"):
        await pipe.take()
    closed = NoticePipe()
    taking = asyncio.create_task(closed.take())
    await asyncio.sleep(0)
    closed.close()
    assert await taking == []
    await closed.put(note(1))  # nobody waits for it any more


async def test_thread_takes_what_a_loop_puts_and_loses_nothing() -> None:
    pipe, taken = NoticePipe(3), []

    def take() -> None:
        while notices := pipe.take_blocking():
            taken.extend(notices)

    thread = threading.Thread(target=take)
    thread.start()
    for number in range(500):
        await pipe.put(note(number))
    pipe.close()
    await asyncio.to_thread(thread.join)
    assert taken == [note(number) for number in range(500)]


def test_thread_may_give_up_waiting() -> None:
    assert NoticePipe().take_blocking(0.01) is None
