"""Bots: functions that are called for events.

bot = Bot("http://127.0.0.1:8000", token="...", state="bot.db")

@bot.on
async def hello(post: PostCreated) -> None:
    await post.reply(f"Hello, {post.author.name}!")

bot.follow("thread:1")
bot.run()
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from tertulia_client.address import DEFAULT_URL, ServerAddress, parse_address
from tertulia_client.api import Api
from tertulia_client.beginnings import Begin, begin_of, check_channel
from tertulia_client.bots.calls import Switchboard
from tertulia_client.bots.collection import Handlers, Middleware
from tertulia_client.bots.dead_letters import DeadLetter
from tertulia_client.bots.handlers import check_async, title_of
from tertulia_client.bots.health import BotState, Figures, Health
from tertulia_client.bots.lanes import WhenFull
from tertulia_client.bots.options import MAX_PARALLEL, MAX_WAITING, OnLag, Options
from tertulia_client.bots.reloading import collections_in, watch_modules
from tertulia_client.bots.replaying import replay_letters
from tertulia_client.bots.run import Run
from tertulia_client.bots.shares import Share, check_share, serve_share
from tertulia_client.bots.work import Retry
from tertulia_client.errors import ClientError, advised
from tertulia_client.subscription import Since, Start
from tertulia_wire.cursors import Cursor

STATUS_REFUSED: Final = 2

Result = TypeVar("Result")

log = logging.getLogger("tertulia_client.bot")


class Bot(Handlers):
    """Events of one thread are handled one after the other, in order; those of several threads side by side.

    ``state``: a file in which the bot keeps its place, so that it goes on from there after whatever happened.
    ``name`` tells apart two programs that share one account. A handler that fails is tried again (``retry``), and at
    last its event goes to the dead letters beside the state. Its own posts do not reach it, unless ``hears_itself``.
    ``when_full``: what to do when ``max_waiting`` events wait: pause, coalesce or drop_oldest. ``health_port``:
    `/healthz` and `/metrics` on this port of this machine. ``share``: copies of the bot with one name for it divide the
    threads among them; their places are kept on the server, and ``state`` only says where the dead letters go.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        state: str | Path | None = None,
        name: str = "",
        prefix: str = "!",
        hears_itself: bool = False,
        max_parallel: int = MAX_PARALLEL,
        max_waiting: int = MAX_WAITING,
        when_full: WhenFull | str = WhenFull.PAUSE,
        retry: Retry = Retry(),  # noqa: B008 - frozen
        health_port: int | None = None,
        health_host: str = "127.0.0.1",
        share: str | None = None,
    ) -> None:
        super().__init__()
        self.options = Options(
            address=parse_address(url),
            token=token,
            name=name,
            prefix=prefix,
            hears_itself=hears_itself,
            state=None if state is None else Path(state),
            max_parallel=max_parallel,
            max_waiting=max_waiting,
            when_full=WhenFull(when_full),
            retry=retry,
            health_port=health_port,
            health_host=health_host,
            share=None if share is None else check_share(share),
        )
        self._begins: dict[str, Since | datetime] = {}
        self._provided: dict[str, Any] = {}
        self._included: list[Handlers | ModuleType] = []
        self._on_lag: OnLag | None = None
        self._run: Run | None = None
        self._share: Share | None = None
        self._last_member_id: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def follow(self, *channels: str, since: Begin = Start.NOW) -> None:
        """Follow channels; before or while the bot runs.

        ``since`` counts only where the bot has never been: ``"latest"``, ``"earliest"``, ``Last(50)``, a time, a
        cursor. ``"forum:*"`` means all forums that the bot may read, also those that come later.
        """
        for channel in channels:
            name, begin = check_channel(channel), begin_of(since)
            self._begins[name] = begin
            if self._run is not None and not isinstance(begin, datetime):
                self._run.follow(name, begin)

    def point_at(self, address: ServerAddress, token: str | None, channels: Sequence[str]) -> None:
        """Run there instead, from now on and without a state: how a load run takes a bot as it stands."""
        if self._run is not None:
            raise ClientError("The bot runs already.")
        self.options = replace(self.options, address=address, token=token, state=None, health_port=None)
        self._begins = dict.fromkeys(channels, Start.NOW)

    def provide(self, **things: Any) -> None:
        """Hand these in to every handler, command or middleware that has an argument of that name."""
        self._provided |= things

    def include(self, *parts: Handlers | ModuleType | str) -> None:
        """Take in the handlers of other modules (by name or imported) or collections."""
        for part in parts:
            self._included.append(importlib.import_module(part) if isinstance(part, str) else part)

    def on_lag(self, function: OnLag) -> OnLag:
        """Decorate ``async def behind(lag: Lag)``: called once each time that the handlers fall behind."""
        check_async(function, title_of(function))
        self._on_lag = function
        return function

    @property
    def api(self) -> Api:
        """The calls to the server, as the bot; only while it runs."""
        return self._running.api

    @property
    def member_id(self) -> int | None:
        """Who the bot is to the server; known once it was connected."""
        return self._last_member_id if self._run is None else self._run.member_id

    @property
    def is_live(self) -> bool:
        """Connected, and caught up in every channel."""
        return self._run is not None and self._run.is_live

    @property
    def places(self) -> dict[str, Cursor]:
        """How far each channel has been handled, of those that it knows by now."""
        return {} if self._run is None else self._run.memory.places

    @property
    def health(self) -> Health:
        """How it is; from any thread."""
        return Health(BotState.STOPPED, {}, 0, 0.0, 0, Figures()) if self._run is None else self._run.health

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """From a handler that is a plain function, in its thread: ``bot.call(post.reply("..."))``."""
        if self._loop is None:
            work.close()
            raise ClientError("The bot does not run.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End `run` or `serve`; handlers that are at work may finish."""
        if self._stopping is not None:
            self._stopping.set()

    def kill(self) -> None:
        """End `serve` as kill -9 would, to see in a test what the next life makes of it; see `testing.Lives`.

        What is at work is left in the middle, nothing is kept any more, nobody is told. Only what a process could not
        do happens all the same: ``finally`` of a handler, and the rest of a plain function in its thread.
        """
        if self._run is not None:
            self._run.abandon()
        if self._share is not None:
            self._share.is_abandoned = True
        self.stop()

    def run(self, *, reload: bool = False) -> None:
        """Run until SIGINT, SIGTERM or `stop`; sets up logging if nobody has. Exits with status 2 if refused.

        ``reload``: modules that are included are read again when their files change; the place is not lost.
        """
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        try:
            asyncio.run(self._run_with_signals(reload=reload))
        except ClientError as error:
            log.error("%s", advised(error.sentence, error.code))  # noqa: TRY400 - a sentence for a person, no traceback
            raise SystemExit(STATUS_REFUSED) from None
        has_file = self.options.state is not None and self.options.share is None
        log.info("stopped%s", f"; its place is kept in {self.options.state}" if has_file else "")

    async def _run_with_signals(self, *, reload: bool) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            await self.serve(reload=reload)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def serve(self, *, reload: bool = False) -> None:
        """The same inside a loop of yours, without signals. Raises `ClientError` when the server refuses for good."""
        if not self._begins:
            raise ClientError("The bot follows nothing: bot.follow('thread:1').")
        stopping = self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        try:
            if self.options.share is None:
                await self._serve(stopping, reload=reload)
                return
            async with Api(self.options.address, token=self.options.token) as api:
                self._share = share = Share(api, self.options.share)
                await serve_share(share, lambda ending: self._serve(ending, share, reload=reload), stopping)
        finally:
            self._stopping = self._loop = self._share = None

    async def _serve(self, stopping: asyncio.Event, share: Share | None = None, *, reload: bool) -> None:
        run = Run(self.options, self._on_lag, share)
        self._run = run
        try:
            async with run:
                self._connect_handlers()
                rest = run.following.follow_plain(self._begins)
                tasks = [run.following.follow_rest(rest)] if rest else []
                if reload:
                    tasks.append(watch_modules(self._modules(), self._connect_handlers))
                await run.listen(stopping, tasks)
        finally:
            self._last_member_id = run.member_id
            self._run = None

    async def replay(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Hand dead letters to the handlers once more, while the bot runs or not; those that fail again."""
        self._loop = self._loop or asyncio.get_running_loop()
        return await replay_letters(self.options, letters, self._switchboard)

    def _connect_handlers(self) -> None:
        """Read all collections; also once more, when a module changed."""
        run = self._running
        switchboard, middlewares = self._switchboard(run.api)
        routines = [routine for one in self._collections() for routine in one.routines]
        run.connect(switchboard, middlewares=middlewares, routines=routines)

    def _switchboard(self, api: Api) -> tuple[Switchboard, list[Middleware]]:
        collections = self._collections()
        provided = {"bot": self, "api": api, "log": log} | self._provided
        middlewares = [middleware for one in collections for middleware in one.middlewares]
        return Switchboard(collections, provided, prefix=self.options.prefix), middlewares

    def _collections(self) -> list[Handlers]:
        return [self, *(one for part in self._included for one in collections_in(part))]

    def _modules(self) -> list[ModuleType]:
        return [part for part in self._included if isinstance(part, ModuleType)]

    @property
    def _running(self) -> Run:
        if self._run is None:
            raise ClientError("The bot does not run.")
        return self._run
