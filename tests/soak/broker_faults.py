"""What happens to Redis, and on the way to it."""

from __future__ import annotations

import asyncio
import random
import signal

from tests.processes import RedisServer
from tests.soak.proxy import Proxy
from tests.soak.scene import REDIS, Scene, fault, last, some_workers

LONG_POSTS = 3


def _redis(scene: Scene) -> RedisServer:
    assert scene.world.redis is not None
    return scene.world.redis


def _roads(scene: Scene, dice: random.Random) -> list[Proxy]:
    """The connection to Redis of one worker, or of all."""
    return [worker.to_redis for worker in some_workers(scene, dice) if worker.to_redis is not None]


async def ask_redis(port: int, *words: str) -> str:
    """One command, and the first line of its answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        parts = [part for word in words for part in (f"${len(word.encode())}", word)]
        writer.write("\r\n".join([f"*{len(words)}", *parts, ""]).encode())
        async with asyncio.timeout(5):
            answer = (await reader.readline()).decode().strip()
    finally:
        writer.close()
    assert not answer.startswith("-"), answer
    return answer


@fault("Redis killed, restarted empty", REDIS)
async def kill_redis(scene: Scene, dice: random.Random) -> None:
    async with scene.world.redis_lock:
        await asyncio.to_thread(_redis(scene).kill)
        await last(dice, 0, 3)
        await asyncio.to_thread(_redis(scene).start)


@fault("Redis paused (SIGSTOP)", REDIS)
async def pause_redis(scene: Scene, dice: random.Random) -> None:
    async with scene.world.redis_lock:
        _redis(scene).signal(signal.SIGSTOP)
        try:
            await last(dice, 0.5, 5)
        finally:
            _redis(scene).signal(signal.SIGCONT)


@fault("Redis kills its pub/sub clients", REDIS)
async def kill_pubsub_clients(scene: Scene, dice: random.Random) -> None:
    async with scene.world.redis_lock:
        for _ in range(dice.randint(1, 4)):
            await ask_redis(_redis(scene).port, "CLIENT", "KILL", "TYPE", "pubsub")
            await last(dice, 0.05, 0.5)


@fault("Redis output buffer limit hit", REDIS)
async def overflow_output_buffer(scene: Scene, dice: random.Random) -> None:
    """A limit so low that a long post goes beyond it: Redis cuts off all who listen to its partition."""
    async with scene.world.redis_lock:
        await _set_buffer_limit(scene, "pubsub 1 0 0")
        try:
            await scene.burster.post_long(LONG_POSTS)
            await last(dice, 0.1, 1)
        finally:
            await _set_buffer_limit(scene, "pubsub 33554432 8388608 60")


async def _set_buffer_limit(scene: Scene, limit: str) -> None:
    await ask_redis(_redis(scene).port, "CONFIG", "SET", "client-output-buffer-limit", limit)


@fault("connection to Redis cut", REDIS)
async def cut_redis_connection(scene: Scene, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 4)):
        for road in _roads(scene, dice):
            road.cut()
        await last(dice, 0.05, 0.5)


@fault("Redis unreachable", REDIS)
async def lose_redis(scene: Scene, dice: random.Random) -> None:
    (road, *_) = _roads(scene, dice)
    with road.unreachable():
        await last(dice, 0.5, 4)


@fault("connection to Redis delayed", REDIS)
async def delay_redis_connection(scene: Scene, dice: random.Random) -> None:
    (road, *_) = _roads(scene, dice)
    with road.delaying(dice.choice([0.05, 0.2, 0.5, 1.5])):
        await last(dice, 1, 4)


@fault("connection to Redis slow", REDIS)
async def throttle_redis_connection(scene: Scene, dice: random.Random) -> None:
    (road, *_) = _roads(scene, dice)
    with road.throttling(dice.choice([500, 2_000, 20_000])):
        await last(dice, 1, 4)


@fault("connection to Redis half-open", REDIS)
async def swallow_redis_connection(scene: Scene, dice: random.Random) -> None:
    """The connections that are there go dead without a sign; half of the time new ones too, for a while."""
    roads = _roads(scene, dice)
    if dice.random() < 0.5:
        for road in roads:
            road.swallow()
        await last(dice, 2, 5)
    else:
        with roads[0].swallowing():
            await last(dice, 1, 5)
