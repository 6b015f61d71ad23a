"""What happens to PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from contextlib import suppress

from tests.postgresql import PostgresServer
from tests.soak.scene import POSTGRESQL, Scene, fault, last
from tests.soak.world import children_of


def _server(scene: Scene) -> PostgresServer:
    assert scene.postgresql is not None
    return scene.postgresql


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
