"""Pages for reading: the index, a forum, a thread, a post's permalink."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import ForumRules, Visitor
from tertulia_server.forum.rights import check_may_post, check_may_read, may_have_webhooks, may_moderate, may_read
from tertulia_server.forum.titles import thread_path
from tertulia_server.store.moved_lines import read_merged_thread
from tertulia_server.store.pages import (
    THREADS_PER_PAGE,
    ForumPage,
    Index,
    PostPlace,
    read_forum_page,
    read_index,
    read_post,
)
from tertulia_server.store.port import Connection
from tertulia_server.store.read_marks import Floors, read_floors_of
from tertulia_server.store.stamps import PagePlace, ThreadStamp, read_stamped_page
from tertulia_server.store.unread import UnreadEnd, find_unread_threads, read_unread_threads
from tertulia_server.web.addresses import here, parse_id, parse_id_and_slug, parse_page
from tertulia_server.web.badges import known_badge, known_cases
from tertulia_server.web.encodings import PACKED_PAGE, PAGE_LEVEL, PAGE_VARY, pack, takes_gzip
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import new_key
from tertulia_server.web.languages import current_language, say
from tertulia_server.web.page_memory import KeptPage, PageMemory
from tertulia_server.web.previews import thread_preview
from tertulia_server.web.reading import Reader, note_page, read_reader
from tertulia_server.web.rendering import (
    BUILD,
    forum_url,
    knows,
    make_tag,
    not_modified,
    page_response,
    post_url,
    render,
    render_articles,
    render_text,
    thread_url,
)
from tertulia_server.web.services import services_of
from tertulia_server.web.site_address import known_address
from tertulia_wire.codes import Code


async def show_index(request: Request) -> Response:
    """``GET /``."""
    visitor = await identify(request)
    services = services_of(request)
    index, unread, floors = await services.store.read(_read_index, visitor, services.actions.now_ms())
    readable = [summary for summary in index.forums if may_read(visitor, summary.rules)]
    categories = [(name, list(group)) for name, group in groupby(readable, lambda summary: summary.forum["category"])]
    context = {"categories": categories, "unread": unread, "floors": floors, "cursors": index.cursors}
    return render(request, "index.html", context)


async def show_forum(request: Request) -> Response:
    """``GET /forums/3-name[/page-2]``."""
    visitor = await identify(request)
    forum_id, page_number = _path_ids(request, "forum")
    services = services_of(request)
    page, unread = await services.store.read(
        _read_forum_page, visitor, forum_id, page_number, services.actions.now_ms()
    )
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, page.rules)
    canonical = forum_url(page.forum, page.page)
    if request.url.path != canonical:
        return _moved(request, canonical)
    hint = post_hint(visitor, page.rules, is_locked=False)
    context = {
        "forum": page.forum,
        "threads": page.threads,
        "threads_per_page": THREADS_PER_PAGE,
        "cursor": page.cursor,
        "unread": unread,
        "page": page.page,
        "page_count": page.page_count,
        "page_href": lambda number: forum_url(page.forum, number),
        "may_post": hint is None,
        "post_hint": hint,
        "key": new_key() if hint is None else "",
        "may_have_webhooks": _may_have_webhooks(request, visitor),
    }
    return render(request, "forum.html", context)


async def show_thread(request: Request) -> Response:
    """``GET /threads/17-title[/page-2]``: made anew only when its stamp says that something on it has changed."""
    visitor = await identify(request)
    place = PagePlace(*_path_ids(request, "thread"))
    memory = services_of(request).memory
    stamp = await memory.stamps.read(place)
    if stamp is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, stamp.rules)
    if stamp.is_merged:
        merged = await services_of(request).store.read(read_merged_thread, place.thread_id)
        if merged is not None and may_read(visitor, merged.rules):
            return RedirectResponse(thread_path(merged.id, merged.slug), 302)  # who may not follow finds the lines
    canonical = thread_path(place.thread_id, stamp.slug, place.page)
    if request.scope["path"] != canonical:
        return _moved(request, canonical)
    reader = await read_reader(request, visitor, place.thread_id)  # as they come: before this page counts as read
    await note_page(request, visitor, place, stamp)
    is_shared = visitor.is_guest and not request.scope["query_string"]
    kept = memory.find_page(canonical, stamp, BUILD.name) if is_shared else None
    tag = _thread_tag(request, place, stamp, visitor, reader) if kept is None else kept.tag
    if knows(request, tag):
        return not_modified(tag)
    if kept is not None:
        return _packed(memory, canonical, kept) if takes_gzip(request) else kept.answer
    page = await _make_thread_page(request, place, visitor, reader)
    is_merged = page.stamp.is_merged  # whom that sends elsewhere is asked each time
    if is_shared and not is_merged and page.stamp.slug == stamp.slug:
        memory.keep_page(canonical, page)
    return page.answer


def _packed(memory: PageMemory, path: str, kept: KeptPage) -> Response:
    """Compressed once for all guests who ask for it after the first."""
    if kept.packed is None:
        kept.packed = page_response(pack(bytes(kept.answer.body), PAGE_LEVEL), kept.tag, PACKED_PAGE)
        memory.keep_page(path, kept)
    return kept.packed


async def _make_thread_page(request: Request, place: PagePlace, visitor: Visitor, reader: Reader | None) -> KeptPage:
    """The page with the stamp of the same snapshot: the one that was asked for may be older by now."""
    services, build = services_of(request), BUILD.name
    found = await services.store.read(read_stamped_page, place, visitor.member_id)
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    stamp, page = found
    check_may_read(visitor, page.rules)
    hint = post_hint(visitor, page.rules, is_locked=page.thread["is_locked"])
    context = {
        "forum": page.forum,
        "thread": page.thread,
        "articles": render_articles(services.memory, page, visitor, may_quote=hint is None),
        "may_moderate": may_moderate(visitor, page.rules.forum_id),
        "page": page.page,
        "page_count": page.page_count,
        "page_href": lambda number: thread_url(page.thread, number),
        "cursor": page.cursor,
        "site_cursor": page.site_cursor,
        "preview": thread_preview(page, known_address(request)) if visitor.is_guest else None,
        "reader": reader,
        "has_presence": services.settings.shows_presence,
        "may_post": hint is None,
        "post_hint": hint,
        "key": new_key() if hint is None else "",
        "may_have_webhooks": _may_have_webhooks(request, visitor),
    }
    html = render_text(request, "thread.html", context)
    tag = _thread_tag(request, place, stamp, visitor, reader)
    return KeptPage(place, stamp, build, tag, page_response(html.encode(), tag, PAGE_VARY), not_modified(tag))


def _thread_tag(request: Request, place: PagePlace, stamp: ThreadStamp, visitor: Visitor, reader: Reader | None) -> str:
    """Of what the page is made, not of its bytes: each copy for a member has another key to post with. A key that
    was used has moved the head, and with it the tag, so no browser shows a used one from its copy."""
    site_name, badge = services_of(request).settings.site_name, (known_badge(request), known_cases(request))
    language = current_language().code
    shown = None if reader is None else (reader.is_watching, reader.unread_elsewhere(place.page, stamp.last_number))
    offered = _may_have_webhooks(request, visitor)
    told = (BUILD.name, language, site_name, here(request), visitor, stamp, shown, badge, offered)
    return make_tag(repr(told).encode())


def _may_have_webhooks(request: Request, visitor: Visitor) -> bool:
    return services_of(request).settings.webhooks_per_member > 0 and may_have_webhooks(visitor)


async def show_post(request: Request) -> Response:
    """``GET /posts/431``: on to the page where the post stands now; a removed one has its line there."""
    place = await read_place(request, await identify(request))
    return RedirectResponse(post_url(place.thread, place.post, place.page), 302)


async def read_place(request: Request, visitor: Visitor) -> PostPlace:
    """The post named by the path, if the visitor may read it; else `Refusal`."""
    place = await services_of(request).store.read(read_post, parse_id(request.path_params["post"]))
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, place.rules)
    return place


def _read_index(
    conn: Connection, visitor: Visitor, now_ms: int
) -> tuple[Index, dict[int, dict[int, UnreadEnd]], Floors | None]:
    """The index, and the threads of each forum that a member has not read, with what counts as read without a mark."""
    index = read_index(conn)
    member_id = visitor.member_id
    if member_id is None:
        return index, {}, None
    return index, read_unread_threads(conn, member_id, now_ms), read_floors_of(conn, member_id, now_ms)


def _read_forum_page(
    conn: Connection, visitor: Visitor, forum_id: int, number: int, now_ms: int
) -> tuple[ForumPage | None, set[int]]:
    """The page, and which of its threads a member has not read."""
    page = read_forum_page(conn, forum_id, number)
    if page is None or visitor.member_id is None:
        return page, set()
    thread_ids = [thread["id"] for thread in page.threads]
    return page, find_unread_threads(conn, visitor.member_id, thread_ids, now_ms)


def post_hint(visitor: Visitor, rules: ForumRules, *, is_locked: bool) -> str | None:
    """Why there is no form to write in; None if there is one."""
    try:
        check_may_post(visitor, rules, is_locked)
    except Refusal as refusal:
        return say(refusal.sentence)
    return None


def _path_ids(request: Request, kind: str) -> tuple[int, int]:
    thing_id = parse_id_and_slug(request.path_params[kind])
    return thing_id, parse_page(request.path_params.get("page", "1"))


def _moved(request: Request, path: str) -> Response:
    """A title may change back, so browsers ask again although the new address is the right one for good."""
    query = here(request).partition("?")[2]
    return RedirectResponse(f"{path}?{query}" if query else path, 301)
