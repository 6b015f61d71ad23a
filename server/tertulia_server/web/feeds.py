"""Atom feeds of forums and threads (RFC 4287), for whoever may read these."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.pages import page_of
from tertulia_server.forum.rights import check_may_read, may_read
from tertulia_server.forum.titles import thread_path
from tertulia_server.store.feeds import Feed, read_forum_feed, read_thread_feed
from tertulia_server.store.moved_lines import read_merged_thread
from tertulia_server.web.addresses import parse_id_and_slug
from tertulia_server.web.encodings import PAGE_VARY
from tertulia_server.web.identity import identify
from tertulia_server.web.rendering import forum_url, knows, make_tag, not_modified, post_url, render_text, thread_url
from tertulia_server.web.services import services_of
from tertulia_server.web.site_address import site_address
from tertulia_wire.codes import Code
from tertulia_wire.data import PostData, ThreadData

MEDIA_TYPE: Final = "application/atom+xml"


async def show_forum_feed(request: Request) -> Response:
    """``GET /forums/3-name/feed.atom``: the last post of each thread that was last posted in."""
    visitor = await identify(request)
    forum_id = parse_id_and_slug(request.path_params["forum"])
    feed = await services_of(request).store.read(read_forum_feed, forum_id)
    if feed is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, feed.rules)
    return _answer(request, feed, feed.forum["name"], forum_url(feed.forum))


async def show_thread_feed(request: Request) -> Response:
    """``GET /threads/17-title/feed.atom``: its newest posts."""
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    feed = await services_of(request).store.read(read_thread_feed, thread_id)
    if feed is None or feed.thread is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, feed.rules)
    if feed.thread["is_merged"]:
        merged = await services_of(request).store.read(read_merged_thread, thread_id)
        if merged is not None and may_read(visitor, merged.rules):
            return RedirectResponse(f"{thread_path(merged.id, merged.slug)}/feed.atom", 302)
    return _answer(request, feed, feed.thread["title"], thread_url(feed.thread))


def _answer(request: Request, feed: Feed, title: str, path: str) -> Response:
    base = site_address(request)
    entries = [_entry(base, post, thread) for post, thread in feed.entries]
    context = {
        "base": base,
        "title": title,
        "path": path,
        "updated_ms": max((entry["updated_ms"] for entry in entries), default=0),
        "entries": entries,
    }
    body = render_text(request, "feed.xml", context).encode()
    tag = make_tag(body)
    if knows(request, tag):
        return not_modified(tag)
    return Response(body, headers={**PAGE_VARY, "ETag": tag}, media_type=MEDIA_TYPE)


def _entry(base: str, post: PostData, thread: ThreadData) -> dict[str, Any]:
    changed_ms = max(post["edited_ms"] or 0, post["created_ms"] or 0) or thread["started_ms"] or 0
    return {
        "id": f"{base}/posts/{post['id']}",
        "url": base + post_url(thread, post, page_of(post["number"])),
        "title": f"{thread['title']} #{post['number']}",
        "author": post["author"]["name"],
        "published_ms": post["created_ms"],
        "updated_ms": changed_ms,
        "html": post["html"],
    }
