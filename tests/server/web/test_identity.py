"""Who counts as whom: cookie or token, method and Origin."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Visitor
from tertulia_server.web.identity import COOKIE, HOST_PREFIX, identify, known_visitor
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town, ban
from tests.server.web.site import Site, open_site

HOST = "forum.test"


def connection(site: Site, method: str = "GET", scheme: str = "http", **headers: str) -> HTTPConnection:
    sent = {"host": HOST, **headers}
    scope = {
        "type": "websocket" if scheme in {"ws", "wss"} else "http",
        "scheme": scheme,
        "method": method,
        "path": "/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "app": site.app,
    }
    if scope["type"] == "websocket":
        del scope["method"]
    return HTTPConnection(scope)


async def cookie_of(site: Site, visitor: Visitor) -> str:
    token = await site.sign_in_token(visitor)
    return f"{COOKIE}={token}; {HOST_PREFIX}{COOKIE}={token}"  # whether over TLS or not


async def test_nobody_is_a_guest(site: Site) -> None:
    assert await identify(connection(site)) == GUEST


async def test_token_names_its_member(site: Site) -> None:
    token = await site.api_token(site.town.mona)
    asked = connection(site, "POST", authorization=f"Bearer {token}")
    assert await identify(asked) == site.town.mona
    assert known_visitor(asked) == site.town.mona


@pytest.mark.parametrize("value", ["Bearer wrong", "Bearer ", "Bearer", "Basic YTpi", "", "Bearer " + "x" * 300])
async def test_token_that_does_not_hold_is_refused(site: Site, value: str) -> None:
    asked = connection(site, authorization=value)
    with pytest.raises(Refusal) as caught:
        await identify(asked)
    assert caught.value.code is Code.UNAUTHENTICATED
    assert known_visitor(asked) == GUEST


async def test_token_wins_over_cookie_and_needs_no_origin(site: Site) -> None:
    token = await site.api_token(site.town.bob)
    cookie = await cookie_of(site, site.town.ada)
    asked = connection(site, "POST", authorization=f"Bearer {token}", cookie=cookie, origin="https://evil.test")
    assert await identify(asked) == site.town.bob


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_cookie_counts_for_reading_from_anywhere(site: Site, method: str) -> None:
    cookie = await cookie_of(site, site.town.ada)
    assert await identify(connection(site, method, cookie=cookie, origin="https://evil.test")) == site.town.ada


OURS = [
    ("http", f"http://{HOST}"),
    ("http", f"http://{HOST}:80"),
    ("http", f"http://{HOST.upper()}"),
    ("http", f"https://{HOST}"),  # a proxy before us speaks TLS
    ("https", f"https://{HOST}"),
    ("https", f"https://{HOST}:443"),
    ("ws", f"http://{HOST}"),
    ("wss", f"https://{HOST}"),
]
NOT_OURS = [
    ("http", "http://evil.test"),
    ("http", f"http://{HOST}.evil.test"),
    ("http", f"http://{HOST}:8001"),
    ("http", f"http://{HOST}:99999"),
    ("http", f"ftp://{HOST}"),
    ("http", "null"),
    ("http", ""),
    ("http", "http://["),
    ("https", f"http://{HOST}"),
    ("wss", f"http://{HOST}"),
    ("ws", "http://evil.test"),
]


@pytest.mark.parametrize(("scheme", "origin"), OURS)
async def test_cookie_counts_for_writing_from_our_pages(site: Site, scheme: str, origin: str) -> None:
    cookie = await cookie_of(site, site.town.ada)
    assert await identify(connection(site, "POST", scheme, cookie=cookie, origin=origin)) == site.town.ada


@pytest.mark.parametrize(("scheme", "origin"), NOT_OURS)
async def test_cookie_is_refused_from_other_sites(site: Site, scheme: str, origin: str) -> None:
    cookie = await cookie_of(site, site.town.ada)
    with pytest.raises(Refusal) as caught:
        await identify(connection(site, "DELETE", scheme, cookie=cookie, origin=origin))
    assert caught.value.code is Code.ORIGIN_REFUSED


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_cookie_without_origin_is_refused(site: Site, scheme: str) -> None:
    cookie = await cookie_of(site, site.town.ada)
    with pytest.raises(Refusal) as caught:
        await identify(connection(site, "POST", scheme, cookie=cookie))
    assert caught.value.code is Code.ORIGIN_REFUSED


async def test_guest_needs_no_origin(site: Site) -> None:
    assert await identify(connection(site, "GET", "ws", origin="https://evil.test")) == GUEST


async def test_origin_named_in_the_settings_is_ours(built: tuple[Path, Town], town_file: Path) -> None:
    other = await open_site(town_file, built[1], allowed_origins="https://a.test, https://App.test/ ")
    try:
        cookie = await cookie_of(other, other.town.ada)
        assert await identify(connection(other, "POST", cookie=cookie, origin="https://app.test")) == other.town.ada
    finally:
        await other.close()


async def test_cookie_that_has_ended_makes_a_guest(site: Site) -> None:
    token = await site.sign_in_token(site.town.ada, expires_ms=NOW_MS)
    for value in (token, "unknown", "", "x" * 300):
        assert await identify(connection(site, cookie=f"{COOKIE}={value}")) == GUEST


async def test_ban_is_known_at_the_next_request(site: Site) -> None:
    cookie = await cookie_of(site, site.town.ada)
    assert site.town.ada.member_id is not None
    await site.store.write(ban, site.town.ada.member_id)
    assert (await identify(connection(site, cookie=cookie))).is_banned
