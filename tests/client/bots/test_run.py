"""Whole runs of a bot against a server in the same process: its place, its bounds, its health."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tertulia_client import Bot, ClientError, Event, Handlers, Lag, PostCreated, PostEvent, Retry
from tertulia_client.bots.dead_letters import read_letters
from tertulia_client.bots.following import Following
from tertulia_client.bots.health import BotState
from tertulia_client.bots.reloading import watch_modules
from tertulia_client.bots.run import Run
from tertulia_client.testing import ANA, FakeServer
from tertulia_wire.codes import Code
from tests.client.running import Heard, live, running

AT_ONCE = Retry(max_attempts=2, base_s=0, cap_s=0)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


def is_in(bot: Bot, state: BotState) -> bool:
    return bot.health.state is state


def counting(server: FakeServer, tmp_path: Path, heard: Heard, **options: Any) -> Bot:
    bot = Bot(server.url, token="t", state=tmp_path / "bot.db", **options)

    @bot.on
    async def count(post: PostCreated) -> str:
        heard.add(f"{post.thread.id} {post.text}")
        return f"that was {post.text}"

    return bot


async def test_bot_goes_on_where_it_was_and_answers_nothing_twice(server: FakeServer, tmp_path: Path) -> None:
    heard = Heard()
    for texts, count in ((["one", "two"], 1), (["three"], 4), ([], 6)):
        bot = counting(server, tmp_path, heard)
        bot.follow("thread:1")
        async with running(bot):
            server.say("said while it runs")
            await heard.until(count)
        for text in texts:
            server.say(text)
    assert [item.removeprefix("1 ") for item in heard.items] == [
        "said while it runs", "one", "two", "said while it runs", "three", "said while it runs",
    ]  # fmt: skip


async def test_bot_that_dies_between_answer_and_place_answers_once(server: FakeServer, tmp_path: Path) -> None:
    """The state is put back to what it was before the event, as if the last write had not come about."""
    heard, path = Heard(), tmp_path / "bot.db"
    for life in (1, 2):
        bot = counting(server, tmp_path, heard)
        bot.follow("thread:1", since="earliest")
        async with running(bot):
            if not server.posts:
                server.say("one")
            await heard.until(life)
            await server.has_posts(2)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("update channels set seq = 0, done = '[]'")
            connection.execute("delete from handled")
    assert heard.items == ["1 one"] * 2
    assert server.texts == ["one", "that was one"]


async def test_refusal_that_comes_twice_is_told_once(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise ClientError("No.")

    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context["message"]))
    monkeypatch.setattr(Run, "_take_all", refuse)
    monkeypatch.setattr(Following, "follow_rest", refuse)
    bot = counting(server, tmp_path, Heard())
    bot.follow("forum:*")
    with pytest.raises(ClientError, match="No"):
        await bot.serve()
    gc.collect()
    assert said == []


async def test_state_of_another_bot_is_refused(server: FakeServer, tmp_path: Path) -> None:
    heard = Heard()
    bot = counting(server, tmp_path, heard, name="first")
    bot.follow("thread:1")
    async with running(bot):
        pass
    other = counting(server, tmp_path, heard, name="second")
    other.follow("thread:1")
    with pytest.raises(ClientError, match=r"belongs to the bot first \(\w+\), and this is second"):
        await other.serve()


async def test_command_help_and_plain_functions(server: FakeServer, tmp_path: Path) -> None:
    bot = Bot(server.url, token="t")
    bot.provide(weather={"Lima": "fog"})

    @bot.command
    def weather(post: PostCreated, city: str, weather: dict[str, str], days: int = 1) -> str:
        """The weather of a city."""
        return f"{city}: {weather.get(city, 'unknown')} for {days}"

    @bot.command
    def twice(post: PostCreated) -> None:
        """Answers from its thread."""
        bot.call(post.reply("one"))
        bot.call(post.reply("two"))

    bot.follow("thread:1")
    async with running(bot):
        for text in ("!weather Lima 3", "!weather", "!help twice", "!twice"):
            server.say(text)
        await server.has_posts(9)
    assert [text for text in server.texts if not text.startswith("!")] == [
        "Lima: fog for 3",
        "city is missing. Usage: `!weather <city: str> [days: int = 1]`",
        "`!twice`: Answers from its thread.",
        "one",
        "two",
    ]


async def test_dead_letter_is_kept_and_the_bot_goes_on(server: FakeServer, tmp_path: Path) -> None:
    heard = Heard()
    bot = Bot(server.url, token="t", state=tmp_path / "bot.db", retry=AT_ONCE)

    @bot.on
    async def fragile(post: PostCreated) -> None:
        if post.text == "poison":
            raise ValueError("broken on purpose")
        heard.add(post.text)

    bot.follow("thread:1")
    async with running(bot):
        server.say("poison")
        server.say("bread")
        await heard.until(1)
        assert (bot.health.figures.dead_letters, bot.health.figures.failed) == (1, 2)
    [letter] = read_letters(tmp_path / "bot.db.deadletters")
    assert (letter.seq, letter.handler.rpartition(".")[2]) == (1, "fragile")


async def test_bot_stops_when_what_went_wrong_cannot_be_kept(server: FakeServer, tmp_path: Path) -> None:
    bot = Bot(server.url, token="t", state=tmp_path / "bot.db", retry=Retry(1))
    (tmp_path / "bot.db.deadletters").mkdir()

    @bot.on
    async def broken(post: PostCreated) -> None:
        raise ValueError

    bot.follow("thread:1")
    task = asyncio.create_task(bot.serve())
    await live(bot)
    server.say("poison")
    with pytest.raises(ClientError, match="dead letters"):
        await task
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        assert connection.execute("select seq from channels").fetchall() == [(0,)]


@pytest.mark.parametrize(("when_full", "handled"), [("pause", 9), ("drop_oldest", 3)])
async def test_full_bot_pauses_or_drops_and_says_that_it_lags(server: FakeServer, when_full: str, handled: int) -> None:
    bot = Bot(server.url, token="t", max_waiting=3, when_full=when_full)
    gate, heard, lags = asyncio.Event(), Heard(), Heard()

    @bot.on
    async def slow(post: PostCreated) -> None:
        await gate.wait()
        heard.add(post.text)

    @bot.on_lag
    async def behind(lag: Lag) -> None:
        lags.add(str(lag.waiting))
        raise ValueError("which is logged")

    bot.follow("thread:1")
    async with running(bot):
        for number in range(1, 10):
            server.say(str(number))
        await lags.until(1)
        while when_full == "drop_oldest" and bot.health.figures.dropped < 6:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.005)
        assert bot.health.state is BotState.LIVE
        gate.set()
        await heard.until(handled)
        assert heard.items[-1] == "9"
        assert len(heard.items) == handled


async def test_full_bot_that_coalesces_keeps_the_newest_about_each_post(server: FakeServer) -> None:
    bot = Bot(server.url, token="t", max_waiting=3, when_full="coalesce")
    gate, heard = asyncio.Event(), Heard()

    @bot.on
    async def slow(post: PostEvent) -> None:
        await gate.wait()
        heard.add(f"{post.name} {post.text}")

    bot.follow("thread:1")
    async with running(bot):
        server.say("one")
        server.say("other")
        for number in range(9):
            server.edit(1, f"one, version {number}")
        while bot.health.figures.dropped < 8:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.005)
        gate.set()
        assert await heard.until(3) == ["post.created one", "post.created other", "post.edited one, version 8"]
        assert bot.places["thread:1"].seq == len(server.logs["thread:1"])


HANDLERS = """
from tertulia_client import Handlers, PostCreated
handlers = Handlers()

