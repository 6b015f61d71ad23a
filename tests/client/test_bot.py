"""Bots against a server in the same process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_client import (
    Bot,
    ClientError,
    Cursor,
    Event,
    FollowRefused,
    PostCreated,
    PostEdited,
    Reset,
    Start,
    ThreadChanged,
)
from tertulia_client.address import parse_address
from tertulia_client.testing import ANA, FakeServer, post_data, thread_data
from tertulia_wire.messages import Unsubscribed
from tests.client.running import Heard, live, running


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(20), FakeServer() as server:
        yield server


async def test_ten_line_bot_answers(server: FakeServer) -> None:
    bot = Bot(server.url, token="t")

    @bot.on
    async def hello(post: PostCreated) -> None:
        if "hello" in post.text.lower():
            await post.reply(f"Hello, {post.author.name}!")

    bot.follow("thread:1")
    heard = Heard()

    @bot.on("post.created")
    async def listen(event: Event) -> None:
        heard.add(event.data["post"]["text"])

    async with running(bot):
        server.say("Hello there")
        server.say("something else")
        server.say("oh, hello", thread_id=1)
        await heard.until(3)
        await server.has_posts(5)
    assert [text for text in server.texts if text.startswith("Hello, ")] == ["Hello, Ana!"] * 2
    assert bot.member_id == 7


async def test_event_is_chosen_by_the_type_of_the_argument(server: FakeServer) -> None:
    bot, heard = Bot(server.url), Heard()

    @bot.on
    async def posts(event: PostCreated | PostEdited) -> None:
        heard.add(f"{type(event).__name__} {event.text}")

    @bot.on
    async def threads(event: ThreadChanged) -> None:
        heard.add(f"{type(event).__name__} {event.thread.title}")

    bot.follow("forum:3")
    async with running(bot):
        data = {"post": post_data(1, 1, 1, "x"), "thread": thread_data(1)}
        for name in ("post.created", "post.sung", "void", "post.edited", "post.removed"):
            server.publish("forum:3", name, data if name != "void" else {})
        server.publish("forum:3", "thread.changed", {"thread": thread_data(1)})
        assert await heard.until(3) == ["PostCreated x", "PostEdited x", "ThreadChanged Thread 1"]


async def test_own_posts_are_not_heard_unless_wanted(server: FakeServer) -> None:
    for hears_itself in (False, True):
        bot, heard = Bot(server.url, token="t", hears_itself=hears_itself), Heard()

        @bot.on
        async def listen(post: PostCreated, heard: Heard = heard) -> None:
            heard.add(post.author.name)

        bot.follow("thread:1")
        async with running(bot):
            await bot.api.create_post(1, "from the bot")
            server.say("from Ana")
            assert await heard.until(1 + hears_itself) == ["Bot", "Ana"][not hears_itself :]


async def test_handler_that_raises_is_logged_and_the_bot_goes_on(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    bot, heard = Bot(server.url), Heard()

    @bot.on
    async def fragile(post: PostCreated) -> None:
        if post.number == 1:
            raise ValueError("broken on purpose")
        if post.number == 2:
            raise asyncio.CancelledError
        heard.add(post.text)

    bot.follow("thread:1")
    async with running(bot):
        for text in ("one", "two", "three"):
            server.say(text)
        await heard.until(1)
    assert "broken on purpose" in caplog.text
    assert "cancelled from within" in caplog.text


async def test_thread_is_in_order_and_others_do_not_wait_for_it(server: FakeServer) -> None:
    bot, heard = Bot(server.url, max_parallel=2), Heard()
    gate = asyncio.Event()

    @bot.on
    async def listen(post: PostCreated) -> None:
        if post.text == "slow":
            await gate.wait()
        heard.add(f"{post.thread.id} {post.text}")

    bot.follow("thread:1", "thread:2")
    async with running(bot):
        server.say("slow", thread_id=1)
        server.say("next", thread_id=1)
        server.say("quick", thread_id=2)
        await heard.until(1)
        gate.set()
        await heard.until(3)
    assert heard.items == ["2 quick", "1 slow", "1 next"]


async def test_event_of_two_channels_is_handled_once(server: FakeServer) -> None:
    bot, heard = Bot(server.url), Heard()

    @bot.on
    async def listen(post: PostCreated) -> None:
        heard.add(f"{post.text} {post.channel}")

    bot.follow("thread:1", "forum:3")
    async with running(bot):
        for text in ("one", "two"):
            number = int(text == "two") + 1
            data = {"post": post_data(number, 1, number, text), "thread": thread_data(1, number)}
            server.publish("thread:1", "post.created", data)
            server.publish("forum:3", "post.created", data)
        assert await heard.until(2) == ["one thread:1", "two thread:1"]


async def test_bot_goes_on_after_a_cut_and_misses_nothing(server: FakeServer) -> None:
    bot, heard = Bot(server.url), Heard()

    @bot.on
    async def listen(post: PostCreated) -> None:
        heard.add(post.text)

    bot.follow("thread:1")
    async with running(bot):
        server.cut_all()
        server.say("while away")
        assert await heard.until(1) == ["while away"]


async def test_bot_follows_more_while_it_runs_and_from_a_cursor(server: FakeServer) -> None:
    bot, heard = Bot(server.url), Heard()
    server.say("old", thread_id=2)

    @bot.on
    async def listen(post: PostCreated) -> None:
        heard.add(post.text)

    bot.follow("thread:1")
    async with running(bot):
        bot.follow("thread:2", since=Start.BEGINNING)
        assert await heard.until(1) == ["old"]


async def test_reset_reaches_its_handler(server: FakeServer) -> None:
    bot, heard = Bot(server.url), Heard()

    @bot.on
    async def start_over(reset: Reset) -> None:
        heard.add(f"{reset.channel} {reset.reason}")

    bot.follow("thread:1", since=Cursor("other", 3))
    async with running(bot):
        assert await heard.until(1) == ["thread:1 epoch"]


async def test_routine_is_called_again_and_again_even_if_it_raises(server: FakeServer) -> None:
    bot, heard = Bot(server.url), Heard()

    @bot.every(0.01)
    async def tick() -> None:
        heard.add("tick")
        raise ValueError("once more")

    bot.follow("thread:1")
    async with running(bot):
        await heard.until(3)


async def test_bot_without_channels_is_told_so() -> None:
    with pytest.raises(ClientError, match="follows nothing"):
        await Bot("http://127.0.0.1:1").serve()


async def test_last_channel_that_ends_ends_the_bot(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    server.unknown_channels.add("thread:9")
    bot = Bot(server.url)
    bot.follow("thread:9", "thread:1")
    task = asyncio.create_task(bot.serve())
    await live(bot)
    server.tell_all(Unsubscribed("thread:1", "rights"))
    with pytest.raises(FollowRefused, match="thread:1 is no longer open"):
        await task
    assert "thread:9: There is no such channel" in caplog.text


async def test_refused_bot_raises(server: FakeServer) -> None:
    server.faults.handshake_answers.append(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
    bot = Bot(server.url, token="wrong")
    bot.follow("thread:1")
    with pytest.raises(FollowRefused):
        await bot.serve()


def test_what_cannot_be_followed_or_asked_is_refused_at_once() -> None:
    bot = Bot("http://127.0.0.1:1")
    with pytest.raises(ClientError, match="not 'room:1'"):
        bot.follow("room:1")
    with pytest.raises(ClientError):
        _ = bot.api
    with pytest.raises(ValueError, match="more than 0"):
        bot.every(0)
    with pytest.raises(TypeError):
        bot.every(1)(lambda: None)  # type: ignore[type-var]
    bot.stop()


SCRIPT = """
import sys
from tertulia_client import Bot, PostCreated
bot = Bot(sys.argv[1], token="t", state=sys.argv[2])

