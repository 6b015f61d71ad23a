"""The code in the pages about bots does what they say."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from tertulia_client import Bot, PostCreated
from tertulia_client.testing import BOT, FakeServer, card, load_bot, talking_with
from tertulia_client.testing.faults import Faults
from tests.docs.blocks import ROOT, blocks, page, table

WRITE: Final = "docs/howto/write-a-bot.md"
TEST: Final = "docs/howto/test-a-bot.md"
GREETER: Final = """
from tertulia_client import Bot, PostCreated
bot = Bot()

@bot.on(text="hello")
async def greet(post: PostCreated) -> str:
    return f"Hello, {post.author.name}!"

@bot.command
async def weather(post: PostCreated, city: str) -> str:
    return city

bot.follow("thread:1")
"""
"""The bot that the page about tests has before it."""


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


def bot_of(block: str, folder: Path) -> Bot:
    """A program's bot, which is not run."""
    path = folder / "bot_of_a_page.py"
    path.write_text(block.replace("bot.run()", ""))
    return load_bot(path)


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial/first-forum-and-bot.md"])
async def test_first_bot_greets(server: FakeServer, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_TOKEN", "t")
    [block, *_] = blocks(name)
    assert "bot.run()" in block
    async with talking_with(bot_of(block, tmp_path), server) as dialog:
        await dialog.says("Well, hello there").expects("Hello, Ana!")
        await dialog.says("something else").expects_silence()


def test_readme_says_ten_lines_and_shows_ten() -> None:
    lines = [line for line in blocks("README.md")[0].splitlines() if line]
    assert "## A bot in ten lines" in page("README.md")
    assert len(lines) <= 10


async def test_page_about_bots(server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its first block is a bot, and the next two are said to it."""
    whole, begins, command, *_ = blocks(WRITE)
    extra = "from datetime import UTC, datetime\nfrom tertulia_client import Last\n"
    weather = "async def look_up(city, days):\n    return f'{city}: fog for {days} days'\n"
    bot = bot_of(f"{extra}{whole}\n{weather}\n{command}", tmp_path)
    marisol = card(2, "Marisol")
    async with talking_with(bot, server) as dialog:
        await dialog.says("Hello!").expects("Hello, Ana!")
        await dialog.says("!weather Lima 3").expects("Lima: fog for 3 days")
        await dialog.says('!weather "San Juan"').expects("San Juan: fog for 1 days")
        await dialog.says("!weather").expects_match("city is missing. Usage: `!weather <city: str> ")
        await dialog.says("!help").expects_match("The weather of a city.")
        await dialog.says("!weather Lima", author=BOT).expects_silence()
        await dialog.says("nothing", author=marisol).expects_silence()
    assert capsys.readouterr().out == "Thread 1 12\n"
    follower = bot_of(f"{extra}from tertulia_client import Bot\nbot = Bot()\n{begins}", tmp_path)
    assert sorted(follower._begins) == ["forum:*", "forum:2", "forum:3", "thread:17"]


async def test_tests_of_the_pages_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder with a `helper.py`, as their reader has it."""
    tmp_path.joinpath("helper.py").write_text(GREETER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    scope: dict[str, Any] = {"bot": load_bot("helper.py")}
    for block in (blocks(WRITE)[3], *blocks(TEST)):
        exec(block, scope)
    try:
        await scope["test_it_greets"]()
        await scope["test_it_answers_once_whenever_it_dies"](tmp_path)
    finally:
        del sys.modules["helper"]


def test_every_fault_is_in_the_table() -> None:
    rows = table(TEST, "## Let the server fail")
    told = {row[0].strip("`").split(" ")[0] for row in rows}
    assert told == {field.name for field in dataclasses.fields(Faults)}
    calls = page(TEST).split("| call |")[1]
    for name in ("cut_all", "deaden_all", "stop", "start", "tell_all", "renew_epoch"):
        assert f"`server.{name}(" in calls
        assert hasattr(FakeServer, name)


async def test_loops_without_a_bot(server: FakeServer) -> None:
    """The fifth block: two loops over one thread."""
    from tertulia_client import BlockingClient, Client, Last

    server.say("one", thread_id=17)
    block = blocks(WRITE)[4].replace("...", "heard.append(event) or exit()")
    both = block.split("\nwith BlockingClient")
    assert len(both) == 2

    class Enough(Exception):
        pass

    def leave() -> None:
        raise Enough

    scope: dict[str, Any] = {
        "Client": Client, "BlockingClient": BlockingClient, "Last": Last, "url": server.url, "token": "t",
        "heard": [], "exit": leave,
    }  # fmt: skip
    indented = both[0].replace("\n", "\n    ")
    exec(f"async def loop():\n    {indented}", scope)
    with pytest.raises(Enough):
        await scope["loop"]()
    exec(f"def loop():\n    with BlockingClient{both[1]}".replace("\n    for", "\n        for"), scope)
    with pytest.raises(Enough):
        await asyncio.to_thread(scope["loop"])
    assert [type(event) for event in scope["heard"]] == [PostCreated] * 2


def test_examples_that_are_named_are_there_and_all_are_named() -> None:
    text = page(WRITE).split("## Examples")[1] + page("docs/howto/receive-webhooks.md")
    for path in ROOT.joinpath("examples").glob("*.py"):
        assert f"../../examples/{path.name})" in text


BOT_FILES: Final = [path for path in sorted(ROOT.joinpath("examples").glob("*.py")) if "bot = Bot(" in path.read_text()]


@pytest.mark.parametrize("example", BOT_FILES, ids=lambda path: path.stem)
def test_jobs_are_told_with_the_settings_of_their_bots(example: Path) -> None:
    text, source = page("docs/howto/bots-for-common-jobs.md"), example.read_text(encoding="utf-8")
    assert f"(../../examples/{example.name})" in text
    for variable in set(re.findall(r'environ\.get\("(\w+)"', source)):
        assert f"`{variable}`" in text
    commands = re.findall(r"@bot.command\nasync def (\w+)", source)
    assert all(f"`!{command}" in text for command in commands)
