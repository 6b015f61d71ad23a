"""Which addresses the server may be sent to by its members: only public ones, unless the operator allows more.

A member names an address, and the server goes there: so it must not lead to what only the server can reach. Names are
resolved by the caller; here it is said of each address that came of it. The tables are IANA's registries of
special-purpose addresses (RFC 6890 and its updates), written down here as those of Python differ from one release to
the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from tertulia_server.settings import Networks

Address = IPv4Address | IPv6Address

_CLOSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's NAT, and where some clouds keep their metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public, is the inner service of a large cloud
        "169.254.0.0/16",  # link-local; 169.254.169.254 gives out a machine's credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
)
_OPEN_V6: Final = IPv6Network("2000::/3")
"""The only part that is given out as global unicast."""
_CLOSED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: has an IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """``allowed`` are networks beside the public ones, on any port; ``ports`` are those of public addresses."""

    allowed: Networks
    ports: frozenset[int]

    def permits(self, address: str, port: int) -> bool:
        """Whether the server may connect there. What is no plain address is not permitted."""
        try:
            found = _inner(ip_address(address))
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.scope_id is not None:
            return False
        if any(found in network for network in self.allowed if network.version == found.version):
            return True
        return is_public(found) and port in self.ports


CLOSED: Final = AddressRules((), frozenset())
"""Nowhere at all."""


def is_number(host: str) -> bool:
    """Whether this is an address already, and no name that has to be looked up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach it as well."""
    address = _inner(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv6Address) and (address in _MAPPED or address in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
