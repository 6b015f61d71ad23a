"""Bots: functions that are called for events.

bot = Bot("http://127.0.0.1:8000", token="...")

@bot.on
async def hello(post: PostCreated) -> None:
    await post.reply(f"Hello, {post.author.name}!")

bot.follow("thread:1")
bot.run()
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar, overload

from tertulia_client import notices as n
from tertulia_client.address import DEFAULT_URL, parse_address
from tertulia_client.api import Api
from tertulia_client.connection import Follower
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, PostCreated, PostEdited, PostEvent, Reset, read_event
from tertulia_client.handlers import Handler, HandlerFunction, check_async, handler_of
from tertulia_client.lanes import Lanes
from tertulia_client.replies import Replies
from tertulia_client.subscription import Since, Start
from tertulia_wire.channels import parse_channel

MAX_PARALLEL: Final = 16
MAX_WAITING: Final = 256
MAX_REMEMBERED: Final = 4096
"""Events that are remembered to know them again when another channel brings them too."""

STATUS_REFUSED: Final = 2

Function = TypeVar("Function", bound=HandlerFunction)
Routine = Callable[[], Awaitable[None]]
RoutineFunction = TypeVar("RoutineFunction", bound=Routine)

log = logging.getLogger("tertulia_client.bot")


class Bot:
    """Events of one thread are handled one after the other, in order; those of several threads side by side.

    A handler that raises is logged, and the bot goes on. Its own posts do not reach it, unless ``hears_itself``.
    ``name`` tells apart two programs that share one account.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        name: str = "",
        hears_itself: bool = False,
        max_parallel: int = MAX_PARALLEL,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._address = parse_address(url)
        self._token = token
        self._name = name
        self._hears_itself = hears_itself
        self._max_parallel = max_parallel
        self._max_waiting = max_waiting
        self._handlers: list[Handler] = []
        self._routines: list[tuple[float, Routine]] = []
        self._begins: dict[str, Since] = {}
        self._seen: OrderedDict[tuple[str, int, int], str] = OrderedDict()
        self._follower: Follower | None = None
        self._api: Api | None = None
        self._stopping: asyncio.Event | None = None
        self.member_id: int | None = None
        """Who the bot is to the server; known once it is connected."""

    @overload
    def on(self, event: Function) -> Function: ...
    @overload
    def on(self, event: str) -> Callable[[Function], Function]: ...
    def on(self, event: Function | str) -> Function | Callable[[Function], Function]:
        """Decorate a handler: ``@bot.on`` reads its argument's type, ``@bot.on("post.created")`` names the event."""
        if not isinstance(event, str):
            self._handlers.append(handler_of(event))
            return event
        name = event

        def register(function: Function) -> Function:
            self._handlers.append(handler_of(function, name))
            return function

        return register

    def every(self, interval_s: float) -> Callable[[RoutineFunction], RoutineFunction]:
        """Decorate a function without arguments: it is called each ``interval_s`` while the bot runs."""
        if interval_s <= 0:
            raise ValueError("An interval is more than 0 seconds.")

        def register(function: RoutineFunction) -> RoutineFunction:
            check_async(function, function.__qualname__)
            self._routines.append((interval_s, function))
            return function

        return register

    def follow(self, *channels: str, since: Since = Start.NOW) -> None:
        """Follow channels, from now or from ``since``; before or while the bot runs."""
        for channel in channels:
            name = str(parse_channel(channel))
            self._begins[name] = since
            if self._follower is not None:
                self._follower.follow(name, since)

    @property
    def api(self) -> Api:
        """The calls to the server, as the bot; only while it runs."""
        if self._api is None:
            raise ClientError("The bot does not run.")
        return self._api

    @property
    def is_live(self) -> bool:
        """Connected, and caught up in every channel."""
        return self._follower is not None and self._follower.is_live

    def stop(self) -> None:
        """End `run` or `serve`; handlers that are at work may finish."""
        if self._stopping is not None:
            self._stopping.set()

    def run(self) -> None:
        """Run until SIGINT, SIGTERM or `stop`; sets up logging if nobody has. Exits with status 2 if refused."""
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        try:
            asyncio.run(self._run_with_signals())
        except ClientError as error:
            log.error("%s", error)  # noqa: TRY400 - a sentence for a person, no traceback
            raise SystemExit(STATUS_REFUSED) from None

    async def _run_with_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            await self.serve()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def serve(self) -> None:
        """The same inside a loop of yours, without signals. Raises `ClientError` when the server refuses for good."""
        if not self._begins:
            raise ClientError("The bot follows nothing: bot.follow('thread:1').")
        self._stopping = asyncio.Event()
        self._follower = Follower(self._address, token=self._token)
        for channel, since in self._begins.items():
            self._follower.follow(channel, since)
        lanes = Lanes(self._handle, max_parallel=self._max_parallel, max_waiting=self._max_waiting)
        try:
            async with Api(self._address, token=self._token) as self._api, lanes, self._follower:
                await self._listen(self._follower, lanes, self._stopping)
        finally:
            self._follower = self._api = self._stopping = None

    async def _listen(self, follower: Follower, lanes: Lanes[Event | Reset], stopping: asyncio.Event) -> None:
        """Until one of: told to stop, the server refuses."""
        tasks = [asyncio.create_task(self._take_all(follower, lanes)), asyncio.create_task(stopping.wait())]
        routines = [asyncio.create_task(_repeat(interval_s, routine)) for interval_s, routine in self._routines]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                tasks[0].result()
        finally:
            for task in tasks + routines:
                task.cancel()
            await asyncio.gather(*tasks, *routines, return_exceptions=True)

    async def _take_all(self, follower: Follower, lanes: Lanes[Event | Reset]) -> bool:
        async for notice in follower:
            match notice:
                case n.EventReceived():
                    event = read_event(notice)
                    if self._is_for_us(event):
                        await lanes.put(event.lane, event)
                case n.ChannelReset(channel, cursor, reason):
                    log.warning("%s was reset (%s): events may have been missed", channel, reason)
                    await lanes.put(channel, Reset(channel, cursor, reason))
                case n.ChannelEnded():
                    self._on_ended(notice)
                case _:
                    self._on_notice(notice)
        return True

    def _on_ended(self, ended: n.ChannelEnded) -> None:
        """A bot that follows nothing any more has nothing to do."""
        refusal = ended.as_error()
        self._begins.pop(ended.channel, None)
        if not self._begins:
            raise refusal
        log.error("%s", refusal)

    def _on_notice(self, notice: n.Notice) -> None:
        match notice:
            case n.Greeted(data):
                member = data.get("member")
                who = member if isinstance(member, Mapping) else {}
                self.member_id = who.get("id")
                log.info("connected to %s as %s", self._address.origin, who.get("name", "a guest"))
            case n.ChannelLive(channel, cursor):
                log.info("%s is live at %s", channel, cursor)
            case n.Disconnected(reason, retry_s):
                log.warning("%s; next try in %.1f s", reason, retry_s)
            case n.ChannelDelayed(channel, _, reason, retry_s):
                log.warning("%s must wait %.1f s: %s", channel, retry_s, reason)
            case _:
                log.debug("%s", notice)

    def _is_for_us(self, event: Event) -> bool:
        """Not what we said ourselves, and not what another channel brought already."""
        is_own = isinstance(event, PostCreated | PostEdited) and event.author.id == self.member_id
        if is_own and not self._hears_itself:
            return False
        about = event.about
        if about is None:
            return True
        channel = self._seen.setdefault(about, event.channel)
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return channel == event.channel

    async def _handle(self, event: Event | Reset) -> None:
        for handler in self._handlers:
            if not handler.takes(event):
                continue
            try:
                await handler.function(self._answerable(event, handler))
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                log.warning("%s was cancelled from within", handler.title)
            except Exception:
                log.exception("%s failed on %s in %s", handler.title, type(event).__name__, event.channel)

    def _answerable(self, event: Event | Reset, handler: Handler) -> Event | Reset:
        if not isinstance(event, PostEvent):
            return event
        bot = self._name or str(self.member_id)
        answers = Replies(self.api, bot=bot, handler=handler.title, channel=event.channel, cursor=event.cursor)
        return replace(event, answers=answers)


async def _repeat(interval_s: float, routine: Routine) -> None:
    while True:
        await asyncio.sleep(interval_s)
        try:
            await routine()
        except Exception:
            log.exception("%s failed", getattr(routine, "__qualname__", routine))
