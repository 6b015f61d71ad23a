"""One run of a bot: events come in by a thread that keeps the connection, and are handled here, in lanes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from types import FrameType, TracebackType
from typing import Any, Final, Self

from tertulia_client import notices as n
from tertulia_client.api import Api
from tertulia_client.background import BackgroundFollower
from tertulia_client.bots.answers import Answers
from tertulia_client.bots.calls import Switchboard
from tertulia_client.bots.collection import Middleware, Routine
from tertulia_client.bots.following import Following
from tertulia_client.bots.health import Figures, Health, state_of
from tertulia_client.bots.health_page import HealthPage
from tertulia_client.bots.lanes import Lanes
from tertulia_client.bots.memory import Job, Memory
from tertulia_client.bots.options import LATE_S, Lag, OnLag, Options
from tertulia_client.bots.shared_memory import SharedMemory
from tertulia_client.bots.shares import Share
from tertulia_client.bots.state import open_state
from tertulia_client.bots.watchdog import Watchdog
from tertulia_client.bots.work import Work
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, PostCreated, PostEdited, Reset, read_event
from tertulia_client.subscription import Since, why_reset

LAZY_SAVE_S: Final = 0.5
"""Events that nobody handles may be passed over once more after a crash: their places are kept now and then."""

LAG_QUIET_S: Final = 10.0
"""A bot that is fed faster than it works fills up again and again; it is told of that so often at most."""

log = logging.getLogger("tertulia_client.bot")


class Run:
    """``async with Run(...) as run``: connect its handlers, follow channels, and `listen`."""

    def __init__(self, options: Options, on_lag: OnLag | None, share: Share | None = None) -> None:
        """``share``: only events of the parts that are held now are this run's."""
        self._options = options
        self._on_lag = on_lag
        self._stack = AsyncExitStack()
        self._executor = ThreadPoolExecutor(options.max_parallel, "handler")
        self._tasks: set[asyncio.Task[None]] = set()
        self._routines: list[asyncio.Task[None]] = []
        self._followed: set[str] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._save_soon: asyncio.TimerHandle | asyncio.Handle | None = None
        self._lag_told_s = -LAG_QUIET_S
        self._is_running = True
        self._is_abandoned = False
        self.figures = Figures()
        self.member_id: int | None = None
        self.switchboard = Switchboard([], {}, prefix=options.prefix)
        self.middlewares: list[Middleware] = []
        self.state = open_state(options.state if share is None else None)
        self.memory = Memory(self.state) if share is None else SharedMemory(share)
        self.api = Api(options.address, token=options.token)
        self.page = (
            None
            if options.health_port is None
            else HealthPage(lambda: self.health, port=options.health_port, host=options.health_host)
        )
        self.follower = BackgroundFollower(
            options.address, token=options.token, beside=None if self.page is None else self.page.serve
        )
        self.following = Following(self.api, self.follow, lambda channel: self.memory.cursor(channel) is not None)
        self.watchdog = Watchdog(self._title_of_stack, blocked_s=options.blocked_s)
        work = Work(
            middlewares=lambda: self.middlewares,
            answers=self._answers,
            executor=self._executor,
            figures=self.figures,
            retry=options.retry,
            dead_letters=options.dead_letters,
        )
        self._work = work
        self._lanes: Lanes[Job] = Lanes(
            self._handle,
            max_parallel=options.max_parallel,
            max_waiting=options.max_waiting,
            when_full=options.when_full,
            on_full=self._tell_lag,
            on_dropped=self._drop,
        )

    async def __aenter__(self) -> Self:
        self._stack.callback(self.state.close)
        self._stack.callback(self._executor.shutdown, wait=False, cancel_futures=True)
        await self._stack.enter_async_context(self.api)
        await asyncio.to_thread(self.follower.start)
        self._stack.push_async_callback(asyncio.to_thread, self.follower.close)
        await self._stack.enter_async_context(self.watchdog)
        await self._lanes.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let handlers that are at work end, and keep the place."""
        self._is_running = False
        try:
            await self._end_tasks()
            await self._lanes.__aexit__(None, None, None)
            self._save()
        finally:
            await self._stack.aclose()

    def abandon(self) -> None:
        """As by kill -9: what is at work is left where it is, and nothing is kept any more."""
        self._is_abandoned = True
        self._lanes.abandon()

    def connect(
        self,
        switchboard: Switchboard,
        *,
        middlewares: list[Middleware],
        routines: Sequence[tuple[float, Routine]],
    ) -> None:
        """Call these functions from now on; routines of before end."""
        self.switchboard, self.middlewares = switchboard, middlewares
        for task in self._routines:
            task.cancel()
        self._routines = [self._spawn(_repeat(interval_s, routine)) for interval_s, routine in routines]

    def follow(self, channel: str, since: Since) -> None:
        """From where the bot was or, if it never was there, from ``since``."""
        self._followed.add(channel)
        self.follower.follow(channel, self.memory.beginning(channel, since))

    async def listen(self, stopping: asyncio.Event, tasks: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Take what comes until told to stop. `ClientError` when the server refuses, or nothing can be kept."""
        for work in tasks:
            self._spawn(self._or_fail(work))
        taking = self._spawn(self._take_all())
        taking.add_done_callback(_retrieve)
        self._failure.add_done_callback(_retrieve)
        ending = asyncio.create_task(stopping.wait())
        waited: list[asyncio.Future[Any]] = [taking, ending, self._failure]
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if self._failure.done():
                self._failure.result()
            if taking.done():
                taking.result()
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)

    async def _or_fail(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ClientError as error:
            self._fail(error)

    def _fail(self, error: ClientError) -> None:
        """The first error ends the run."""
        if not self._failure.done():
            self._failure.set_exception(error)

    @property
    def is_live(self) -> bool:
        """Connected and caught up in all that is to be followed; a line alone is not enough."""
        is_followed = self.following.is_settled and self._followed <= set(self.follower.channels)
        return is_followed and self.follower.is_live

    @property
    def health(self) -> Health:
        """May be asked from another thread."""
        oldest_wait_s = self._lanes.oldest_wait_s
        follower = self.follower
        state = state_of(
            is_running=self._is_running,
            is_connected=follower.is_connected,
            is_deaf=follower.is_deaf,
            is_live=self.is_live,
            is_late=oldest_wait_s > LATE_S,
        )
        places = self.memory.places
        channels = {name: f"{one.value} {places.get(name, '')}".strip() for name, one in follower.channels.items()}
        waiting = self._lanes.waiting_count + follower.waiting_count
        return Health(state, channels, waiting, oldest_wait_s, self.watchdog.blocked_count, self.figures)

    async def _take_all(self) -> None:
        while notices := await self.follower.take():
            for notice in notices:
                if isinstance(notice, n.EventReceived):
                    await self._on_event(read_event(notice))
                else:
                    await self._on_notice(notice)

    async def _on_event(self, event: Event) -> None:
        self.figures.received += 1
        job = self.memory.begin(event)
        if job is not None and not self._is_own(event):
            job.calls = self.switchboard.calls(event)
        if job is not None and job.calls:
            await self._lanes.put(event.lane, job, None if job.about is None else job.about[:2])
            return
        if job is not None:
            self.memory.end(job)
        self._save_later(LAZY_SAVE_S)

    async def _on_notice(self, notice: n.Notice) -> None:
        match notice:
            case n.Greeted(data):
                self._on_greeted(data)
            case n.ChannelLive(channel, cursor):
                log.info("%s is live at %s", channel, cursor)
                self.memory.settle(channel, cursor)
                self._save_later(0)
            case n.ChannelReset(channel, cursor, reason):
                log.warning(
                    "%s begins anew at %s, and events may have been missed: %s", channel, cursor, why_reset(reason)
                )
                self.figures.resets += 1
                job = self.memory.begin_reset(Reset(channel, cursor, reason))
                job.calls = self.switchboard.calls(job.event)
                await self._lanes.put(channel, job)
            case n.ChannelEnded():
                self._on_ended(notice)
            case n.Disconnected(reason, retry_s):
                self.figures.disconnects += 1
                log.warning("%s; next try in %.1f s", reason, retry_s)
            case n.ChannelDelayed(channel, _, reason, retry_s):
                log.warning("%s must wait %.1f s: %s", channel, retry_s, reason)
            case _:
                log.debug("%s", notice)

    def _on_greeted(self, data: Mapping[str, Any]) -> None:
        member = data.get("member")
        who = member if isinstance(member, Mapping) else {}
        self.member_id = who.get("id")
        name = str(who.get("name", "a guest"))
        self.state.check_owner(self._options.address.origin, self.key_name, name)
        log.info("connected to %s as %s", self._options.address.origin, name)
        if not who:
            log.warning("a guest reads what everybody may, and writes nothing: to answer, a bot needs its token")

    def _on_ended(self, ended: n.ChannelEnded) -> None:
        """A bot that follows nothing any more has nothing to do."""
        refusal = ended.as_error()
        if self._followed <= {ended.channel}:
            raise refusal  # and keep it: who follows nothing would be called live until the run has ended
        self._followed.discard(ended.channel)
        log.error("%s", refusal)

    @property
    def key_name(self) -> str:
        """What tells this bot's answers from those of another that has the same account."""
        return self._options.name or str(self.member_id)

    def _title_of_stack(self, frame: FrameType | None) -> str:
        return self.switchboard.title_of_stack(frame)

    def _is_own(self, event: Event) -> bool:
        is_own = isinstance(event, PostCreated | PostEdited) and event.author.id == self.member_id
        return is_own and not self._options.hears_itself

    def _answers(self, title: str, event: Event) -> Answers:
        return Answers(self.api, bot=self.key_name, handler=title, event=event)

    async def _handle(self, job: Job) -> None:
        try:
            await self._work.handle(job.event, job.calls)
            self.memory.end(job)
            self._save_later(0)
        except ClientError as error:
            self._fail(error)

    def _drop(self, job: Job) -> None:
        self.figures.dropped += 1
        self.memory.end(job)

    def _tell_lag(self) -> None:
        now_s = time.monotonic()
        if now_s < self._lag_told_s + LAG_QUIET_S:
            return
        self._lag_told_s = now_s
        lag = Lag(self._lanes.waiting_count, self._lanes.oldest_wait_s, self.figures.dropped)
        log.warning("%d events wait, the oldest for %.1f s: the handlers are slower", lag.waiting, lag.oldest_wait_s)
        if self._on_lag is not None:
            self._spawn(_safely(self._on_lag, lag))

    def _save_later(self, delay_s: float) -> None:
        """In this turn of the loop, with whatever else has ended in it; or a little later."""
        if self._save_soon is not None:
            if delay_s > 0 or not isinstance(self._save_soon, asyncio.TimerHandle):
                return
            self._save_soon.cancel()
        loop = asyncio.get_running_loop()
        self._save_soon = loop.call_later(delay_s, self._save) if delay_s > 0 else loop.call_soon(self._save)

    def _save(self) -> None:
        if self._save_soon is not None:
            self._save_soon.cancel()
            self._save_soon = None
        if self._is_abandoned:
            return
        try:
            self.memory.save()
        except ClientError as error:
            self._fail(error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _end_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _retrieve(future: asyncio.Future[None]) -> None:
    """A refusal that comes by the socket and by the API at once is raised once: nobody needs the other's traceback."""
    if not future.cancelled():
        future.exception()


async def _repeat(interval_s: float, routine: Routine) -> None:
    while True:
        await asyncio.sleep(interval_s)
        try:
            await routine()
        except Exception:
            log.exception("%s failed", getattr(routine, "__qualname__", routine))


async def _safely(function: OnLag, lag: Lag) -> None:
    try:
        await function(lag)
    except Exception:
        log.exception("%s failed", getattr(function, "__qualname__", function))
