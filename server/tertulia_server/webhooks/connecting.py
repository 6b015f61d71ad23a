"""Connections to where members' addresses lead: each name is looked up, each address looked at, and that one connected.

The check is made where the connection is, so there is nothing between the two that a changed answer of the DNS could
use; the name itself stays in the request and in TLS. There is no proxy and no redirect: nothing else is ever connected.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import httpcore2

from tertulia_server.forum.address_rules import AddressRules

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, in the order in which to try them; raises `OSError`."""

MAX_ADDRESSES: Final = 16
MAX_TRIED: Final = 3


class AddressRefused(Exception):
    """The name leads to where webhooks may not be sent. Says no address: that would tell about the inner network."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, in a thread."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens the connections of a pool."""

    def __init__(self, rules: AddressRules, resolve: Resolve = resolve) -> None:
        self._rules = rules
        self._resolve = resolve
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
            raise httpcore2.ConnectError("The name is not known.") from error
        if not addresses or len(addresses) > MAX_ADDRESSES:
            raise httpcore2.ConnectError("The name has no address, or too many.")
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
