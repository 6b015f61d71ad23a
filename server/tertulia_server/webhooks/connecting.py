"""Connections to where members' addresses lead: each name is looked up, each address looked at, and that one connected.

The check is made where the connection is, so there is nothing between the two that a changed answer of the DNS could
use; the name itself stays in the request and in TLS. There is no proxy and no redirect: nothing else is ever connected.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

import httpcore2

from tertulia_server.forum.address_rules import AddressRules, is_number
from tertulia_server.webhooks.failures import NAME_UNKNOWN, NO_ADDRESS

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, in the order in which to try them; raises `OSError`."""

MAX_ADDRESSES: Final = 16
MAX_TRIED: Final = 3
MAX_LOOKUPS: Final = 64


class AddressRefused(Exception):
    """The name leads to where webhooks may not be sent. Says no address: that would tell about the inner network."""


class Resolver:
    """Asks the system's resolver, each time in a thread of its own.

    A name server that never answers holds up nobody's threads but these, and not the end of the process.
    """

    def __init__(self, most: int = MAX_LOOKUPS) -> None:
        self._most = most
        self._running_count = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """A number stands for itself; `OSError` for a name that is not known, and when too many are looked up."""
        if is_number(host):
            return [host]
        if self._running_count >= self._most:
            raise OSError("Too many names are being looked up.")
        self._running_count += 1
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()
        threading.Thread(
            target=self._look_up, args=(loop, answer, host, port), name="tertulia-resolver", daemon=True
        ).start()
        return await answer

    def _look_up(
        self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Sequence[str]], host: str, port: int
    ) -> None:
        found: Sequence[str] | Exception
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(address[0]) for *_, address in rows))
        except (OSError, UnicodeError) as error:
            found = error
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(self._tell, answer, found)

    def _tell(self, answer: asyncio.Future[Sequence[str]], found: Sequence[str] | Exception) -> None:
        self._running_count -= 1
        if answer.done():
            return
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens the connections of a pool."""

    def __init__(self, rules: AddressRules, resolve: Resolve | None = None) -> None:
        self._rules = rules
        self._resolve = resolve or Resolver()
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of a backend
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """`AddressRefused` if any address of the name is not permitted; what httpcore raises if none answers."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(NAME_UNKNOWN) from error
        if not addresses or len(addresses) > MAX_ADDRESSES:
            raise httpcore2.ConnectError(NO_ADDRESS)
        if not all(self._rules.permits(address, port) for address in addresses):
            raise AddressRefused
        return await self._connect(addresses[:MAX_TRIED], port, timeout, local_address, socket_options)

    async def _connect(
        self,
        addresses: Sequence[str],
        port: int,
        timeout: float | None,  # noqa: ASYNC109 - handed on
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)
