"""Who asks, when a proxy stands between: its headers are believed if we were told to trust it, and never else."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia_server.settings import Networks

_SCHEMES: Final = {b"http": ("http", "ws"), b"https": ("https", "wss")}
_FORWARDING: Final = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})
_MAX_HOPS: Final = 32

Address = IPv4Address | IPv6Address


class TrustedProxies:
    """ASGI middleware around everything: puts the client's address and scheme in the place of the proxy's.

    The client is the last address of ``X-Forwarded-For`` that is no trusted proxy, since each proxy adds the address
    of its own peer at the end; what stands before it may be anybody's invention. ``X-Forwarded-Proto`` counts likewise
    from its end. Without trust, or where a value cannot be read, the peer of the socket stays what it is.
    """

    def __init__(self, app: ASGIApp, trusted: Networks) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._trusted and scope["type"] in {"http", "websocket"} and is_in(peer_of(scope), self._trusted):
            self._believe(scope)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        client = self._find_client(_words(scope, b"x-forwarded-for"))
        if client is not None:
            scope["client"] = (str(client), 0)
            scope.setdefault("state", {})["is_forwarded"] = True
        protocols = _words(scope, b"x-forwarded-proto")
        if protocols and protocols[-1].lower() in _SCHEMES:
            scope["scheme"] = _SCHEMES[protocols[-1].lower()][scope["type"] == "websocket"]

    def _find_client(self, hops: list[bytes]) -> Address | None:
        found = None
        for hop in reversed(hops[-_MAX_HOPS:]):
            address = parse_address(hop.decode("latin-1"))
            if address is None:
                return found
            found = address
            if not is_in(found, self._trusted):
                break
        return found


def peer_of(scope: Scope) -> Address | None:
    """The client of this request as far as it is known; None where it has no address (a Unix socket)."""
    client = scope.get("client")
    return parse_address(client[0]) if client else None


def is_near(scope: Scope, networks: Networks) -> bool:
    """Whether the client is in these networks, for sure.

    A request that came through a proxy which we were not told to trust is from nobody knows where, whatever the address
    of the proxy: that is how strangers come in by the loopback address.
    """
    has_passed_proxy = any(name in _FORWARDING for name, _ in scope["headers"])
    is_known = not has_passed_proxy or scope.get("state", {}).get("is_forwarded", False)
    return is_known and is_in(peer_of(scope), networks)


def is_in(address: Address | None, networks: Networks) -> bool:
    """Whether one of the networks has the address; a peer without one (a Unix socket) is in none."""
    return address is not None and any(address in network for network in networks)


def parse_address(text: str) -> Address | None:
    """``192.0.2.1``, ``192.0.2.1:80``, ``2001:db8::1`` or ``[2001:db8::1]:80``; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _words(scope: Scope, wanted: bytes) -> list[bytes]:
    values: Iterable[bytes] = (value for name, value in scope["headers"] if name == wanted)
    return [word for value in values for part in value.split(b",") if (word := part.strip())]
