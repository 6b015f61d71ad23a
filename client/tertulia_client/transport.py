"""One HTTP request to the API, tried again while that may help and there is time."""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx2

from tertulia_client.address import ServerAddress
from tertulia_client.backoff import Backoff
from tertulia_client.errors import ApiError, ClientError, NotTertulia, ServerUnreachable, sentence_of
from tertulia_client.reasons import why_unconnected
from tertulia_client.tokens import check_token
from tertulia_wire.codes import Action, Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.version import __version__

DEADLINE_S: Final = 30.0
"""For how long a request is tried by default."""

REQUEST_TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
MAX_CONNECTIONS: Final = 256

_STATUS_CODES: Final = {
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    413: Code.TOO_LARGE,
    429: Code.RATE_LIMITED,
    502: Code.OVERLOADED,
    503: Code.OVERLOADED,
    504: Code.OVERLOADED,
}


class Transport:
    """Requests to one server as one member (``token``) or as a guest."""

    def __init__(
        self,
        address: ServerAddress,
        token: str | None = None,
        *,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
        wire: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """``wire`` replaces the network, and ``sleep`` the waiting between tries, for tests."""
        self._address = address
        self._deadline_s = deadline_s
        self._clock = clock
        self._sleep = sleep
        self._rng = rng or random.Random()
        headers = {"User-Agent": f"tertulia/{__version__}"}
        token = check_token(token)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx2.AsyncClient(
            base_url=address.origin,
            headers=headers,
            timeout=REQUEST_TIMEOUT_S,
            trust_env=not address.is_loopback,
            verify=ssl.create_default_context() if address.is_secure else False,  # the trust of the WebSocket
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
            transport=wire,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
        key: str | None = None,
        deadline_s: float | None = None,
    ) -> tuple[int, Any]:
        """Status and decoded JSON of a success.

        `ApiError` for a refusal, `ServerUnreachable` or `NotTertulia` otherwise. Refusals that ask for it, and network
        errors, are tried again until ``deadline_s`` have passed; the last one is raised then.
        """
        give_up_at_s = self._clock() + (self._deadline_s if deadline_s is None else deadline_s)
        backoff = Backoff(self._rng, base_s=0.2, cap_s=5.0)
        while True:
            try:
                return await self._try_once(method, path, body, query, key)
            except ClientError as error:
                delay_s = backoff.next_delay_s(_retry_after_ms(error))
                if not _may_help(error) or self._clock() + delay_s >= give_up_at_s:
                    raise
            await self._sleep(delay_s)

    async def _try_once(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str | int] | None,
        key: str | None,
    ) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else None
        request = self._http.build_request(method, path, json=body, params=query, headers=headers)
        try:
            response = await self._http.send(request, stream=True)
            try:
                answer = await _read_all(response)
            finally:
                await response.aclose()
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise ServerUnreachable(f"No connection to {self._address.origin}: {why_unconnected(error)}.") from None
        return response.status_code, self._value_of(response, answer)

    def _value_of(self, response: httpx2.Response, answer: bytes) -> Any:
        try:
            value = json.loads(answer)
        except ValueError:
            value = None
        if response.is_success and value is not None:
            return value
        if response.is_success or response.is_redirect:
            raise NotTertulia(f"What answers at {self._address.origin} is no Tertulia server.")
        raise _problem(response.status_code, value)


async def _read_all(response: httpx2.Response) -> bytes:
    """The body, of at most `MAX_ANSWER_BYTES`."""
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise ClientError("The answer is larger than any that a Tertulia server gives.", Code.TOO_LARGE)
    return bytes(answer)


def _problem(status: int, value: Any) -> ApiError:
    """A refusal from its problem document, or from nothing but its status."""
    problem = value if isinstance(value, dict) else {}
    number = problem.get("code")
    if type(number) is not int:
        number = int(_STATUS_CODES.get(status, Code.INTERNAL if status >= 500 else Code.INVALID))
    sentence = problem.get("detail") or problem.get("title") or sentence_of(number)
    retry_after_ms = problem.get("retry_after_ms")
    retry_after_ms = retry_after_ms if type(retry_after_ms) is int else None
    return ApiError(number, status, str(sentence), retry_after_ms, _cursor(problem.get("cursor")))


def _cursor(value: Any) -> Cursor | None:
    match value:
        case [str(epoch), int(seq)]:
            return Cursor(epoch, seq)
        case _:
            return None


def _may_help(error: ClientError) -> bool:
    if isinstance(error, ApiError):
        return error.action is Action.RETRY
    return isinstance(error, ServerUnreachable)


def _retry_after_ms(error: ClientError) -> int | None:
    return error.retry_after_ms if isinstance(error, ApiError) else None
