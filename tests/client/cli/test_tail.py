"""`tertulia tail` as a process: what it prints, how it goes on, how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self

import pytest

from tertulia_client.api import Api
from tertulia_client.cli.tail import parse_since
from tertulia_client.errors import ClientError, advised
from tertulia_client.subscription import Start
from tertulia_client.testing import FakeServer
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.local_token import local_token_path
from tertulia_wire.messages import Drain, Unsubscribed
from tests.processes import TertuliaServer


class Tail:
    """A running `tertulia tail`."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.said: list[str] = []
        self.printed: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tertulia_client", "tail", *self._words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith("TERTULIA_")},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.communicate()

    async def says(self, words: str) -> None:
        """Read standard error up to a line with these words."""
        assert self.process.stderr is not None
        while not self.said or words not in self.said[-1]:
            line = await self.process.stderr.readline()
            assert line, f"{words!r} not in {self.said}"
            self.said.append(line.decode())

    async def prints(self, count: int) -> Sequence[dict[str, Any]]:
        """All lines so far, when there are at least so many."""
        assert self.process.stdout is not None
        while len(self.printed) < count:
            line = await self.process.stdout.readline()
            assert line, self.said
            self.printed.append(json.loads(line))
        return self.printed

    async def ends(self, number: int | None = None) -> tuple[int, str]:
        """Status and the rest of standard error, after a signal if one is given."""
        if number is not None:
            self.process.send_signal(number)
        out, err = await self.process.communicate()
        self.printed += [json.loads(line) for line in out.splitlines()]
        return await self.process.wait(), err.decode()


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(40), FakeServer() as server:
        yield server


async def test_tail_prints_one_line_of_json_for_each_event(server: FakeServer) -> None:
    server.say("before")
    async with Tail("thread:1", "--url", server.url) as tail:
        await tail.says("thread:1 is live at e1.1")
        server.say("Grüße")
        [line] = await tail.prints(1)
        assert list(line) == ["channel", "seq", "epoch", "cursor", "name", "data"]
        assert (line["channel"], line["seq"], line["epoch"], line["cursor"]) == ("thread:1", 2, "e1", "e1.2")
        assert (line["name"], line["data"]["post"]["text"]) == ("post.created", "Grüße")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_ends_it_cleanly(server: FakeServer, number: int) -> None:
    async with Tail("thread:1", "--url", server.url) as tail:
        await tail.says("is live")
        assert await tail.ends(number) == (0, "")


async def test_tail_from_the_start_and_from_a_cursor(server: FakeServer) -> None:
    for text in ("one", "two", "three"):
        server.say(text)
    async with Tail("thread:1", "--url", server.url, "--since", "start") as tail:
        assert [line["seq"] for line in await tail.prints(3)] == [1, 2, 3]
    async with Tail("thread:1", "--url", server.url, "--since", "e1.2") as tail:
        assert [line["seq"] for line in await tail.prints(1)] == [3]


async def test_several_channels_each_from_its_place(server: FakeServer) -> None:
    server.say("one", thread_id=1)
    server.say("two", thread_id=2)
    words = ("thread:1", "thread:2", "--url", server.url, "--since", "thread:2=e1.0")
    async with Tail(*words) as tail:
        await tail.says("thread:1 is live")
        assert [line["channel"] for line in await tail.prints(1)] == ["thread:2"]


async def test_reset_is_a_line_too(server: FakeServer) -> None:
    server.say("one")
    async with Tail("thread:1", "--url", server.url, "--since", "gone.9") as tail:
        assert await tail.prints(1) == [{"reset": {"channel": "thread:1", "cursor": "e1.1", "reason": "epoch"}}]
        await tail.says("was reset (epoch)")


async def test_drained_and_cut_it_goes_on(server: FakeServer) -> None:
    async with Tail("thread:1", "--url", server.url) as tail:
        await tail.says("is live")
        server.tell_all(Drain(10))
        await tail.says("about to stop")
        await tail.says("is live")
        server.cut_all()
        server.say("after")
        assert [line["seq"] for line in await tail.prints(1)] == [1]


