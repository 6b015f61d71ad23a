from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.agents import sealed_line
from tertulia_client.load.agents.sealed_line import GREETING, LineBroken, SealedLine, answer, greet
from tertulia_wire.version import __version__

SECRET = b"0123456789abcdef"
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def two_ends() -> AsyncIterator[tuple[Ends, Ends]]:
    """A connection: the coordinator's end, and the agent's."""
    taken: asyncio.Queue[Ends] = asyncio.Queue()
    server = await asyncio.start_server(lambda *ends: taken.put_nowait(ends), "127.0.0.1", 0)
    async with asyncio.timeout(20):
        ours = await asyncio.open_connection(*server.sockets[0].getsockname())
        theirs = await taken.get()
        try:
            yield ours, theirs
        finally:
            for _, writer in (ours, theirs):
                writer.transport.abort()
            server.close()


async def lines(ours: Ends, theirs: Ends) -> tuple[SealedLine, SealedLine]:
    one, other = await asyncio.gather(greet(*ours, SECRET), answer(*theirs, SECRET))
    return one, other


async def test_messages_go_both_ways_until_the_end() -> None:
    async with two_ends() as (ours, theirs):
        one, other = await lines(ours, theirs)
        for text in ("a", "b" * 300_000):
            one.tell({"text": text})
            other.tell({"back": text})
            assert (await other.hear(), await one.hear()) == ({"text": text}, {"back": text})
        ending = asyncio.create_task(one.close(10.0))
        assert await other.hear() is None
        await other.close()
        await ending


@pytest.mark.parametrize(("calls", "answers"), [(b"another that is long", SECRET), (b"", SECRET), (SECRET, b"")])
async def test_other_secret_is_turned_away_on_both_sides(calls: bytes, answers: bytes) -> None:
    async with two_ends() as (ours, theirs):
        found = await asyncio.gather(greet(*ours, calls), answer(*theirs, answers), return_exceptions=True)
        assert [str(error) for error in found] == [
            "it has another secret, or this has none",
            "it does not know the secret",
        ]


async def test_agent_must_know_the_secret_too_and_its_echo_is_no_proof() -> None:
    async with two_ends() as (ours, (reader, writer)):
        greeting = asyncio.create_task(greet(*ours, SECRET))
        writer.write(f"{GREETING} {__version__} {'0' * 64}\n".encode())
        said = await reader.readline()
        assert SECRET not in said
        writer.write(said.split()[1] + b"\n")
        with pytest.raises(ClientError, match="does not know the secret"):
            await greeting


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"HTTP/1.1 400 Bad\r\n", "no agent"),
        (b"tertulia-load-agent/1 0.0.0 ab\n", "of version 0.0.0"),
        (b"x" * 600, "as we do"),
        (b"one\n", "as we do"),
    ],
)
async def test_what_is_no_agent_is_told(line: bytes, sentence: str) -> None:
    async with two_ends() as (ours, (_, writer)):
        writer.write(line)
        with pytest.raises(ClientError, match=sentence):
            await greet(*ours, SECRET)


async def test_caller_that_says_nothing_or_something_else_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_line, "GREETING_LIMIT_S", 0.05)
    async with two_ends() as (_, theirs):
        with pytest.raises(ClientError, match="said nothing"):
            await answer(*theirs, SECRET)
    monkeypatch.undo()
    async with two_ends() as ((_, writer), theirs):
        writer.write(b"POST / HTTP/1.1\r\n\r\n")
        with pytest.raises(ClientError, match="as we do"):
            await answer(*theirs, SECRET)


async def test_what_others_say_or_say_again_ends_the_line() -> None:
    async with two_ends() as (ours, theirs):
        one, other = await lines(ours, theirs)
        sent: list[bytes] = []
        write = ours[1].write
        ours[1].write = lambda data: (sent.append(bytes(data)), write(data))  # type: ignore[method-assign, assignment, func-returns-value]
        one.tell({"posts": 1})
        assert await other.hear() == {"posts": 1}
        write(sent[0])
        with pytest.raises(LineBroken, match="does not come from the other end"):
            await other.hear()
    async with two_ends() as (ours, theirs):
        _, other = await lines(ours, theirs)
        ours[1].write(sent[0].replace(b"1}", b"2}"))
        with pytest.raises(LineBroken, match="does not come from the other end"):
            await other.hear()


async def test_message_that_is_too_long_is_not_read_and_one_that_is_cut_is_none() -> None:
    async with two_ends() as (ours, theirs):
        _, other = await lines(ours, theirs)
        ours[1].write(b"\xff" * 36)
        with pytest.raises(LineBroken, match="longer than any"):
            await other.hear()
    async with two_ends() as (ours, theirs):
        _, other = await lines(ours, theirs)
        ours[1].write(b"\x00" * 35)
        ours[1].write_eof()
        with pytest.raises(LineBroken, match="within a message"):
            await other.hear()
