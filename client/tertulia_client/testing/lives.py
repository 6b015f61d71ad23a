"""A bot that is killed in the middle of its work and begins anew, as often as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tertulia_client.address import parse_address
from tertulia_client.bot import Bot
from tertulia_client.testing.dialog import DialogError
from tertulia_client.testing.server import FakeServer
from tertulia_client.testing.settling import POLL_S, has_everything

SETTLE_LIMIT_S: Final = 20.0


class Lives:
    """The lives of one bot on a server, one after the other, with one state file.

        async with Lives(lambda: load_bot("helper.py"), server, state=tmp_path / "bot.db") as lives:
            server.faults.kill_after_writes = 1
            server.say("hello")
            await lives.settle()
        assert server.texts == ["hello", "Hello, Ana!"]

    ``make_bot`` is called for each life: what a handler had in memory is gone, as in a new process. A bot that shares
    its work keeps nothing in ``state``.
    """

    def __init__(self, make_bot: Callable[[], Bot], server: FakeServer, *, state: str | Path) -> None:
        self._make_bot = make_bot
        self._server = server
        self._state = Path(state)
        self._is_over = False
        self._task: asyncio.Task[None] | None = None
        self.count = 0
        """How many lives have begun."""
        self.bot = Bot()
        """Whoever lives now."""

    async def __aenter__(self) -> Self:
        self._server.kill_bot = self.kill
        self._task = asyncio.create_task(self._live())
        await self._is_so(lambda: self.bot.is_live and bool(self.bot.places))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """The last life ends in peace. Raises what ended the bot, if something did."""
        self._is_over = True
        self.bot.stop()
        if self._task is not None:
            await self._task

    def kill(self) -> None:
        """Now, whatever it is doing; the next life begins at once."""
        self.bot.kill()
        self._server.cut_all()

    async def settle(self) -> None:
        """The bot, in whichever life, has handled everything that was said, and its own answers as well."""
        await self._is_so(lambda: self.bot.is_live and has_everything(self.bot, self._server))

    async def _live(self) -> None:
        while not self._is_over:
            bot = self._make_bot()
            address = parse_address(self._server.url)
            options = replace(bot.options, address=address, token="t", health_port=None)  # noqa: S106 - any token
            bot.options = replace(options, state=self._state)
            self.bot = bot
            self.count += 1
            await bot.serve()

    async def _is_so(self, condition: Callable[[], bool]) -> None:
        assert self._task is not None  # noqa: S101 - it is entered
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                while not condition():
                    if self._task.done():
                        self._task.result()
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise DialogError(f"The bot has not done with everything after {SETTLE_LIMIT_S:g} s.") from None