async def test_reader_that_leaves_ends_it_without_a_word(server: FakeServer) -> None:
    async with Tail("thread:1", "--url", server.url) as tail:
        await tail.says("is live")
        tail.process.stdout._transport.close()  # type: ignore[union-attr]
        ended = asyncio.ensure_future(tail.process.wait())
        while not ended.done():  # a line that was on its way before the pipe was closed is no reason to end
            server.say("nobody reads this")
            await asyncio.wait([ended], timeout=0.1)
        assert ended.result() == 0
        assert tail.process.stderr is not None
        assert await tail.process.stderr.read() == b""


async def test_ended_channel_ends_it_only_if_it_is_the_last(server: FakeServer) -> None:
    server.unknown_channels.add("thread:9")
    async with Tail("thread:9", "thread:1", "--url", server.url) as tail:
        await tail.says("thread:9: There is no such channel.")
        await tail.says("thread:1 is live")
        server.tell_all(Unsubscribed("thread:1", "rights"))
        status, rest = await tail.ends()
        assert (status, rest) == (2, "tertulia: thread:1 is no longer open to us (rights).\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["room:1"], "A channel is thread:N, forum:N, member:N, site or moderation."),
        (["thread:1", "--since", "yesterday"], "--since takes now, start, or a cursor"),
        (["thread:1", "thread:2", "--since", "e1.5"], "A cursor belongs to one channel"),
        (["thread:1", "--url", "http://127.0.0.1:1"], "No connection to http://127.0.0.1:1: nobody listens there."),
        (["thread:1", "--url", "gopher://x"], "no address of a server"),
    ],
)
async def test_wrong_word_is_one_sentence_and_status_2(words: list[str], sentence: str) -> None:
    async with Tail(*words) as tail:
        status, said = await tail.ends()
        assert (status, said.count("\n"), tail.printed) == (2, 1, [])
        assert sentence in said


async def test_wrong_token_is_one_sentence_and_status_2(server: FakeServer) -> None:
    server.faults.handshake_answers.append(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
    async with Tail("thread:1", "--url", server.url, "--token", "x") as tail:
        assert await tail.ends() == (2, f"tertulia: {advised(Code.UNAUTHENTICATED.sentence, Code.UNAUTHENTICATED)}\n")


async def test_absent_server_is_waited_for_when_told_so(server: FakeServer) -> None:
    await server.stop()
    async with Tail("thread:1", "--url", server.url, "--wait") as tail:
        await tail.says("nobody listens there; next try in")
        await server.start()
        await tail.says("is live")


def test_since_is_now_start_or_cursors() -> None:
    assert parse_since("now", ["site"]) == {"site": Start.NOW}
    assert parse_since("start", ["site", "thread:1"]) == {"site": Start.BEGINNING, "thread:1": Start.BEGINNING}
    assert parse_since("e1.5", ["site", "site"]) == {"site": Cursor("e1", 5)}
    assert parse_since("site=e1.5", ["site", "thread:1"]) == {"site": Cursor("e1", 5), "thread:1": Start.NOW}
    for wrong in ("", "e1", "e1.", "site=", "room:1=e1.5"):
        with pytest.raises(ClientError):
            parse_since(wrong, ["site"])


async def test_server_killed_while_tailed_leaves_no_post_out_and_none_twice(forum: TertuliaServer) -> None:
    async with asyncio.timeout(120), Tail("thread:1", "--url", forum.url) as tail:
        await tail.says("is live")
        numbers: list[int] = []
        for _ in range(2):
            token = local_token_path(forum.port).read_text(encoding="ascii")
            async with Api(forum.url, token=token) as api:
                numbers += [(await api.create_post(1, f"post {count}")).post["number"] for count in range(5)]
            await asyncio.to_thread(forum.kill)
            await asyncio.to_thread(forum.start)
        async with Api(forum.url, token=local_token_path(forum.port).read_text(encoding="ascii")) as api:
            numbers.append((await api.create_post(1, "the last")).post["number"])
        printed = await tail.prints(11)
        assert [line["data"]["post"]["number"] for line in printed] == numbers
        first = printed[0]["seq"]
        assert [line["seq"] for line in printed] == list(range(first, first + 11))
        status, _ = await tail.ends(signal.SIGTERM)
        assert (status, len(tail.printed)) == (0, 11)
