"""What happens on the way to those who read and write, and what slow readers do."""

from __future__ import annotations

import asyncio
import random
from typing import Final

from tests.soak.scene import Scene, fault, last

BURST_POSTS: Final = 8
"""Long ones, while some do not read: enough for their sockets and outboxes to be full."""


@fault("followers stop reading")
async def pause_followers(scene: Scene, dice: random.Random) -> None:
    chosen = dice.sample(list(scene.followers), max(1, len(scene.followers) // 4))
    thread_id = dice.choice(chosen).threads[0]
    async with asyncio.TaskGroup() as group:
        for follower in chosen:
            group.create_task(follower.pause(dice.uniform(1, 5)))
        await scene.burster.post_long(BURST_POSTS, thread_id)


@fault("client connections cut")
async def cut_connections(scene: Scene, dice: random.Random) -> None:
    """Of readers and of writers, in the middle of whatever they do."""
    worker = dice.choice(scene.world.workers)
    for _ in range(dice.randint(1, 3)):
        worker.front.cut(dice.choice([0.3, 1.0]))
        await last(dice, 0.05, 0.7)


@fault("client connections half-open")
async def swallow_connections(scene: Scene, dice: random.Random) -> None:
    dice.choice(scene.world.workers).front.swallow(dice.choice([0.3, 1.0]))
    await last(dice, 1, 3)


@fault("worker unreachable")
async def lose_worker(scene: Scene, dice: random.Random) -> None:
    with dice.choice(scene.world.workers).front.unreachable():
        await last(dice, 0.5, 3)


@fault("client connections delayed", holds_delivery=True)
async def delay_connections(scene: Scene, dice: random.Random) -> None:
    with dice.choice(scene.world.workers).front.delaying(dice.choice([0.1, 0.5, 1.0])):
        await last(dice, 1, 3)


@fault("client connections slow", holds_delivery=True)
async def throttle_connections(scene: Scene, dice: random.Random) -> None:
    with dice.choice(scene.world.workers).front.throttling(dice.choice([2_000, 20_000])):
        await last(dice, 1, 3)
