"""The world of a soak: workers on one database, a real Redis, and a proxy on every road between them and to them."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.forums import create_category, create_forum
from tests.processes import RedisServer, TertuliaServer, free_port
from tests.soak.entry import CLOCK_FILE, CONTROL_VARIABLE, DIE_FILE, SABOTAGE_VARIABLE
from tests.soak.proxy import Proxy

ROOT: Final = Path(__file__).parents[2]

OUTBOX_BYTES: Final = 16 * 1024
"""Small, so that followers which stop reading for seconds lag as slow readers do after minutes."""

HEARTBEAT_MS: Final = 1000
"""Short, so that a follower over server-sent events notices within seconds that its connection is half-open."""

SMALL_RING_BYTES: Final = 48 * 1024
"""Of every second worker: most of what returning followers ask for is read from the log."""


SUPERVISED: Final = 2
"""The third server, if there are so many, has two workers below a supervisor."""

START_TRIES: Final = 4
START_PAUSE_S: Final = 1.0
"""What a service manager does with a server that does not start."""

POLL_S: Final = 0.02


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that are alive."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [child for child in map(int, words) if is_alive(child)]


def is_alive(pid: int) -> bool:
    """Whether it runs, or could: one that only waits to be buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


class Clock:
    """Milliseconds since the run began; the clock of all records."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def __call__(self) -> int:
        return round((time.monotonic() - self._began_s) * 1000)


@dataclass(frozen=True)
class Writing:
    """Who writes, and where: tokens of members, that of one who may remove, and each forum's threads."""

    tokens: list[str]
    admin_token: str
    threads: dict[int, int]
    """Thread to its forum."""


class SoakServer(TertuliaServer):
    """`tertulia serve` behind the entry of the soak, with a folder through which it is told what to do to itself."""

    program = ("-m", "tests.soak.entry")

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        database: str,
        broker: str,
        workers: int,
        ring_bytes: int | None,
        sabotage: str,
    ) -> None:
        self.control = folder / name
        self.control.mkdir()
        variables = {
            "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)])),
            CONTROL_VARIABLE: str(self.control),
            SABOTAGE_VARIABLE: sabotage,
            "TERTULIA_LOCAL_TOKEN": "false",
            "TERTULIA_MAX_OUTBOX_BYTES": str(OUTBOX_BYTES),
            "TERTULIA_HEARTBEAT_MS": str(HEARTBEAT_MS),
        }
        if ring_bytes is not None:
            variables["TERTULIA_RING_BUDGET_BYTES"] = str(ring_bytes)
        super().__init__(folder, database=database, variables=variables, broker=broker, workers=workers)
        self.port = free_port()
        self.worker_count = workers
        self.log = folder / f"{name}.log"

    @property
    def serving_pids(self) -> list[int]:
        """The processes that serve clients: this one, or those below it."""
        return [self.process.pid] if self.worker_count == 1 else children_of(self.process.pid)

    def kill(self) -> None:
        """All of it at once, as when a container is killed."""
        pids = self.serving_pids
        super().kill()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(map(is_alive, pids)):
            time.sleep(POLL_S)

    def die_at_next_publish(self) -> None:
        (self.control / DIE_FILE).touch()

    def live_after_all(self) -> None:
        (self.control / DIE_FILE).unlink(missing_ok=True)

    def set_clock_offset_ms(self, offset_ms: int) -> None:
        new = self.control / f"{CLOCK_FILE}.new"
        new.write_text(str(offset_ms))
        new.replace(self.control / CLOCK_FILE)


