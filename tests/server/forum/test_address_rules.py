"""Where the server may be sent: everything that is not plainly public is closed, however it is written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.forum.address_rules import CLOSED, AddressRules, is_public

PORTS = frozenset({80, 443})
RULES = AddressRules((), PORTS)
LOOPBACK = AddressRules((ip_network("127.0.0.0/8"), ip_network("fd00::/8")), PORTS)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "ff02::1",
        "",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
    ],
)
def test_closed(address: str) -> None:
    assert not RULES.permits(address, 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_open_on_their_ports(address: str) -> None:
    assert RULES.permits(address, 443)
    assert not RULES.permits(address, 25)
    assert not RULES.permits(address, 6379)
    assert not CLOSED.permits(address, 443)


def test_allowed_networks_are_open_on_every_port_and_only_they() -> None:
    assert LOOPBACK.permits("127.0.0.1", 12345)
    assert LOOPBACK.permits("::ffff:127.0.0.1", 12345)
    assert LOOPBACK.permits("fd12::1", 1)
    assert not LOOPBACK.permits("10.0.0.1", 80)
    assert not LOOPBACK.permits("::1", 80)


@given(st.ip_addresses(v=4))
def test_no_more_is_public_than_python_knows(address: IPv4Address) -> None:
    assert not is_public(address) or address.is_global


@given(st.ip_addresses(v=6))
def test_no_more_of_the_new_kind_is_public_than_python_knows(address: IPv6Address) -> None:
    assert not is_public(address) or address.is_global or address.ipv4_mapped is not None


@given(st.ip_addresses(v=4))
def test_an_address_in_another_dress_is_judged_as_itself(address: IPv4Address) -> None:
    for prefix in ("::ffff:", "64:ff9b::"):
        assert is_public(ip_address(f"{prefix}{address}")) == is_public(address)
