from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tertulia_server.web.parting import Parting


async def answer(scope: Any, receive: Any, send: Any) -> None:
    del receive
    kind = scope["type"]
    await send({"type": f"{kind}.response.start", "status": 200, "headers": [(b"x", b"y")]})
    await send({"type": f"{kind}.response.body", "body": b""})


@pytest.mark.parametrize("is_draining", [True, False])
async def test_answer_ends_its_connection_only_while_draining(is_draining: bool) -> None:
    draining = SimpleNamespace(is_draining=False)
    app = SimpleNamespace(state=SimpleNamespace(live=SimpleNamespace(draining=draining)))
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    draining.is_draining = is_draining
    await Parting(answer)({"type": "http", "app": app}, None, send)  # type: ignore[arg-type]
    assert ((b"connection", b"close") in sent[0]["headers"]) is is_draining
    assert (b"x", b"y") in sent[0]["headers"]


async def test_sockets_are_left_alone() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await Parting(answer)({"type": "websocket"}, None, send)  # type: ignore[arg-type]
    assert sent[0]["headers"] == [(b"x", b"y")]
