from __future__ import annotations

import re

import pytest

from tests.server.web.site import Browser, Site


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/crash", "/api/nowhere", "/api/crash", "/sign-in", "/static/mark.svg"]
)
async def test_every_answer_carries_the_headers(guest: Browser, path: str) -> None:
    headers = (await guest.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_page_is_never_kept_by_others(guest: Browser) -> None:
    assert (await guest.get("/")).headers["cache-control"] == "private, no-cache"


async def test_pages_have_neither_inline_script_nor_style(site: Site, mona: Browser) -> None:
    thread = await site.thread()
    paths = ["/", "/sign-in", f"/forums/{site.town.forum_id}-town-talk", f"/threads/{thread.thread['id']}-the-fair"]
    for path in paths:
        html = (await mona.get(path)).text
        assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html) is None, path