class Worker:
    """A server, the proxy in front of it and the one between it and Redis. ``lock``: one fault at a time."""

    def __init__(self, name: str, server: SoakServer, front: Proxy, to_redis: Proxy | None) -> None:
        self.name = name
        self.server = server
        self.front = front
        self.to_redis = to_redis
        self.lock = asyncio.Lock()
        self.failed_starts = 0

    @property
    def door(self) -> str:
        """Where its clients find it: host and port of the proxy."""
        return f"127.0.0.1:{self.front.port}"

    @property
    def is_supervised(self) -> bool:
        """Whether several processes serve at this door, below a supervisor."""
        return self.server.worker_count > 1

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)
        self.front.target_port = self.server.port

    async def kill(self) -> None:
        await asyncio.to_thread(self.server.kill)

    async def stop(self) -> int:
        return await asyncio.to_thread(self.server.stop)

    async def restart(self) -> None:
        """Start again after whatever ended it: as a service manager does, a few times if need be."""
        for tries_left in reversed(range(START_TRIES)):
            try:
                await asyncio.to_thread(self.server.start)
            except AssertionError:
                self.failed_starts += 1
                if not tries_left:
                    raise
                await asyncio.sleep(START_PAUSE_S)
            else:
                return


@dataclass
class World:
    """Everything that runs, and that faults are done to."""

    clock: Clock
    dice: random.Random
    folder: Path
    database: str
    workers: list[Worker]
    redis: RedisServer | None
    redis_lock: asyncio.Lock

    @property
    def doors(self) -> list[str]:
        return [worker.door for worker in self.workers]


@asynccontextmanager
async def open_world(
    folder: Path,
    dice: random.Random,
    *,
    database: str,
    worker_count: int,
    redis_program: str | None,
    sabotage: str = "",
) -> AsyncIterator[World]:
    """Start a Redis (if a program is given) and the workers, all in ``folder``; leave nothing behind."""
    redis = None if redis_program is None else RedisServer(redis_program, folder)
    world = World(Clock(), dice, folder, database, [], redis, asyncio.Lock())
    try:
        if redis is not None:
            await asyncio.to_thread(redis.start)
        for number in range(worker_count):
            world.workers.append(await _make_worker(world, number, sabotage))
        await asyncio.gather(*(worker.start() for worker in world.workers))
        yield world
    finally:
        await _close(world)


async def _make_worker(world: World, number: int, sabotage: str) -> Worker:
    to_redis = None
    broker = "memory://"
    if world.redis is not None:
        to_redis = Proxy(world.redis.port, random.Random(world.dice.random()))
        await to_redis.start()
        broker = f"redis://127.0.0.1:{to_redis.port}/0"
    front = Proxy(0, random.Random(world.dice.random()))
    await front.start()
    name = f"worker-{number + 1}"
    ring_bytes = SMALL_RING_BYTES if number % 2 else None
    server = SoakServer(
        world.folder,
        name,
        database=world.database,
        broker=broker,
        workers=2 if number == SUPERVISED else 1,
        ring_bytes=ring_bytes,
        sabotage=sabotage,
    )
    return Worker(name, server, front, to_redis)


async def _close(world: World) -> None:
    for worker in world.workers:
        worker.server.close()
        await worker.front.close()
        if worker.to_redis is not None:
            await worker.to_redis.close()
    if world.redis is not None:
        world.redis.close()


async def settle(database: str, *, writer_count: int, forum_count: int, threads_per_forum: int) -> Writing:
    """Members, forums and threads in a new database, before any server runs."""
    async with offline_actions(database) as actions:
        admin_id = await create_member(actions, "Ana", role=Role.ADMINISTRATOR)
        admin_token = await create_api_token(actions, admin_id, "soak")
        member_ids = [await create_member(actions, f"Writer {number}") for number in range(1, writer_count + 1)]
        tokens = [await create_api_token(actions, member_id, "soak") for member_id in member_ids]
        category_id = await actions.store.write(create_category, "General")
        starter = Visitor(member_ids[0], "Writer 1", Role.MEMBER)
        threads = {}
        for forum in range(1, forum_count + 1):
            forum_id = await actions.store.write(create_forum, category_id, f"Forum {forum}")
            for number in range(1, threads_per_forum + 1):
                key = secrets.token_hex(16)
                outcome = await create_thread(
                    actions, starter, forum_id, f"Thread {number}", "The first post.", key=key
                )
                threads[outcome.thread["id"]] = forum_id
    return Writing(tokens, admin_token, threads)
