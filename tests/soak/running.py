"""A soak from its settings to its report: makes the folder, the database and the world, and takes all away again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from programs import REDIS as REDIS_PROGRAM
from tests.postgresql import PostgresServer
from tests.soak.scene import POSTGRESQL, REDIS, SUPERVISOR
from tests.soak.schedule import available, plan
from tests.soak.settings import Settings
from tests.soak.soak import Report, Soak
from tests.soak.world import open_world, settle

FORUMS = 2
THREADS_PER_FORUM = 3


async def run_soak(settings: Settings, folder: Path, say: Callable[[str], None]) -> Report:
    """Run it; everything that is started ends before this returns. ``folder`` keeps the records and the logs."""
    dice = random.Random(settings.seed)
    async with AsyncExitStack() as stack:
        postgresql = None
        database = f"sqlite:///{folder / 'forum.db'}"
        if settings.store == POSTGRESQL:
            postgresql = PostgresServer()
            stack.callback(postgresql.close)
            await asyncio.to_thread(postgresql.start)
            database = postgresql.url(await asyncio.to_thread(postgresql.create_database))
        writing = await settle(
            database, writer_count=settings.crowd.writers, forum_count=FORUMS, threads_per_forum=THREADS_PER_FORUM
        )
        redis = REDIS_PROGRAM.find() if settings.with_redis else None
        world = await stack.enter_async_context(
            open_world(
                folder,
                dice,
                database=database,
                worker_count=settings.workers,
                redis_program=redis,
                sabotage=settings.sabotage,
            )
        )
        has = {settings.store} | ({REDIS} if redis else set())
        if any(worker.is_supervised for worker in world.workers):
            has.add(SUPERVISOR)
        groups = plan(random.Random(settings.seed), available(has, settings.faults))
        return await Soak(world, writing, dice, settings.crowd, say, postgresql).run(groups, settings.seconds)