@handlers.on
async def answer(post: PostCreated) -> str:
    return "{word}: " + post.text
"""


async def test_handlers_are_read_again_while_the_bot_runs_and_the_place_stays(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "handlers_of_a_run.py"
    write(file, HANDLERS.format(word="old"))
    bot = Bot(server.url, token="t", state=tmp_path / "bot.db")
    bot.include("handlers_of_a_run")
    bot.follow("thread:1")
    monkeypatch.setattr("tertulia_client.bot.watch_modules", partial(watch_modules, poll_s=0.005))
    task = asyncio.create_task(bot.serve(reload=True))
    await live(bot)
    server.say("one")
    await server.has_posts(2)
    before = bot._running.switchboard
    write(file, HANDLERS.format(word="newer"))
    while bot._running.switchboard is before:  # noqa: ASYNC110 - nobody is told
        await asyncio.sleep(0.005)
    server.say("two")
    await server.has_posts(4)
    bot.stop()
    await task
    del sys.modules["handlers_of_a_run"]
    assert server.texts == ["one", "old: one", "two", "newer: two"]
    assert server.connection_count == 1


def write(file: Path, text: str) -> None:
    file.write_text(text)


async def test_health_follows_the_connection(server: FakeServer) -> None:
    bot = Bot(server.url, token="t", health_port=0)
    assert is_in(bot, BotState.STOPPED)

    @bot.on
    async def listen(event: Event) -> None: ...

    bot.follow("thread:1")
    async with running(bot):
        assert is_in(bot, BotState.LIVE)
        page = bot._running.page
        assert page is not None
        while page.address is None:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.005)
        reader, writer = await asyncio.open_connection(*page.address)
        writer.write(b"GET /healthz HTTP/1.1\r\n\r\n")
        answer = await reader.read()
        writer.close()
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["state"] == "live"
        server.faults.handshake_answers += [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"] * 50
        server.cut_all()
        while not is_in(bot, BotState.RECONNECTING):  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.005)
        server.faults.handshake_answers.clear()


async def test_handlers_of_others_are_included_and_asked_for_what_is_there(server: FakeServer) -> None:
    others, heard = Handlers(), Heard()

    @others.on
    async def listen(post: PostCreated, bot: Bot, database: str) -> None:
        heard.add(f"{bot.member_id} {database} {post.text}")

    bot = Bot(server.url, token="t")
    bot.include(others)
    bot.follow("thread:1")
    with pytest.raises(ClientError, match="asks for database"):
        await bot.serve()
    bot.provide(database="d")
    async with running(bot):
        server.say("hello", author=ANA)
        assert await heard.until(1) == ["7 d hello"]
    with pytest.raises(ClientError, match="does not run"):
        bot.call(asyncio.sleep(0))


async def test_all_forums_are_followed(server: FakeServer) -> None:
    bot, heard = Bot(server.url, token="t"), Heard()
    server.forum_ids = [3, 4]

    @bot.on(channels="forum:4")
    async def listen(event: Event) -> None:
        heard.add(event.channel)

    bot.follow("forum:*", since="earliest")
    server.publish("forum:3", "post.sung", {})
    server.publish("forum:4", "post.sung", {})
    async with running(bot):
        assert await heard.until(1) == ["forum:4"]


async def test_only_copy_of_a_bot_that_shares_has_everything_and_goes_on_from_the_places_of_the_server(
    server: FakeServer, tmp_path: Path
) -> None:
    heard = Heard()
    bot = counting(server, tmp_path, heard, share="counting")
    bot.follow("thread:1", "thread:2", since="earliest")
    async with running(bot):
        server.say("one")
        server.say("two", thread_id=2)
        await heard.until(2)
    assert sorted(heard.items) == ["1 one", "2 two"]
    assert not (tmp_path / "bot.db").exists()
    words = [body for method, path, body in server.requests if (method, path) == ("PUT", "/api/shares/counting")]
    told = {channel for body in words for part in body["held"] for channel in part["places"]}
    assert told == {"thread:1", "thread:2"}
    assert words[-1]["leaving"]


async def test_line_alone_is_not_live(server: FakeServer) -> None:
    busy = (503, {"code": int(Code.OVERLOADED)})
    server.faults.api_answers += [busy] * 1000
    bot = Bot(server.url, token="t")
    bot.follow("forum:*")
    task = asyncio.create_task(bot.serve())
    while not is_in(bot, BotState.LAGGING):  # noqa: ASYNC110 - it has no event for it
        await asyncio.sleep(0.005)
    assert bot._running.follower.is_live
    assert not bot.is_live
    server.faults.api_answers.clear()
    await live(bot)
    bot.stop()
    await task
