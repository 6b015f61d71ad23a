from __future__ import annotations

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import AddressError


@pytest.mark.parametrize(
    ("url", "origin", "live"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/live"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/live"),
        ("https://forum.example", "https://forum.example", "wss://forum.example/live"),
        ("wss://forum.example/live", "https://forum.example", "wss://forum.example/live"),
        ("https://example.org/talk/", "https://example.org/talk", "wss://example.org/talk/live"),
        ("localhost:9", "http://localhost:9", "ws://localhost:9/live"),
        ("http://[::1]:8000", "http://[::1]:8000", "ws://[::1]:8000/live"),
    ],
)
def test_address_gives_api_and_live_socket(url: str, origin: str, live: str) -> None:
    address = parse_address(url)
    assert (address.origin, address.live_url) == (origin, live)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x",
        "http://",
        "http://h:99999",
        "http://h:x",
        "http://h/?a=1",
        "http://h/#a",
        "http://a:b@h",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(AddressError):
        parse_address(url)


@pytest.mark.parametrize(
    ("url", "is_loopback", "port"),
    [
        ("http://localhost", True, 80),
        ("http://127.3.2.1:5", True, 5),
        ("https://[::1]", True, 443),
        ("http://192.168.0.1", False, 80),
        ("http://localhost.example", False, 80),
    ],
)
def test_loopback_is_told_by_the_name(url: str, is_loopback: bool, port: int) -> None:
    address = parse_address(url)
    assert (address.is_loopback, address.port) == (is_loopback, port)
