"""The WebSocket: does it pass, does its origin, and does it last."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.http11 import Response
from websockets.typing import Subprotocol

from tertulia_client.address import ServerAddress
from tertulia_client.checkup.finding import Finding, fail, ok, warn, words_of
from tertulia_client.live_socket import USER_AGENT
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.messages import Hello, Ping, Pong

SOCKET: Final = "websocket"
ORIGIN: Final = "origin"
LASTS: Final = "websocket lasts"
UPGRADE_ADVICE: Final = (
    "nginx, for /live: proxy_http_version 1.1;\n"
    "                  proxy_set_header Upgrade $http_upgrade;\n"
    '                  proxy_set_header Connection "upgrade";'
)
PUSH_ADVICE: Final = "Something collects what the server pushes. nginx, for /live: proxy_buffering off;"
IDLE_ADVICE: Final = "nginx, for /live: proxy_read_timeout 75s; proxy_send_timeout 75s; (the server speaks every 20 s)"
HOST_ADVICE: Final = (
    "The server compares a page's origin with the Host that it is given.\n"
    "nginx: proxy_set_header Host $http_host;   or name the origin in TERTULIA_ALLOWED_ORIGINS"
)
NO_SIGN_IN: Final = "tertulia_sign_in=check; __Host-tertulia_sign_in=check"
"""A cookie that signs nobody in, but makes the server look at the origin before it finds that out. The second name is
that over TLS."""


async def check_socket(address: ServerAddress, *, patience_s: float, idle_s: float) -> list[Finding]:
    """A guest's WebSocket, and whether it is still there after a silence."""
    try:
        connection = await _open(address, {}, patience_s)
    except InvalidStatus as error:
        status = error.response.status_code
        return [fail(SOCKET, f"the upgrade does not get through (status {status})", UPGRADE_ADVICE)]
    except (OSError, TimeoutError, EOFError, InvalidHandshake) as error:
        return [fail(SOCKET, f"the handshake breaks: {words_of(error)}", UPGRADE_ADVICE)]
    try:
        first = await _check_greeting(connection, patience_s)
        return [first] if first.advice else [first, await _check_silence(connection, patience_s, idle_s)]
    finally:
        await connection.close()


async def check_origin(address: ServerAddress, *, patience_s: float) -> Finding:
    """Whether the server takes a page of this address for its own."""
    origin = "/".join(address.origin.split("/")[:3])
    try:
        connection = await _open(address, {"Cookie": NO_SIGN_IN, "Origin": origin}, patience_s)
    except InvalidStatus as error:
        if _code_of(error.response) == Code.ORIGIN_REFUSED:
            return fail(ORIGIN, f"refused: the server does not know itself as {origin}", HOST_ADVICE)
        return warn(ORIGIN, f"not seen: the handshake was answered {error.response.status_code}", HOST_ADVICE)
    except (OSError, TimeoutError, EOFError, WebSocketException):
        return warn(ORIGIN, "not seen: there is no WebSocket", UPGRADE_ADVICE)
    await connection.close()
    return ok(ORIGIN, f"the server takes pages of {origin} for its own")


async def _open(address: ServerAddress, headers: Mapping[str, str], patience_s: float) -> ClientConnection:
    """As a browser does, which offers compression."""
    return await connect(
        address.live_url,
        subprotocols=[Subprotocol(Encoding.JSON.value)],
        additional_headers=headers,
        user_agent_header=USER_AGENT,
        proxy=None if address.is_loopback else True,
        open_timeout=patience_s,
        close_timeout=1,
        ping_interval=None,
    )


async def _check_greeting(connection: ClientConnection, patience_s: float) -> Finding:
    if connection.subprotocol != Encoding.JSON.value:
        advice = "The header Sec-WebSocket-Protocol is lost on the way: pass it on, both ways."
        return fail(SOCKET, "it opens, but without our subprotocol", advice)
    try:
        async with asyncio.timeout(patience_s):
            message = decode_server_message(await connection.recv(), Encoding.JSON)
    except TimeoutError:
        return fail(SOCKET, f"it opens, but nothing came in {patience_s:g} s", PUSH_ADVICE)
    except (ConnectionClosed, WireError) as error:
        return fail(SOCKET, f"it opens, but says no hello: {error}", UPGRADE_ADVICE)
    if not isinstance(message, Hello):
        return warn(SOCKET, f"it passes, but the server said {message.kind}", "See the server's log.")
    if connection.protocol.extensions:
        return warn(SOCKET, "it passes, but something compresses it", "Switch compression of WebSockets off.")
    return ok(SOCKET, "the upgrade passes, and what is pushed comes at once")


async def _check_silence(connection: ClientConnection, patience_s: float, idle_s: float) -> Finding:
    try:
        async with asyncio.timeout(idle_s):
            await connection.wait_closed()
    except TimeoutError:
        pass
    else:
        return fail(LASTS, f"closed within {idle_s:g} s of silence (code {connection.close_code})", IDLE_ADVICE)
    try:
        await connection.send(encode(Ping(1), Encoding.JSON).decode())
        async with asyncio.timeout(patience_s):
            while not isinstance(decode_server_message(await connection.recv(), Encoding.JSON), Pong):
                pass
    except (TimeoutError, ConnectionClosed, WireError):
        return fail(LASTS, f"dead after {idle_s:g} s of silence", IDLE_ADVICE)
    return ok(LASTS, f"alive after {idle_s:g} s of silence")


def _code_of(response: Response) -> int | None:
    try:
        return int(json.loads(response.body or b"")["code"])
    except (ValueError, TypeError, LookupError):
        return None