@bot.on
async def hello(post: PostCreated) -> None:
    await post.reply(f"Hello, {post.author.name}!")

bot.follow("thread:1")
bot.run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_run_answers_until_a_signal_and_ends_cleanly(server: FakeServer, tmp_path: Path, number: int) -> None:
    state = tmp_path / "bot.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, server.url, state, stderr=subprocess.PIPE, env={**os.environ}
    )
    assert process.stderr is not None
    async for line in process.stderr:
        if b"is live" in line:
            break
    server.say("anybody there?", author=ANA)
    await server.has_posts(2)
    process.send_signal(number)
    rest = await process.stderr.read()
    assert (await process.wait(), server.texts[-1]) == (0, "Hello, Ana!"), rest
    assert rest.decode().rstrip().endswith(f"stopped; its place is kept in {state}")


def test_run_of_a_refused_bot_exits_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot("http://127.0.0.1:1")
    with caplog.at_level(logging.ERROR), pytest.raises(SystemExit) as caught:
        bot.run()
    assert caught.value.code == 2
    assert "follows nothing" in caplog.text


async def test_bot_is_pointed_elsewhere_before_it_runs(server: FakeServer, tmp_path: Path) -> None:
    bot = Bot("http://127.0.0.1:1", state=tmp_path / "bot.db")
    bot.follow("thread:999")
    bot.point_at(parse_address(server.url), "t", ["thread:1"])
    running = asyncio.create_task(bot.serve())
    while not (bot.is_live and bot.places):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.005)
    assert (list(bot.places), bot.options.state) == (["thread:1"], None)
    with pytest.raises(ClientError, match="runs already"):
        bot.point_at(parse_address(server.url), "t", ["thread:2"])
    bot.stop()
    await running
