"""A bot to begin with: its file and a test that passes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tertulia_client.errors import ClientError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")

_BOT: Final = '''\
"""{name}: answers greetings, and rolls dice on !roll."""

import os
import random

from tertulia_client import Bot, PostCreated

bot = Bot(
    os.environ.get("TERTULIA_URL", "http://127.0.0.1:8000"),
    token=os.environ.get("TERTULIA_TOKEN"),
    state="{name}.db",
)


@bot.on(text="hello")
async def greet(post: PostCreated) -> str | None:
    return None if post.author.is_bot else f"Hello, {{post.author.name}}!"


@bot.command
async def roll(post: PostCreated, sides: int = 6) -> str:
    """Roll a die."""
    return f"{{random.randint(1, max(1, sides))}}"


bot.follow("forum:*")

if __name__ == "__main__":
    bot.run()
'''

_TEST: Final = '''\
"""Talks with the bot on a server that lives in this test only."""

import pytest
from tertulia_client.testing import FakeServer, talking_with

from {name} import bot


@pytest.mark.asyncio
async def test_bot_greets_and_rolls() -> None:
    async with FakeServer() as server, talking_with(bot, server) as dialog:
        await dialog.says("hello there").expects("Hello, Ana!")
        await dialog.says("!roll 1").expects("1")
        await dialog.says("!roll many").expects_match("sides must be a whole number")
        await dialog.says("nothing for a bot").expects_silence()
'''


_PYTEST: Final = """\
[pytest]
asyncio_default_fixture_loop_scope = function
"""
"""Without it some releases of pytest-asyncio warn of what they will do one day."""


def write_bot(folder: Path, name: str) -> Path:
    """Make ``folder/name`` with a bot and its test; `ClientError` if the name cannot be, or the folder is there."""
    if not _NAME.fullmatch(name):
        raise ClientError(f"{name!r} cannot be the name of a bot's file: small letters, digits and _, at most 40.")
    made = folder / name
    try:
        made.mkdir(parents=True)
    except FileExistsError:
        raise ClientError(f"There is a {made} already.") from None
    made.joinpath(f"{name}.py").write_text(_BOT.format(name=name), encoding="utf-8")
    made.joinpath(f"test_{name}.py").write_text(_TEST.format(name=name), encoding="utf-8")
    made.joinpath("pytest.ini").write_text(_PYTEST, encoding="utf-8")
    return made
