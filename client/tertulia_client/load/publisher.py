"""Posts on a plan: an open model, so that a slow server cannot slow the load that measures it.

Each post has its time from the start, and its times count from that: what a busy server or a busy generator adds
before the request even leaves is part of what a reader waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tertulia_client.api import Api, PostReceipt
from tertulia_client.errors import ClientError
from tertulia_client.ledger import Ledger
from tertulia_client.load.arrivals import Arrivals
from tertulia_client.load.histogram import Histogram
from tertulia_wire.channels import thread_channel
from tertulia_wire.events import key_hash

MAX_IN_FLIGHT: Final = 200
"""Requests that wait for an answer; beyond that the plan itself is late, which the times show."""

POST_DEADLINE_S: Final = 15.0
WORTH_NOTING_S: Final = 0.001
"""A post that is sent this much late, or less, was sent in time."""

POST_CHARS: Final = 300

_FILLER: Final = "The quick talk of a full room, written down so that a post has the length of a post. "


class Publisher:
    """Writes the posts of a plan, each when it is due; ``thread_of`` says for each (from 0) in which thread."""

    def __init__(
        self,
        api: Api,
        thread_of: Callable[[int], int],
        run: str,
        *,
        arrivals: Arrivals,
        ledger: Ledger,
        clock: Callable[[], float],
    ) -> None:
        self._api = api
        self._thread_of = thread_of
        self._run = run
        self._arrivals = arrivals
        self._count = arrivals.count
        self._ledger = ledger
        self._clock = clock
        self._planned_s: dict[str, float] = {}
        self._sent_late_s: dict[str, float] = {}
        self._expected: dict[str, float] = {}
        self._began_s = 0.0
        self._room = asyncio.Semaphore(MAX_IN_FLIGHT)
        self.acknowledge_times = Histogram()
        self.acknowledged = 0
        self.failed = 0
        self.first_failure = ""
        self.post_ids: list[int] = []
        """Of those that were acknowledged: what a run may take away again when it is over."""

    def planned_s(self, hashed_key: str) -> float | None:
        """When the post with this hash of its key was to be sent; None for a post of somebody else."""
        offset_s = self._expected.get(hashed_key)
        return self._planned_s.get(hashed_key) if offset_s is None else self._began_s + offset_s

    def sent_late_s(self, hashed_key: str) -> float:
        """By how much we were late with this post ourselves; 0.0 when we were not, or it is another's."""
        return self._sent_late_s.get(hashed_key, 0.0)

    def note_late(self, key: str, late_s: float) -> None:
        """The post with this key was sent so much after its time, and that was our doing."""
        if late_s > WORTH_NOTING_S:
            self._sent_late_s[key_hash(key)] = late_s

    def plan(self) -> Iterator[tuple[str, float]]:
        """Of each post its key, and when it is due: seconds after the beginning."""
        return ((self._key(index), self._arrivals.offset_s(index)) for index in range(self._count))

    def expect(self, posts: Iterable[tuple[str, float]]) -> None:
        """Know the posts that another process will write; a million takes seconds, so do it before they begin."""
        self._expected = {key_hash(key): offset_s for key, offset_s in posts}

    def note_began(self, began_s: float) -> None:
        """The other process plans its first post for this time."""
        self._began_s = began_s

    async def run(self, stopping: asyncio.Event, *, began_s: float | None = None) -> None:
        """Until all posts are answered; told to stop, no more are begun. The first is planned for ``began_s``: now."""
        began_s = self._clock() if began_s is None else began_s
        turn_s = began_s
        async with asyncio.TaskGroup() as group:
            for index in range(self._count):
                planned_s = began_s + self._arrivals.offset_s(index)
                await sleep_or_stop(planned_s - self._clock(), stopping)
                late_s = self._clock() - max(planned_s, turn_s)  # a wait for room below is the server's
                self.note_late(self._key(index), late_s)
                await self._room.acquire()
                turn_s = self._clock()
                if stopping.is_set():
                    return
                group.create_task(self._post(index, planned_s))

    async def _post(self, index: int, planned_s: float) -> None:
        try:
            await self.publish(self._thread_of(index), self._text(index), self._key(index), planned_s)
        except ClientError as error:
            self.failed += 1
            self.first_failure = self.first_failure or str(error)
        finally:
            self._room.release()

    async def publish(
        self, thread_id: int, text: str, key: str, planned_s: float, *, api: Api | None = None
    ) -> PostReceipt:
        """Write one post that was to be sent at ``planned_s``, and book it. `ClientError` when it is refused."""
        self._planned_s[key_hash(key)] = planned_s
        receipt = await (api or self._api).create_post(thread_id, text, key=key, deadline_s=POST_DEADLINE_S)
        self.acknowledged += 1
        self.acknowledge_times.record(self._clock() - planned_s)
        self.post_ids.append(receipt.post["id"])
        self._ledger.note_head(thread_channel(thread_id), receipt.cursor.seq)
        return receipt

    def _key(self, index: int) -> str:
        return f"load-{self._run}-{index + 1:06d}"

    def _text(self, index: int) -> str:
        """About `POST_CHARS` characters, no two alike."""
        text = f"Post {index + 1} of {self._count} of load run {self._run}. "
        return (text + _FILLER * (POST_CHARS // len(_FILLER) + 1))[:POST_CHARS].strip()


async def sleep_or_stop(delay_s: float, stopping: asyncio.Event) -> None:
    """Wait so long, or until told to stop, whichever is first; not at all for a time that is over."""
    if delay_s <= 0:
        return
    try:
        async with asyncio.timeout(delay_s):
            await stopping.wait()
    except TimeoutError:
        pass
