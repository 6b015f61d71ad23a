"""What happens to workers: killed, stopped, restarted, out of disk, out of time."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Final

from tests.soak.scene import SQLITE, SUPERVISOR, Scene, fault, last
from tests.soak.world import Worker

DEATH_LIMIT_S: Final = 8.0
"""How long a worker may take to come to its next publish."""

REPLACE_LIMIT_S: Final = 40.0
POLL_S: Final = 0.05

SMALLEST_FILE_BYTES: Final = 4096
"""Nothing may be written behind it while the disk is "full": not to the database, nor to the log file."""

DAY_MS: Final = 24 * 3600 * 1000


@fault("worker killed (SIGKILL)")
async def kill_worker(scene: Scene, dice: random.Random) -> None:
    worker = dice.choice(scene.world.workers)
    async with worker.lock:
        await worker.kill()
        await last(dice, 0, 1)
        await worker.restart()


@fault("all workers killed")
async def kill_all_workers(scene: Scene, dice: random.Random) -> None:
    async with asyncio.TaskGroup() as group:
        for worker in scene.world.workers:
            group.create_task(_kill_and_restart(worker, dice.uniform(0, 0.5)))


async def _kill_and_restart(worker: Worker, pause_s: float) -> None:
    async with worker.lock:
        await worker.kill()
        await asyncio.sleep(pause_s)
        await worker.restart()


@fault("worker stopped (SIGSTOP)", holds_delivery=True)
async def stop_worker(scene: Scene, dice: random.Random) -> None:
    worker = dice.choice(scene.world.workers)
    async with worker.lock:
        pid = dice.choice(await _serving_pids(worker))
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(10 if dice.random() < 0.15 else dice.uniform(0.5, 4))
        finally:
            os.kill(pid, signal.SIGCONT)


@fault("worker killed between commit and publish")
async def die_before_publish(scene: Scene, dice: random.Random) -> None:
    worker = dice.choice([worker for worker in scene.world.workers if not worker.is_supervised])
    async with worker.lock:
        worker.server.die_at_next_publish()
        try:
            await asyncio.to_thread(worker.server.process.wait, DEATH_LIMIT_S)
        except subprocess.TimeoutExpired:
            worker.server.live_after_all()
            await worker.kill()
        await worker.restart()


@fault("rolling restart (SIGTERM)")
async def restart_rolling(scene: Scene, dice: random.Random) -> None:
    for worker in dice.sample(scene.world.workers, len(scene.world.workers)):
        async with worker.lock:
            await worker.stop()
            await worker.restart()


@fault("workers replaced (SIGHUP)", SUPERVISOR)
async def replace_workers(scene: Scene, dice: random.Random) -> None:
    worker = dice.choice([worker for worker in scene.world.workers if worker.is_supervised])
    async with worker.lock:
        old = set(worker.server.serving_pids)
        worker.server.signal(signal.SIGHUP)
        await _wait_until(lambda: not old & set(worker.server.serving_pids), "end of the replaced workers")


@fault("supervised worker killed", SUPERVISOR)
async def kill_supervised_worker(scene: Scene, dice: random.Random) -> None:
    worker = dice.choice([worker for worker in scene.world.workers if worker.is_supervised])
    async with worker.lock:
        os.kill(dice.choice(await _serving_pids(worker)), signal.SIGKILL)
        await _wait_until(lambda: len(worker.server.serving_pids) == worker.server.worker_count, "new worker")


async def _serving_pids(worker: Worker) -> list[int]:
    """At least one: a supervisor whose workers have all just died is about to start others."""
    await _wait_until(lambda: bool(worker.server.serving_pids), "worker of the supervisor")
    return worker.server.serving_pids


async def _wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + REPLACE_LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline_s, f"no {what} within {REPLACE_LIMIT_S:g} s"
        await asyncio.sleep(POLL_S)


@fault("disk full", SQLITE)
async def fill_disk(scene: Scene, dice: random.Random) -> None:
    """By the limit of a file's size: what goes beyond it fails as on a full disk."""
    worker = dice.choice(scene.world.workers)
    async with worker.lock:
        pids = await _serving_pids(worker)
        _limit_files(pids, SMALLEST_FILE_BYTES)
        try:
            await last(dice, 0.5, 3)
        finally:
            _limit_files(pids, resource.RLIM_INFINITY)


def _limit_files(pids: Sequence[int], size_bytes: int) -> None:
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


@fault("clock jumps")
async def jump_clock(scene: Scene, dice: random.Random) -> None:
    """The wall clock of a worker goes forward or back by up to two days, and comes right again."""
    worker = dice.choice(scene.world.workers)
    async with worker.lock:
        worker.server.set_clock_offset_ms(dice.randint(-2 * DAY_MS, 2 * DAY_MS))
        try:
            await last(dice, 0.5, 3)
        finally:
            worker.server.set_clock_offset_ms(0)
