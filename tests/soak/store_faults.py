"""What happens to the database."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from contextlib import suppress

from tests.postgresql import PostgresServer
from tests.soak.scene import POSTGRESQL, Scene, fault, last
from tests.soak.world import children_of

EPOCH_TRIES = 6


def _server(scene: Scene) -> PostgresServer:
    assert scene.postgresql is not None
    return scene.postgresql


@fault("log gets a new epoch")
async def renew_epoch(scene: Scene, dice: random.Random) -> None:
    """As an operator does after a restore that was not ours: everybody is told to start over."""
    command = [sys.executable, "-m", "tertulia_client", "db", "new-epoch", "--database", scene.world.database]
    scene.renewed_ms.append(scene.world.clock())
    for _ in range(EPOCH_TRIES):
        process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, stdin=DEVNULL)
        if await process.wait() == 0:
            return
        await last(dice, 0.5, 1)
    raise AssertionError("the log could not be given a new epoch")


@fault("PostgreSQL restarted", POSTGRESQL, holds_delivery=True)
async def restart_postgresql(scene: Scene, dice: random.Random) -> None:
    async with scene.store_lock:
        await asyncio.to_thread(_server(scene).stop)
        await last(dice, 0, 2)
        await asyncio.to_thread(_server(scene).start)


@fault("PostgreSQL killed", POSTGRESQL, holds_delivery=True)
async def kill_postgresql(scene: Scene, dice: random.Random) -> None:
    async with scene.store_lock:
        await asyncio.to_thread(_server(scene).kill)
        await last(dice, 0, 1)
        await asyncio.to_thread(_server(scene).start)


@fault("PostgreSQL ends all connections", POSTGRESQL)
async def terminate_backends(scene: Scene, dice: random.Random) -> None:
    async with scene.store_lock:
        for _ in range(dice.randint(1, 3)):
            others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'forum'"
            await asyncio.to_thread(_server(scene).sql, others)
            await last(dice, 0.05, 0.5)


@fault("PostgreSQL stopped (SIGSTOP)", POSTGRESQL, holds_delivery=True)
async def pause_backends(scene: Scene, dice: random.Random) -> None:
    """All of its processes stop, and go on."""
    async with scene.store_lock:
        pid = _server(scene).process.pid
        pids = [pid, *children_of(pid)]
        _signal_all(pids, signal.SIGSTOP)
        try:
            await last(dice, 0.5, 3)
        finally:
            _signal_all(pids, signal.SIGCONT)


def _signal_all(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
