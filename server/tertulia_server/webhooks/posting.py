"""One request to a receiver, bounded in time and in what is read of its answer."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpcore2

from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.forum.webhooks import Outcome
from tertulia_server.webhooks.connecting import AddressRefused, CheckedBackend, Resolve
from tertulia_server.webhooks.failures import why_unreachable
from tertulia_wire.version import __version__
from tertulia_wire.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

MAX_ANSWER_BYTES: Final = 4096
MAX_ANSWER_CHARS: Final = 300
ANSWER_S: Final = 1.0
"""How long the body of an answer is waited for, after its status."""

MAX_CONNECTIONS: Final = 64
MAX_IDLE_CONNECTIONS: Final = 16
IDLE_S: Final = 15.0

_MAX_RETRY_AFTER_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is None where none came; ``text`` is the beginning of the answer, or what went wrong.

    ``retry_after_ms`` is what the receiver asked for, 0 if it did not.
    """

    outcome: Outcome
    status: int | None
    text: str
    duration_ms: int
    retry_after_ms: int = 0


def signed_headers(delivery_id: str, secrets: Sequence[str], body: bytes, now_s: int) -> dict[str, str]:
    """All headers of a delivery but that of the host."""
    return {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept-Encoding": "identity",
        "User-Agent": f"Tertulia/{__version__} (webhooks)",
        ID_HEADER: delivery_id,
        TIMESTAMP_HEADER: str(now_s),
        SIGNATURE_HEADER: " ".join(sign(secret, delivery_id, now_s, body) for secret in secrets),
    }


class Poster:
    """Owns the connections of one worker."""

    def __init__(self, rules: AddressRules, *, timeout_s: float, resolve: Resolve | None = None) -> None:
        self._timeout_s = timeout_s
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_S,
            network_backend=CheckedBackend(rules, resolve),
        )

    async def close(self) -> None:
        """Close what is kept open."""
        await self._pool.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it, and say what came of it: whatever the other side does, that is no exception."""
        started_s = time.monotonic()
        status, text, retry_after_ms = None, "", 0
        try:
            async with asyncio.timeout(self._timeout_s):
                status, text, retry_after_ms = await self._post(url, headers, body)
            outcome = Outcome.DELIVERED if 200 <= status < 300 else Outcome.REFUSED
        except AddressRefused:
            outcome = Outcome.BLOCKED
        except (TimeoutError, httpcore2.TimeoutException):
            outcome = Outcome.TIMEOUT
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, OSError) as error:
            outcome, text = Outcome.UNREACHABLE, str(why_unreachable(error))
        return Answer(outcome, status, text, round((time.monotonic() - started_s) * 1000), retry_after_ms)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, int]:
        async with self._pool.stream("POST", url, headers=list(headers.items()), content=body) as response:
            return response.status, plain_excerpt(await _read_beginning(response)), _retry_after_ms(response.headers)


async def _read_beginning(response: httpcore2.Response) -> bytes:
    """What comes soon of the answer. Its status has come and counts, whatever becomes of the rest."""
    read = b""
    try:
        async with asyncio.timeout(ANSWER_S):
            async for piece in response.aiter_stream():
                read += piece[: MAX_ANSWER_BYTES - len(read)]
                if len(read) >= MAX_ANSWER_BYTES:
                    break
    except (TimeoutError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
        pass
    return read


@cache
def _ssl_context() -> ssl.SSLContext:
    """Trusts whom this machine trusts; made once, as it reads some hundred certificates."""
    return ssl.create_default_context()


def plain_excerpt(data: bytes) -> str:
    """The beginning as one line of text that may be shown."""
    text = data[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)[:MAX_ANSWER_CHARS]


def _retry_after_ms(headers: Sequence[tuple[bytes, bytes]]) -> int:
    """In seconds only; a date would be compared with a clock that is not ours."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) <= _MAX_RETRY_AFTER_DIGITS:
            return int(value) * 1000
    return 0
