"""Pages to write on, and the buttons of their forms that do not post: preview, keep the draft, quote one more post."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.drafts import discard_draft, save_draft
from tertulia_server.actions.previewing import render_preview
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.drafts import PlaceKind, parse_place
from tertulia_server.forum.mentions import find_quoted_posts
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.quotes import quote_post
from tertulia_server.forum.rights import check_may_post, check_may_write, may_read
from tertulia_server.store.drafts import Saved, StoredDraft, read_draft
from tertulia_server.store.drafts_list import ListedDraft, list_drafts
from tertulia_server.store.forums import read_forum
from tertulia_server.store.heads import read_cursors
from tertulia_server.store.pages import read_post
from tertulia_server.store.port import Connection
from tertulia_server.store.surroundings import Surroundings, read_surroundings
from tertulia_server.web.addresses import parse_id, parse_id_and_slug
from tertulia_server.web.bodies import read_form
from tertulia_server.web.drafts import Draft, reply_draft, show_draft, thread_draft
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import new_key
from tertulia_server.web.languages import gettext as _
from tertulia_server.web.languages import later
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.channels import forum_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

MAX_QUOTES_PER_ADDRESS: Final = 10

_KEPT: Final = later("Your draft is kept, here and on your other devices. It is not posted yet.")


async def show_reply(request: Request) -> Response:
    """``GET /threads/17/reply?quote=431``: the kept draft, with the quotes behind it."""
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    around = await services_of(request).store.read(read_surroundings, thread_id)
    if around is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_post(visitor, around.rules, around.thread["is_locked"])
    draft = reply_draft(thread_id, {})
    draft = await with_kept(request, visitor, draft)
    for post_id in request.query_params.getlist("quote")[:MAX_QUOTES_PER_ADDRESS]:
        if parse_id(post_id) not in find_quoted_posts(draft.text):  # an address may be loaded again
            draft = await with_quote(request, visitor, draft, post_id)
    now_ms = services_of(request).actions.now_ms()
    draft = replace(draft, heading=_("Reply to “%(title)s”") % {"title": around.thread["title"]})
    draft = draft.having(key=new_key(), seen=around.thread["last_number"], since_ms=now_ms)
    return show_draft(request, draft, around=around)


async def show_new_thread(request: Request) -> Response:
    """``GET /forums/3/new-thread``: the kept draft, or an empty form."""
    visitor = await identify(request)
    forum_id = parse_id_and_slug(request.path_params["forum"])
    forum = await services_of(request).store.read(read_forum, forum_id)
    if forum is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_post(visitor, forum.rules)
    draft = await with_kept(request, visitor, thread_draft(forum_id, {}))
    return show_draft(request, draft.having(key=new_key()))


async def show_drafts(request: Request) -> Response:
    """``GET /drafts``: all that was begun."""
    visitor = await identify(request)
    check_may_write(visitor)
    services = services_of(request)
    listed, follows = await services.store.read(_list_drafts, visitor, services.actions.now_ms())
    return render(request, "drafts.html", {"listed": listed, "follows": follows})


async def take_discard(request: Request) -> Response:
    """``POST /drafts/discard``: on to what is left."""
    visitor = await identify(request)
    form = await read_form(request)
    actions = services_of(request).actions
    await discard_draft(actions, visitor, parse_place(form.get("place", "")), version=parse_id(form.get("version", "")))
    return RedirectResponse("/drafts", 303)


async def write_on(request: Request, visitor: Visitor, draft: Draft, pressed: str) -> Response:
    """A button other than the one that posts. Whatever it does, the text is kept, where somebody may write at all."""
    error: TertuliaError | None = None
    more: dict[str, Any] = {}
    try:
        if pressed.startswith("quote:"):
            draft = await with_quote(request, visitor, draft, pressed.removeprefix("quote:"))
        draft, saved = await _keep(request, visitor, draft)
        more["other"] = None if saved is None else saved.other
        if pressed == "preview":
            post_id = draft.place.id if draft.place.kind is PlaceKind.POST else None
            actions = services_of(request).actions
            more["preview_html"] = await render_preview(actions, visitor, draft.text, post_id=post_id)
        elif saved is not None:
            more["said"] = _(_KEPT)
    except TertuliaError as refusal:
        error = refusal
    return show_draft(request, draft, error, **more, around=await _read_around(request, visitor, draft))


async def with_quote(request: Request, visitor: Visitor, draft: Draft, post_id: str) -> Draft:
    """The draft with a post quoted at its end; what may not be read is not quoted."""
    place = await services_of(request).store.read(read_post, parse_id(post_id))
    if place is None or not may_read(visitor, place.rules):
        raise Refusal(Code.NOT_FOUND)
    text = draft.text.rstrip()
    return replace(draft, text=(f"{text}\n\n" if text else "") + quote_post(place.post))


async def _read_around(request: Request, visitor: Visitor, draft: Draft) -> Surroundings | None:
    if draft.place.kind is not PlaceKind.THREAD:
        return None
    around = await services_of(request).store.read(
        read_surroundings,
        draft.place.id,
        seen=draft.number("seen"),
        quoted_ids=find_quoted_posts(draft.text[:20_000]),
        since_ms=draft.number("since_ms") or 0,
    )
    return around if around is not None and may_read(visitor, around.rules) else None


async def with_kept(request: Request, visitor: Visitor, draft: Draft) -> Draft:
    """The draft with the text that is kept for its place, if one is."""
    services = services_of(request)
    now_ms = services.actions.now_ms()
    kept: StoredDraft | None = await services.store.read(read_draft, visitor.member_id or 0, draft.place, now_ms=now_ms)
    if kept is None:
        return draft
    title = None if draft.title is None else kept.title
    return replace(draft, text=kept.text, title=title).having(draft=kept.version)


async def _keep(request: Request, visitor: Visitor, draft: Draft) -> tuple[Draft, Saved | None]:
    """A form does not say when it was written in: it counts as the newer one, and the other is shown."""
    services = services_of(request)
    services.paces.drafts.check(visitor.member_id or 0)
    saved = await save_draft(
        services.actions, visitor, draft.place, draft.title or "", draft.text, base=draft.number("draft") or 0
    )
    return (draft if saved is None else draft.having(draft=saved.draft.version)), saved


def _list_drafts(conn: Connection, visitor: Visitor, now_ms: int) -> tuple[list[ListedDraft], dict[str, Cursor]]:
    """The drafts, and the cursors of the forums whose titles they show."""
    listed = list_drafts(conn, visitor, now_ms=now_ms)
    forum_ids = {one.forum_id for one in listed if one.forum_id is not None}
    return listed, read_cursors(conn, map(forum_channel, sorted(forum_ids)))
