"""Virtual users: classes in a file of one's own, whose visits are planned and whose steps are timed.

class Reader(VirtualUser):
    weight = 9

    async def visit(self) -> None:
        page = await self.read_thread()
        await self.think(1, 3)
        await self.rate(page.posts[0]["id"], "positive")
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import ClassVar, TypeVar

from tertulia_client.api import PostsPage
from tertulia_client.client import Client
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, Reset
from tertulia_client.load.stage import Stage
from tertulia_wire.channels import thread_channel
from tertulia_wire.data import PostData

Result = TypeVar("Result")


class VirtualUser:
    """One visit of somebody. Override `visit`; of several classes in a file each is met as often as its ``weight``.

    Times count from when a step was due: the first from the planned arrival, each later one from the end of the step
    before it and of the thinking between them. A step that is refused is booked as failed and ends the visit.
    """

    weight: ClassVar[float] = 1.0

    def __init__(self, stage: Stage, number: int, arrives_s: float) -> None:
        self.number = number
        self.rng: random.Random = stage.plan.rng(f"user/{number}")
        self.thread_id = stage.thread_ids[stage.plan.chooser("visit")(number)]
        self._stage = stage
        self._api = stage.api_of(number)
        self._due_s = arrives_s
        self._posts = 0

    async def visit(self) -> None:
        """What this user does, step by step."""
        raise NotImplementedError

    async def read_thread(self, page: int = 1) -> PostsPage:
        """A page of this user's thread, through the API."""
        return await self.step("read thread", self._api.read_posts(self.thread_id, page))

    async def post(self, text: str) -> PostData:
        """Write into this user's thread; its delivery to the readers of the run is timed like any other."""
        self._posts += 1
        key = f"user-{self._stage.run}-{self.number}-{self._posts}"
        writing = self._stage.publisher.publish(self.thread_id, text, key, self._due_s, api=self._api)
        return (await self.step("post", writing)).post

    async def edit(self, post: PostData, text: str) -> PostData:
        editing = self._api.edit_post(post["id"], text, version=post["version"])
        return (await self.step("edit", editing)).post

    async def rate(self, post_id: int, mark: str = "positive") -> PostData:
        """``positive``, ``negative`` or ``none``; nobody rates a post of their own."""
        rating = self._api.rate_post(post_id, mark)  # type: ignore[arg-type]  # the server says what is a mark
        return (await self.step("rate", rating)).post

    async def follow(self) -> AsyncIterator[Event | Reset]:
        """Events of this user's thread from now on, for as long as one iterates."""
        plan = self._stage.plan
        async with Client(plan.address.origin, token=plan.token) as client:
            async for event in client.follow(thread_channel(self.thread_id)):
                self._due_s = self._stage.clock()
                yield event

    async def think(self, least_s: float, most_s: float | None = None) -> None:
        """Do nothing for so long, or for a time between the two; the seed decides."""
        self._due_s += least_s if most_s is None else self.rng.uniform(least_s, most_s)
        await asyncio.sleep(max(0.0, self._due_s - self._stage.clock()))

    async def step(self, name: str, doing: Awaitable[Result]) -> Result:
        """Do something of one's own, and have it timed under this name."""
        async with self._timed(name):
            return await doing

    @asynccontextmanager
    async def _timed(self, name: str) -> AsyncIterator[None]:
        yield
        now_s = self._stage.clock()
        self._stage.times(name).record(now_s - self._due_s)
        self._due_s = now_s


async def visit_all(stage: Stage, kinds: list[type[VirtualUser]], max_at_once: int) -> None:
    """Begin ``plan.post_count`` visits as the plan has them; until all have ended, or it is too late for them."""
    plan, room = stage.plan, asyncio.Semaphore(max_at_once)
    choose, weights = plan.rng("kinds"), [kind.weight for kind in kinds]
    began_s, arrivals = stage.clock(), plan.arrivals()
    end_s = began_s + plan.duration_s + plan.settle_s

    async def one(user: VirtualUser) -> None:
        try:
            async with asyncio.timeout(max(0.0, end_s - stage.clock())):
                await user.visit()
        except ClientError as error:
            stage.fail(f"{type(user).__name__} {user.number}: {error}")
        except TimeoutError:
            stage.fail(f"{type(user).__name__} {user.number} did not end in time")
        except Exception as error:  # noqa: BLE001 - a script of somebody's: its fault is told as that of the visit
            stage.fail(f"{type(user).__name__} {user.number}: {type(error).__name__}: {error}")
        finally:
            room.release()

    async with asyncio.TaskGroup() as group:
        for index in range(plan.post_count):
            kind = choose.choices(kinds, weights)[0]
            arrives_s = began_s + arrivals.offset_s(index)
            await stage.sleep(arrives_s - stage.clock())
            await room.acquire()
            if stage.stopping.is_set():
                return
            group.create_task(one(kind(stage, index + 1, arrives_s)))
