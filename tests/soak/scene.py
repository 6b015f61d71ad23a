"""What a fault may lay its hands on, and what is kept of each that was injected."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.postgresql import PostgresServer
from tests.soak.followers import Follower
from tests.soak.world import Worker, World
from tests.soak.writers import Writer

REDIS: Final = "redis"
POSTGRESQL: Final = "postgresql"
SQLITE: Final = "sqlite"
SUPERVISOR: Final = "supervisor"


@dataclass
class Scene:
    """The world and who lives in it; ``burster`` writes at a fault's wish."""

    world: World
    followers: Sequence[Follower]
    burster: Writer
    renewed_ms: list[int]
    """When the log was given a new epoch on purpose; from then on followers may be reset."""

    postgresql: PostgresServer | None = None
    store_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


Act = Callable[[Scene, random.Random], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """``act`` does the harm and returns when it is over and what was ended runs again.

    ``needs``: what the world must have. ``holds_delivery``: while it lasts, it keeps the followers' own worker or road
    from delivering, so that their delays count from its end; the others have no such excuse.
    """

    name: str
    act: Act
    needs: frozenset[str] = field(default_factory=frozenset)
    holds_delivery: bool = False


class Injection(NamedTuple):
    """One fault that happened, from its begin to its end, by the clock of the records."""

    name: str
    began_ms: int
    ended_ms: int
    holds_delivery: bool


FAULTS: Final[dict[str, Fault]] = {}


def fault(name: str, *needs: str, holds_delivery: bool = False) -> Callable[[Act], Act]:
    """Enter a function in the table of faults under this name."""

    def enter(act: Act) -> Act:
        assert name not in FAULTS
        FAULTS[name] = Fault(name, act, frozenset(needs), holds_delivery)
        return act

    return enter


async def inject(one: Fault, scene: Scene, seed: int) -> Injection:
    """Do it, with dice of its own: the same seed chooses the same victims and times."""
    began_ms = scene.world.clock()
    await one.act(scene, random.Random(seed))
    return Injection(one.name, began_ms, scene.world.clock(), one.holds_delivery)


def some_workers(scene: Scene, dice: random.Random) -> list[Worker]:
    """One of them, or all."""
    workers = scene.world.workers
    return list(workers) if dice.random() < 0.3 else [dice.choice(workers)]


async def last(dice: random.Random, shortest_s: float, longest_s: float) -> None:
    """As long as the dice say."""
    await asyncio.sleep(dice.uniform(shortest_s, longest_s))
