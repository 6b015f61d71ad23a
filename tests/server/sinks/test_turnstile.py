from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from tertulia_server.sinks import turnstile as module
from tertulia_server.sinks.turnstile import ENTRIES_PER_TURN, CalmHttp, Turnstile

LIMIT_S = 10.0


async def turn() -> None:
    await asyncio.sleep(0)


async def test_who_comes_alone_passes_at_once() -> None:
    turnstile, passed = Turnstile(asyncio.get_running_loop()), []
    for number in range(3):
        turnstile.enter(lambda number=number: passed.append(number))  # type: ignore[misc]
        assert passed == list(range(number + 1))
        await turn()


async def test_crowd_passes_in_order_so_many_in_each_turn() -> None:
    turnstile, passed = Turnstile(asyncio.get_running_loop()), []
    for number in range(2 * ENTRIES_PER_TURN + 5):
        turnstile.enter(lambda number=number: passed.append(number))  # type: ignore[misc]
    counts = [len(passed)]
    while len(passed) < 2 * ENTRIES_PER_TURN + 5:
        await turn()
        turnstile.enter(lambda: None)
        counts.append(len(passed))
    assert counts[:2] == [ENTRIES_PER_TURN, 2 * ENTRIES_PER_TURN]
    assert passed == list(range(2 * ENTRIES_PER_TURN + 5))


async def test_step_that_fails_stops_nobody_behind_it() -> None:
    loop = asyncio.get_running_loop()
    turnstile, passed = Turnstile(loop), []
    failures: list[Any] = []
    loop.set_exception_handler(lambda _loop, context: failures.append(context["exception"]))
    for _ in range(ENTRIES_PER_TURN):
        turnstile.enter(lambda: None)
    turnstile.enter(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    turnstile.enter(lambda: passed.append(1))
    async with asyncio.timeout(LIMIT_S):
        while not passed:
            await turn()
    assert [type(failure) for failure in failures] == [ZeroDivisionError]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """How long the body was."""
    assert scope["type"] == "http"
    size, is_more = 0, True
    while is_more:
        message = await receive()
        size, is_more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode()
    head = [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    config = uvicorn.Config(answer, http=CalmHttp, lifespan="off", log_level="error", port=0)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    async with asyncio.timeout(LIMIT_S):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = True
        await task


async def ask(port: int, body_bytes: int = 0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {body_bytes}\r\n\r\n".encode() + b"x" * body_bytes)
    text = await reader.read()
    writer.close()
    await writer.wait_closed()
    return text.rpartition(b"\r\n")[2]


@pytest.mark.parametrize("entries", [1, ENTRIES_PER_TURN])
async def test_all_of_a_crowd_are_answered_with_all_that_they_sent(
    entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENTRIES_PER_TURN", entries)
    monkeypatch.setattr(module, "MAX_WAITING_BYTES", 1000)
    sizes = [0, 10, 5_000, 500_000] * 10
    async with served() as port:
        assert await asyncio.gather(*(ask(port, size) for size in sizes)) == [str(size).encode() for size in sizes]


async def test_client_that_left_before_its_turn_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENTRIES_PER_TURN", 1)
    async with served() as port:
        for _ in range(5):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            writer.transport.abort()
        assert await ask(port, 7) == b"7"
