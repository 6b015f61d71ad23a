"""Whose address is believed: a stranger may write anything into a header."""

from __future__ import annotations

from typing import Any

import pytest

from tertulia_server.settings import networks_of
from tertulia_server.web.proxies import TrustedProxies, is_near, parse_address, peer_of

STRANGER = "203.0.113.9"
PROXY = "10.0.0.2"


async def pass_through(
    trusted: str, peer: str | None, *headers: tuple[str, str], kind: str = "http", scheme: str = "http"
) -> dict[str, Any]:
    """The scope as the application sees it."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nobody sends or receives")

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    client = None if peer is None else (peer, 40000)
    scope = {"type": kind, "client": client, "scheme": scheme, "headers": raw}
    await TrustedProxies(app, networks_of(trusted))(scope, nothing, nothing)
    return seen


async def client_of(trusted: str, peer: str, *chain: str) -> str:
    scope = await pass_through(trusted, peer, *(("x-forwarded-for", value) for value in chain))
    return str(peer_of(scope))


async def test_without_trust_the_peer_of_the_socket_is_the_client() -> None:
    assert await client_of("", PROXY, STRANGER) == PROXY
    scope = await pass_through("", PROXY, ("x-forwarded-proto", "https"))
    assert scope["scheme"] == "http"


async def test_stranger_who_writes_the_header_stays_who_they_are() -> None:
    assert await client_of(PROXY, STRANGER, "127.0.0.1") == STRANGER


async def test_last_address_that_is_no_proxy_is_the_client() -> None:
    assert await client_of(PROXY, PROXY, STRANGER) == STRANGER
    assert await client_of("10.0.0.0/8", PROXY, f"{STRANGER}, 10.1.1.1") == STRANGER


@pytest.mark.parametrize(
    "invented", ["127.0.0.1", "10.0.0.7", "127.0.0.1, 10.0.0.7", "nonsense", "", ",,,", "127.0.0.1, ::1" * 100]
)
async def test_what_a_client_invents_before_its_own_address_is_not_believed(invented: str) -> None:
    assert await client_of("10.0.0.0/8", PROXY, f"{invented}, {STRANGER}") == STRANGER
    assert await client_of("10.0.0.0/8", PROXY, invented, STRANGER) == STRANGER


async def test_value_that_cannot_be_read_ends_the_search() -> None:
    assert await client_of("10.0.0.0/8", PROXY, "nonsense") == PROXY
    assert await client_of("10.0.0.0/8", PROXY, f"{STRANGER}, nonsense, 10.0.0.3") == "10.0.0.3"


async def test_request_of_the_proxy_itself_comes_from_the_proxy() -> None:
    assert await client_of(PROXY, PROXY) == PROXY


@pytest.mark.parametrize(("kind", "scheme"), [("http", "https"), ("websocket", "wss")])
async def test_scheme_comes_from_the_proxy(kind: str, scheme: str) -> None:
    scope = await pass_through(PROXY, PROXY, ("x-forwarded-proto", "https"), kind=kind)
    assert scope["scheme"] == scheme
    scope = await pass_through(PROXY, PROXY, ("x-forwarded-proto", "https, gopher"), kind=kind)
    assert scope["scheme"] == "http"


async def test_unix_socket_has_no_address() -> None:
    scope = await pass_through("127.0.0.1", None, ("x-forwarded-for", STRANGER))
    assert peer_of(scope) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:80 ", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "None"),
        ("", "None"),
        ("[", "None"),
    ],
)
def test_address_is_read_in_all_its_forms(text: str, address: str) -> None:
    assert str(parse_address(text)) == address


async def test_nobody_is_near_through_a_proxy_that_is_not_trusted() -> None:
    here = networks_of("127.0.0.0/8")
    assert is_near(await pass_through("", "127.0.0.1"), here)
    assert not is_near(await pass_through("", STRANGER), here)
    for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
        assert not is_near(await pass_through("", "127.0.0.1", (header, "127.0.0.1")), here)
    forwarded = ("x-forwarded-for", f"127.0.0.1, {STRANGER}")
    assert not is_near(await pass_through("127.0.0.1", "127.0.0.1", forwarded), here)
    assert is_near(await pass_through(PROXY, PROXY, ("x-forwarded-for", "127.0.0.1")), here)
