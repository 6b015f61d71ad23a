"""Talking with a bot in a test: somebody says something, and the bot answers or keeps quiet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from tertulia_client.address import parse_address
from tertulia_client.bot import Bot
from tertulia_client.testing.samples import ANA
from tertulia_client.testing.server import FakeServer
from tertulia_client.testing.settling import POLL_S, settled
from tertulia_wire.data import CardData, PostData

ANSWER_LIMIT_S: Final = 10.0


class DialogError(AssertionError):
    """The bot said something else, or nothing."""


class Said:
    """Something that was said; what the bot answers to it is asked of this."""

    def __init__(self, dialog: Dialog, text: str, author: CardData, thread_id: int) -> None:
        self._dialog = dialog
        self._text = text
        self._author = author
        self._thread_id = thread_id

    async def expects(self, *answers: str) -> None:
        """The bot answers with these texts, in this order."""
        for wanted, post in zip(answers, await self._answers(len(answers)), strict=True):
            if post["text"] != wanted:
                raise DialogError(f"To {self._text!r} the bot said {post['text']!r}, and {wanted!r} was expected.")

    async def expects_match(self, pattern: str) -> None:
        """The bot's answer has something that matches."""
        [post] = await self._answers(1)
        if re.search(pattern, post["text"] or "") is None:
            raise DialogError(f"To {self._text!r} the bot said {post['text']!r}, which does not match {pattern!r}.")

    async def expects_silence(self) -> None:
        """The bot has handled it and said nothing."""
        answers = await self._dialog.answers_to(self._text, self._author, self._thread_id, 0)
        if answers:
            raise DialogError(f"To {self._text!r} the bot said {answers[0]['text']!r}, and silence was expected.")

    async def _answers(self, count: int) -> list[PostData]:
        return await self._dialog.answers_to(self._text, self._author, self._thread_id, count)


class Dialog:
    """``await dialog.says("hello").expects("Hello, Ana!")``."""

    def __init__(self, bot: Bot, server: FakeServer) -> None:
        self._bot = bot
        self._server = server

    def says(self, text: str, *, author: CardData = ANA, thread_id: int = 1) -> Said:
        """Somebody is about to say this."""
        return Said(self, text, author, thread_id)

    async def answers_to(self, text: str, author: CardData, thread_id: int, count: int) -> list[PostData]:
        """Say it, let the bot handle it whole, and read what it said."""
        before = len(self._server.posts)
        self._server.say(text, author=author, thread_id=thread_id)
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                await settled(self._bot, self._server)
        except TimeoutError:
            raise DialogError(f"The bot has not done with {text!r} after {ANSWER_LIMIT_S:g} s.") from None
        answers = [post for post in self._server.posts[before + 1 :] if post["author"]["is_bot"]]
        if count and len(answers) != count:
            said = ", ".join(repr(post["text"]) for post in answers) or "nothing"
            raise DialogError(f"To {text!r} the bot said {said}; {count} answers were expected.")
        return answers


@asynccontextmanager
async def talking_with(bot: Bot, server: FakeServer) -> AsyncIterator[Dialog]:
    """Run the bot on this server, without its file, until the block ends; it is live from the beginning.

    Raises what ended the bot, if something did.
    """
    options = bot.options
    bot.options = replace(options, address=parse_address(server.url), token="t", state=None, health_port=None)  # noqa: S106 - any token
    running = asyncio.create_task(bot.serve())
    try:
        while not (bot.is_live and bot.places):
            if running.done():
                running.result()
            await asyncio.sleep(POLL_S)
        yield Dialog(bot, server)
    finally:
        bot.stop()
        await running
        bot.options = options
