from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from tertulia_server.cli.plain_start import PlainStart
from tertulia_server.errors import StartError


def app_that(error: Exception | None) -> PlainStart:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if error is not None:
            raise error
        yield

    return PlainStart(Starlette(lifespan=lifespan))


async def told_by(app: PlainStart) -> list[Message]:
    """What a server is told from the start to the end."""
    told: list[Message] = []
    asked = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))

    async def receive() -> Message:
        return next(asked)

    async def send(message: Message) -> None:
        told.append(message)

    try:
        await app({"type": "lifespan"}, receive, send)
    except (StartError, ValueError) as error:
        told.append({"type": "raised", "message": type(error).__name__})
    return told


async def test_start_that_cannot_be_is_one_sentence() -> None:
    assert await told_by(app_that(StartError("No PostgreSQL answers."))) == [
        {"type": "lifespan.startup.failed", "message": "No PostgreSQL answers."},
        {"type": "raised", "message": "StartError"},
    ]


async def test_mistake_of_ours_keeps_its_traceback() -> None:
    failed, raised = await told_by(app_that(ValueError("a mistake")))
    assert failed["type"] == "lifespan.startup.failed"
    assert "Traceback" in failed["message"]
    assert raised["message"] == "ValueError"


async def test_good_start_and_end_pass_through() -> None:
    told = await told_by(app_that(None))
    assert [message["type"] for message in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_requests_pass_through() -> None:
    seen: list[str] = []

    async def app(scope: Message, _receive: object, _send: object) -> None:
        seen.append(scope["type"])

    async def never() -> Message:
        pytest.fail("asked")

    async def nothing(_message: Message) -> None:
        pytest.fail("told")

    await PlainStart(app)({"type": "http"}, never, nothing)  # type: ignore[arg-type]
    assert seen == ["http"]
