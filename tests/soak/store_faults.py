"""What happens to PostgreSQL."""

from __future__ import annotations

import asyncio
import random
import signal

from tests.postgresql import PostgresServer
from tests.soak.scene import POSTGRESQL, Scene, fault, last


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
    """Its processes are one group: all of them stop, and go on."""
    async with scene.store_lock:
        _server(scene).signal(signal.SIGSTOP)
        try:
            await last(dice, 0.5, 3)
        finally:
            _server(scene).signal(signal.SIGCONT)
