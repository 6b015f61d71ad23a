"""A start that cannot be is one sentence in the log of a worker, as it is of a command, and not a traceback."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tertulia_server.errors import StartError

_FAILED = "lifespan.startup.failed"


class PlainStart:
    """An application whose `StartError` reaches the server that runs it as its sentence; all else passes through.

    Starlette tells of a failed start by a traceback, then raises: so what it told is held back until the error is seen.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failures: list[Message] = []

        async def hold(message: Message) -> None:
            if message["type"] == _FAILED:
                failures.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold)
        except StartError as error:
            await send({"type": _FAILED, "message": error.sentence})
            raise
        except Exception:
            for failure in failures:
                await send(failure)
            raise
