from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tertulia_client.bots.health import BotState, Figures, Health
from tertulia_client.bots.health_page import HealthPage


class Patient:
    state = BotState.LIVE

    def __call__(self) -> Health:
        return Health(self.state, {}, 0, 0.0, 0, Figures())


@asynccontextmanager
async def serving(patient: Patient) -> AsyncIterator[HealthPage]:
    page = HealthPage(patient, port=0)
    task = asyncio.create_task(page.serve())
    while page.address is None:  # noqa: ASYNC110 - it listens after a turn or two
        await asyncio.sleep(0)
    try:
        yield page
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def ask(page: HealthPage, request: bytes) -> bytes:
    assert page.address is not None
    reader, writer = await asyncio.open_connection(*page.address)
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("path", "state", "status", "words"),
    [
        (b"/healthz", BotState.LIVE, b"200 OK", b'"state": "live"'),
        (b"/healthz", BotState.LAGGING, b"200 OK", b'"state": "lagging"'),
        (b"/healthz", BotState.DEAF, b"503 Service Unavailable", b'"state": "deaf"'),
        (b"/metrics", BotState.DEAF, b"200 OK", b'tertulia_bot_state{state="deaf"} 1'),
        (b"/", BotState.LIVE, b"404 Not Found", b"/healthz"),
    ],
)
async def test_page_says_how_the_bot_is(path: bytes, state: BotState, status: bytes, words: bytes) -> None:
    patient = Patient()
    patient.state = state
    async with serving(patient) as page:
        answer = await ask(page, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert words in answer


async def test_request_without_an_end_is_cut_off() -> None:
    async with serving(Patient()) as page:
        assert await ask(page, b"x" * 20_000) == b""
