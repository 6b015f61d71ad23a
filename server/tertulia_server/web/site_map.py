"""What search engines are told: which addresses there are (sitemaps.org), and which are not for them (robots.txt).

The map lists what guests may read, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.forum.titles import thread_path
from tertulia_server.store.feeds import count_map_parts, read_map_part, read_mapped_forums
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.rendering import forum_url
from tertulia_server.web.services import services_of
from tertulia_server.web.site_address import site_address
from tertulia_wire.codes import Code

_NAMESPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_MAX_PARTS: Final = 50_000
_MAX_AGE_S: Final = 600
"""Robots come back seldom; a map that is ten minutes old is new enough for them."""

_NOT_FOR_ROBOTS: Final = ("/api/", "/live", "/search", "/sign-in", "/language", "/metrics")


async def show_robots(request: Request) -> Response:
    """``GET /robots.txt``."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    return PlainTextResponse("\n".join([*lines, "", f"Sitemap: {site_address(request)}/sitemap.xml", ""]))


async def show_map(request: Request) -> Response:
    """``GET /sitemap.xml``: which parts there are."""
    base = site_address(request)
    parts = min(await services_of(request).store.read(count_map_parts), _MAX_PARTS - 1)
    names = ["forums", *map(str, range(1, parts + 1))]
    lines = (f"<sitemap><loc>{escape(base)}/sitemaps/{name}.xml</loc></sitemap>" for name in names)
    return _answer("sitemapindex", lines)


async def show_map_of_forums(request: Request) -> Response:
    """``GET /sitemaps/forums.xml``."""
    base = escape(site_address(request))
    forums = await services_of(request).store.read(read_mapped_forums, GUEST)
    return _answer("urlset", [f"<url><loc>{base}{path}</loc></url>" for path in ["/", *map(forum_url, forums)]])


async def show_map_part(request: Request) -> Response:
    """``GET /sitemaps/1.xml``: the first page of each thread, which leads to the others."""
    part = parse_id(request.path_params["part"])
    if part >= _MAX_PARTS:
        raise Refusal(Code.NOT_FOUND)
    base = escape(site_address(request))
    threads = await services_of(request).store.read(read_map_part, GUEST, part)
    lines = (
        f"<url><loc>{base}{thread_path(thread.id, thread.slug)}</loc>{_last_change(thread.bumped_ms)}</url>"
        for thread in threads
    )
    return _answer("urlset", lines)


def _last_change(time_ms: int) -> str:
    return f"<lastmod>{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if time_ms else ""


def _answer(name: str, lines: Iterable[str]) -> Response:
    body = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<{name} {_NAMESPACE}>", *lines, f"</{name}>", ""])
    return Response(body, headers={"Cache-Control": f"private, max-age={_MAX_AGE_S}"}, media_type="application/xml")
