"""What a scenario plays on: the readers, the posts and the books of one run, and a clock that all share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from tertulia_client.api import Api
from tertulia_client.ledger import Ledger
from tertulia_client.load.crowd import MAX_CONNECTING, Crowd
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.loop_lag import LoopLag
from tertulia_client.load.plan import Plan, Verify
from tertulia_client.load.publisher import Publisher, sleep_or_stop
from tertulia_client.load.timeline import Moment, Timeline
from tertulia_wire.channels import thread_channel
from tertulia_wire.messages import Event

POLL_S: Final = 0.05
MOMENT_S: Final = 1.0

Say = Callable[[str], None]


class Stage:
    """Made for one run. A scenario calls `gather`, `post` and `disturb`; the run itself does the rest."""

    def __init__(
        self,
        plan: Plan,
        api: Api,
        thread_ids: Sequence[int],
        run: str,
        *,
        say: Say = lambda _: None,
        on_moment: Callable[[Stage, Moment], None] | None = None,
        sources: Sequence[str] = (),
        faults: Sequence[Callable[[Stage], Awaitable[None]]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self.api = api
        self.run = run
        self.thread_ids = thread_ids
        self.say = say
        self.clock = clock
        self.stopping = asyncio.Event()
        self.ledger = Ledger()
        self.delivery_times = Histogram()
        self.own_delays = Histogram()
        """Of stamped readers: from the kernel's stamp of the bytes until the reader had them."""
        self.kernel_times = Histogram()
        """Of the same deliveries: from the planned time of the post until its bytes were in the kernel."""
        self.other_times: dict[str, Histogram] = {}
        self.failed = 0
        self.first_failure = ""
        self.timeline = Timeline(clock)
        self.lag = LoopLag(clock)
        self.connect_s = 0.0
        self._on_moment = on_moment
        self._faults = faults
        follows, posts_in = plan.chooser("reader"), plan.chooser("post")
        channels = [thread_channel(thread_id) for thread_id in thread_ids]
        places = [follows(number) for number in range(plan.readers + 1)]
        self.publisher = Publisher(
            api,
            lambda index: thread_ids[posts_in(index)],
            run,
            rate=plan.rate,
            count=plan.post_count,
            ledger=self.ledger,
            clock=clock,
        )
        self.crowd = Crowd(
            plan.address,
            lambda number: channels[places[number]],
            ledger=self.ledger,
            clock=clock,
            on_event=self._on_event,
            token=plan.token,
            books=plan.verify.books,
            stamped_readers=plan.stamped_readers,
            sources=sources,
        )

    # What a scenario does

    async def gather(self, *, max_connecting: int = MAX_CONNECTING) -> None:
        """Connect all readers. A group of errors (`ClientError`) if one cannot be."""
        readers = self.plan.readers
        if not readers:
            return
        self.say(f"connecting {readers:,} readers to {self.plan.address.origin}")
        began_s = self.clock()
        await self.crowd.connect_all(readers, max_connecting=max_connecting)
        self.connect_s = self.clock() - began_s
        self.say(f"connected after {self.connect_s:.1f} s")

    async def post(self, *beside: Callable[[], Awaitable[None]]) -> None:
        """Write all posts of the plan, and do this ``beside``; until both are done."""
        plan = self.plan
        self.say(f"{plan.post_count:,} posts at {plan.rate:g}/s follow")
        await self.watch(lambda: self.publisher.run(self.stopping), *beside)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nobody misses anything, or it is too late; then once more, for what comes twice."""
        if not self.plan.readers:
            return
        self.say("posted; waiting for the last deliveries")
        deadline_s = self.clock() + self.plan.settle_s
        while not self.ledger.is_settled and self.clock() < deadline_s:  # noqa: ASYNC110 - booked too often to be told
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(POLL_S if self.plan.verify is not Verify.OFF else min(1.0, self.plan.settle_s))

    async def watch(self, *parts: Callable[[], Awaitable[None]]) -> None:
        """Do these side by side, while the generator watches itself; only such times are charted."""
        self.lag, self.timeline.began_s = LoopLag(self.clock), self.clock()
        watching = [asyncio.create_task(self.lag.run()), asyncio.create_task(self._tick())]
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(_run(part))
                for fault in self._faults:
                    group.create_task(_run(partial(fault, self)))
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            self._close_moment()

    async def sleep(self, delay_s: float) -> bool:
        """Wait; False if the run was told to stop meanwhile."""
        await sleep_or_stop(delay_s, self.stopping)
        return not self.stopping.is_set()

    def mark(self, words: str) -> None:
        """Tell what is done to the readers or the server: it stands in the charts."""
        self.say(words)
        self.timeline.mark(words)

    def times(self, name: str) -> Histogram:
        """A histogram of the scenario's own; it is in the report under this name."""
        return self.other_times.setdefault(name, Histogram())

    def fail(self, sentence: str) -> None:
        """Book that something which was asked of the server was not done."""
        self.failed += 1
        self.first_failure = self.first_failure or sentence

    def some_readers(self, purpose: str, share: float) -> list[int]:
        """The numbers of so many readers, at least one; the seed decides which."""
        count = min(self.plan.readers, max(1, round(self.plan.readers * share)))
        return sorted(self.plan.rng(purpose).sample(range(1, self.plan.readers + 1), count))

    # What the run does

    def _on_event(self, event: Event, arrived_s: float, own_delay_s: float | None) -> None:
        planned_s = self.publisher.planned_s(str(event.data.get("key_hash")))
        if planned_s is None:
            return
        time_s = arrived_s - planned_s
        self.delivery_times.record(time_s)
        self.timeline.record(time_s)
        if own_delay_s is not None:
            self.own_delays.record(own_delay_s)
            self.kernel_times.record(time_s - own_delay_s)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(MOMENT_S)
            self._close_moment()

    def _close_moment(self) -> None:
        moment = self.timeline.close_moment(
            connected=self.crowd.connected,
            acknowledged=self.publisher.acknowledged,
            lag_s=self.lag.lags.percentile_s(99),
        )
        if self._on_moment is not None:
            self._on_moment(self, moment)


async def _run(part: Callable[[], Awaitable[None]]) -> None:
    await part()
