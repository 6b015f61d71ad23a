"""Plain forms that change a post: edit it, remove it, restore it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.actions.drafts import discard_draft
from tertulia_server.actions.posts import edit_post, remove_post, restore_post
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.rights import check_may_edit, check_may_remove
from tertulia_server.store.pages import PostPlace
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.api_composing import find_versions
from tertulia_server.web.bodies import read_form
from tertulia_server.web.composing import with_kept, write_on
from tertulia_server.web.drafts import Draft, edit_draft, show_draft
from tertulia_server.web.forms import on_to
from tertulia_server.web.identity import identify
from tertulia_server.web.pages import read_place
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code


async def show_edit(request: Request) -> Response:
    """``GET /posts/431/edit``: the author's own text to change."""
    visitor = await identify(request)
    place = await read_place(request, visitor)
    check_may_edit(visitor, place.post["author"]["id"], place.rules, place.thread["is_locked"])
    text = _text_of(place)
    form = {"text": text, "version": str(place.post["version"])}
    draft = await with_kept(request, visitor, edit_draft(place.post["id"], form))
    return show_draft(request, draft, initial=text, channel=thread_channel(place.thread["id"]))


async def take_edit(request: Request) -> Response:
    """``POST /posts/431/edit``: on to the post; if somebody changed it meanwhile, both texts to choose from."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    form = await read_form(request)
    draft = edit_draft(post_id, form)
    if form.get("do"):
        return await write_on(request, visitor, draft, form["do"])
    actions = services_of(request).actions
    try:
        outcome = await edit_post(actions, visitor, post_id, draft.text, version=_version_of(draft))
    except TertuliaError as error:
        current = await read_place(request, visitor) if error.code is Code.STALE_VERSION else None
        return show_draft(request, draft, error, current=None if current is None else current.post)
    if draft.number("draft"):
        await discard_draft(actions, visitor, draft.place, version=draft.number("draft") or 0)
    return on_to(outcome.thread, outcome.post)


async def show_remove(request: Request) -> Response:
    """``GET /posts/431/remove``: asks whether it is meant."""
    visitor = await identify(request)
    place = await read_place(request, visitor)
    check_may_remove(visitor, place.rules)
    _text_of(place)
    return render(request, "remove.html", {"post": place.post, "thread": place.thread})


async def take_remove(request: Request) -> Response:
    """``POST /posts/431/remove``: on to the line that it leaves."""
    visitor = await identify(request)
    outcome = await remove_post(services_of(request).actions, visitor, parse_id(request.path_params["post"]))
    return on_to(outcome.thread, outcome.post)


async def show_restore(request: Request) -> Response:
    """``GET /posts/431/restore``: what would come back."""
    visitor = await identify(request)
    found = await find_versions(request, visitor)
    check_may_remove(visitor, found.rules)
    if found.row.removed_ms is None:
        raise Refusal(Code.INVALID, "This post is not removed.")
    return render(request, "restore.html", {"found": found, "post": found.row})


async def take_restore(request: Request) -> Response:
    """``POST /posts/431/restore``: on to the post, which is back."""
    visitor = await identify(request)
    outcome = await restore_post(services_of(request).actions, visitor, parse_id(request.path_params["post"]))
    return on_to(outcome.thread, outcome.post)


def _text_of(place: PostPlace) -> str:
    text = place.post["text"]
    if text is None:
        raise Refusal(Code.POST_REMOVED)
    return text


def _version_of(draft: Draft) -> int:
    try:
        return parse_id(draft.fields.get("version", ""))
    except Refusal:
        raise Refusal(
            Code.INVALID, "The form has lost the version of the post. Open it again from the thread."
        ) from None
