"""How many writing requests one address may send: a flood from one place is stopped before it costs a transaction."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import HTTPConnection

from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import is_staff
from tertulia_server.web.services import services_of

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NET_BITS: Final = 64
"""Of an IPv6 address: the rest of it its owner chooses anew whenever they like (RFC 4291 section 2.5.4)."""


def check_address_pace(connection: HTTPConnection, visitor: Visitor) -> None:
    """Count a writing request of its address; `Refusal` with ``RATE_LIMITED`` and the time until the next may come.

    Bots and the staff are not counted: somebody let them in.
    """
    pace = services_of(connection).address_pace
    is_writing = connection.scope["type"] == "http" and connection.scope["method"] not in _SAFE_METHODS
    if pace is None or not is_writing or visitor.is_bot or is_staff(visitor) or connection.client is None:
        return
    pace.check(place_of(connection.client.host))


def place_of(host: str) -> str:
    """The address, or the net of an IPv6 one; whatever is no address counts as it is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{int(address) >> (128 - _NET_BITS):x}"
    return str(address)
