"""What a scenario plays on: the readers, the posts and the books of one run, and a clock that all share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Final

from tertulia_client.api import Api
from tertulia_client.ledger import NOTHING, Balance, Ledger
from tertulia_client.load.crowd import MAX_CONNECTING, Crowd, MakeReader
from tertulia_client.load.gone import until_gone
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.loop_lag import LoopLag
from tertulia_client.load.plan import Plan, Verify
from tertulia_client.load.publisher import Publisher, sleep_or_stop
from tertulia_client.load.server_metrics import ServerMoment
from tertulia_client.load.sight import Sight
from tertulia_client.load.soundness import Parts
from tertulia_client.load.timeline import Moment, Timeline
from tertulia_wire.channels import thread_channel
from tertulia_wire.messages import Event

POLL_S: Final = 0.05
MOMENT_S: Final = 1.0
BALANCED_AT_ONCE: Final = 200
"""Accounts that are added up in one go for whoever looks on: well below a millisecond."""

Say = Callable[[str], None]
OnMoment = Callable[["Stage", Moment | None], None]
"""Called once a second: with the second that has ended, or None while what happens is not charted."""


Posts = Callable[[], Iterable[tuple[str, float]]]
"""Of each post its key, and when it is due after the beginning (s); as `Publisher.plan`."""


class Team:
    """Who else works on the run: here nobody. Each step that several processes take together is a method."""

    def owns(self, number: int) -> bool:
        """Whether the reader with this number is ours."""
        return number > 0

    async def begin(self, stage: Stage, posts: Posts) -> float:
        """When the first post is planned: on the clock of the stage. ``posts`` are what one of us will write."""
        del posts
        return stage.clock()

    async def publish(self, stage: Stage, write: Callable[[], Awaitable[None]]) -> None:
        """Write all posts, or wait until they are written."""
        del stage
        await write()

    async def settle(self, stage: Stage) -> None:
        """Until nobody misses anything, or it is too late."""
        await stage.wait_until_settled()

    def seen(self, sight: Sight) -> Sight:
        """What all see, beside what this process does."""
        return sight


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
        on_moment: OnMoment | None = None,
        sources: Sequence[str] = (),
        faults: Sequence[Callable[[Stage], Awaitable[None]]] = (),
        team: Team | None = None,
        clock: Callable[[], float] = time.monotonic,
        make_reader: MakeReader | None = None,
        watchers: Sequence[Callable[[Stage], Awaitable[None]]] = (),
    ) -> None:
        self.plan = plan
        self.team = team or Team()
        self._others_balance = NOTHING
        self._others_complaints: list[str] = []
        self._others_connected = 0
        self.others_waited_share = 0.0
        self.api = api
        self.run = run
        self.thread_ids = thread_ids
        self.say = say
        self.clock = clock
        self.stopping = asyncio.Event()
        self.ledger = Ledger()
        self.delivery_times = Histogram()
        self.parts = Parts()
        self.other_times: dict[str, Histogram] = {}
        self.failed = 0
        self.first_failure = ""
        self.gone_at_s: float | None = None
        """Since when nobody has answered, if the server did not come back: seconds from the beginning."""
        self.server_moments: Sequence[ServerMoment] = ()
        self.notes: list[str] = []
        """Sentences for the report, about how it was measured."""
        self.phase = "getting ready"
        self.sight = Sight()
        """How it was at the last second that somebody looked on."""
        self.timeline = Timeline(clock)
        self.lag = LoopLag(clock)
        self.connect_s = 0.0
        self._member_apis: dict[str, Api] = {}
        self._balance_seen = NOTHING
        self._timed_event: Event | None = None
        self._planned_s: float | None = None
        self._on_moment = on_moment
        self._faults = faults
        self._watchers = watchers
        self.publisher = self._make_publisher()
        self.crowd = self._make_crowd(sources, make_reader)

    def _make_publisher(self) -> Publisher:
        plan, posts_in = self.plan, self.plan.chooser("post")
        return Publisher(
            self.api,
            lambda index: self.thread_ids[posts_in(index)],
            self.run,
            arrivals=plan.arrivals(),
            ledger=self.ledger,
            clock=self.clock,
        )

    def _make_crowd(self, sources: Sequence[str], make_reader: MakeReader | None) -> Crowd:
        plan, follows = self.plan, self.plan.chooser("reader")
        channels = [thread_channel(thread_id) for thread_id in self.thread_ids]
        places = [follows(number) for number in range(plan.readers + 1)]
        return Crowd(
            plan.address,
            lambda number: channels[places[number]],
            ledger=self.ledger,
            clock=self.clock,
            on_event=self._on_event,
            token=plan.token,
            books=plan.verify.books,
            stamped=self._stamped(),
            sources=sources,
            owns=self.team.owns,
            make_reader=make_reader,
        )

    def _stamped(self) -> frozenset[int]:
        """Readers of ours, spread over the crowd: the first to connect are the first that a server writes to."""
        owned = self.owned(range(1, self.plan.readers + 1))
        return frozenset(self.plan.rng("stamped").sample(owned, min(len(owned), self.plan.stamped_readers)))

    def api_of(self, number: int) -> Api:
        """The account of the virtual user with this number: they have those of the run's members by turns."""
        tokens = self.plan.member_tokens
        if not tokens:
            return self.api
        token = tokens[number % len(tokens)]
        if token not in self._member_apis:
            self._member_apis[token] = Api(self.plan.address, token=token)
        return self._member_apis[token]

    async def close(self) -> None:
        """Disconnect everybody."""
        await self.crowd.close()
        for api in self._member_apis.values():
            await api.close()

    # What a scenario does

    async def gather(self, *, max_connecting: int = MAX_CONNECTING) -> None:
        """Connect all readers. A group of errors (`ClientError`) if one cannot be."""
        readers = self.plan.readers
        if not any(self.team.owns(number) for number in range(1, readers + 1)):
            return
        self.say(f"connecting {readers:,} readers to {self.plan.address.origin}")
        began_s = self.clock()
        async with self._looked_on("connecting"):
            await self.crowd.connect_all(readers, max_connecting=max_connecting)
        self.connect_s = self.clock() - began_s
        self.say(f"connected after {self.connect_s:.1f} s")

    async def post(self, *beside: Callable[[], Awaitable[None]]) -> None:
        """Write all posts of the plan, and do this ``beside``; until both are done."""
        plan = self.plan
        self.say(f"{plan.post_count:,} posts {plan.pace} follow")
        began_s = await self.begin(self.publisher.plan)
        write = partial(self.publisher.run, self.stopping, began_s=began_s)
        await self.watch(partial(self.team.publish, self, write), *beside)
        await self.settle()

    async def begin(self, posts: Posts) -> float:
        """When all who share the run are ready, the moment from which on it is planned."""
        async with self._looked_on("connecting"):
            return await self.team.begin(self, posts)

    async def settle(self) -> None:
        """Wait until nobody misses anything, or it is too late."""
        if self.plan.readers:
            self.say("posted; waiting for the last deliveries")
            async with self._looked_on("waiting for the last deliveries"):
                await self.team.settle(self)

    async def wait_until_settled(self) -> None:
        """That, for the readers of this process; then once more, for what comes twice."""
        deadline_s = self.clock() + self.plan.settle_s
        while not self.ledger.is_settled and self.clock() < deadline_s:  # noqa: ASYNC110 - booked too often to be told
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(POLL_S if self.plan.verify is not Verify.OFF else min(1.0, self.plan.settle_s))

    async def watch(self, *parts: Callable[[], Awaitable[None]]) -> None:
        """Do these side by side, while the generator watches itself; only such times are charted."""
        self.lag, self.timeline.began_s = LoopLag(self.clock), self.clock()
        self.phase = "running"
        watching = [asyncio.create_task(self.lag.run()), asyncio.create_task(self._tick())]
        watching += [asyncio.create_task(_run(partial(watcher, self))) for watcher in self._watchers]
        try:
            async with asyncio.TaskGroup() as group:
                doing = [group.create_task(_run(part)) for part in (*parts, *self._played_faults())]
                watching.append(asyncio.create_task(self._end_when_gone(doing)))
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            self._look(self._close_moment(), self._balance_seen)

    def _played_faults(self) -> list[Callable[[], Awaitable[None]]]:
        return [partial(fault, self) for fault in self._faults]

    async def _end_when_gone(self, doing: Sequence[asyncio.Task[None]]) -> None:
        """What is under way will get no answer any more."""
        gone_s = await until_gone(self.plan.address, self.clock, lambda: self.crowd.connected == 0)
        self.gone_at_s = gone_s - self.timeline.began_s
        self.say(f"the server has been gone for {self.clock() - gone_s:.0f} s: the run ends here")
        self.stopping.set()
        for task in doing:
            task.cancel()

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

    def owned(self, numbers: Iterable[int]) -> list[int]:
        """Those of them that this process holds."""
        return [number for number in numbers if self.team.owns(number)]

    # The books of all processes

    def add_books(self, balance: Balance, complaints: Sequence[str], *, connected: int) -> None:
        """What another process has booked for its readers."""
        sums = {name: value + getattr(balance, name) for name, value in asdict(self._others_balance).items()}
        self._others_balance = Balance(**sums)
        self._others_complaints += complaints
        self._others_connected += connected

    @property
    def balance(self) -> Balance:
        others = asdict(self._others_balance)
        return Balance(**{name: value + others[name] for name, value in asdict(self.ledger.balance()).items()})

    @property
    def complaints(self) -> list[str]:
        return [*self.ledger.complaints(), *self._others_complaints]

    @property
    def is_looked_on(self) -> bool:
        return self._on_moment is not None

    @property
    def waited_share(self) -> float:
        """For which part of the time one of the processes wanted a core that others had: the most of any."""
        return max(self.lag.waited_share, self.others_waited_share)

    @property
    def connected(self) -> int:
        return self.crowd.connected + self._others_connected

    def look_now(self, balance: Balance = NOTHING, second: Histogram | None = None) -> Sight:
        """How it is, in all processes; what adding up the books would take time for is said by the caller."""
        crowd = self.crowd
        sight = Sight(
            crowd.connected, crowd.reconnects, balance, self.delivery_times, second or Histogram(), self.parts
        )
        sight.note_lag(self.lag)
        return self.team.seen(sight)

    # What the run does

    def _on_event(self, event: Event, arrived_s: float, own_delay_s: float | None) -> None:
        if event is not self._timed_event:  # all readers are given the same one
            self._timed_event = event
            self._planned_s = self.publisher.planned_s(str(event.data.get("key_hash")))
        planned_s = self._planned_s
        if planned_s is None:
            return
        time_s = arrived_s - planned_s
        self.delivery_times.record(time_s)
        self.timeline.record(time_s)
        if own_delay_s is not None:
            sent_late_s = self.publisher.sent_late_s(str(event.data.get("key_hash")))
            self.parts.record(time_s, min(time_s, own_delay_s + sent_late_s))

    @asynccontextmanager
    async def _looked_on(self, phase: str) -> AsyncIterator[None]:
        """Shown once a second to whoever looks on, though it is not charted."""

        async def show_again() -> None:
            while True:
                await asyncio.sleep(MOMENT_S)
                await self._show(None)

        before, self.phase = self.phase, phase
        showing = asyncio.create_task(show_again())
        try:
            yield
        finally:
            self.phase = before
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(MOMENT_S)
            await self._show(self._close_moment())

    async def _show(self, moment: Moment | None) -> None:
        if self._on_moment is None:
            return
        so_far = NOTHING
        for step in self.ledger.balance_in_steps(BALANCED_AT_ONCE):
            so_far = step
            await asyncio.sleep(0)
        self._look(moment, so_far)

    def _look(self, moment: Moment | None, balance: Balance) -> None:
        """``balance`` is of the accounts of this process."""
        self._balance_seen = balance
        if self._on_moment is None:
            return
        second = Histogram()
        if moment is not None and self.timeline.counts:
            second.merge(self.timeline.counts[-1])
        self.sight = self.look_now(balance, second)
        self._on_moment(self, None if moment is None else self.sight.moment(moment))

    def _close_moment(self) -> Moment:
        return self.timeline.close_moment(
            connected=self.crowd.connected,
            acknowledged=self.publisher.acknowledged,
            lag_s=self.lag.lags.percentile_s(99),
        )


async def _run(part: Callable[[], Awaitable[None]]) -> None:
    await part()
