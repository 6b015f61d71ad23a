"""Forms for writing, all of them plain: a page without a script posts, edits and removes with these.

What somebody wrote is never lost: whatever is wrong, the answer is the form again, with the text in it.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.posts import create_post, edit_post, remove_post
from tertulia_server.actions.ratings import rate_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.pages import page_of
from tertulia_server.forum.rights import check_may_edit, check_may_remove
from tertulia_server.forum.text import check_text
from tertulia_server.store.pages import PostPlace
from tertulia_server.web.addresses import parse_id, parse_id_and_slug
from tertulia_server.web.bodies import read_form
from tertulia_server.web.drafts import Draft, edit_draft, reply_draft, show_draft, thread_draft
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import new_key
from tertulia_server.web.languages import later
from tertulia_server.web.pages import read_place
from tertulia_server.web.rendering import post_url, render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code
from tertulia_wire.data import PostData, ThreadData

_NOT_POSTED_TWICE: Final = later(
    "This form has already posted another text. What you see below is not posted yet: send it again if it should be."
)


async def take_reply(request: Request) -> Response:
    """``POST /threads/17/posts``: on to the new post."""
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    form = await read_form(request)
    draft = reply_draft(thread_id, form)
    try:
        outcome = await create_post(services_of(request).actions, visitor, thread_id, draft.text, key=draft.key)
    except TertuliaError as error:
        return show_draft(request, draft, error)
    if outcome.is_replayed and _is_other_text(draft.text, outcome.post):
        return _show_again(request, draft)
    return _on_to(outcome.thread, outcome.post)


async def take_thread(request: Request) -> Response:
    """``POST /forums/3/threads``: on to the new thread."""
    visitor = await identify(request)
    forum_id = parse_id_and_slug(request.path_params["forum"])
    form = await read_form(request)
    draft = thread_draft(forum_id, form)
    actions = services_of(request).actions
    try:
        outcome = await create_thread(actions, visitor, forum_id, draft.title or "", draft.text, key=draft.key)
    except TertuliaError as error:
        return show_draft(request, draft, error)
    if outcome.is_replayed and _is_other_text(draft.text, outcome.post):
        return _show_again(request, draft)
    return _on_to(outcome.thread, outcome.post)


async def show_edit(request: Request) -> Response:
    """``GET /posts/431/edit``: the author's own text to change."""
    visitor = await identify(request)
    place = await read_place(request, visitor)
    check_may_edit(visitor, place.post["author"]["id"], place.rules, place.thread["is_locked"])
    text = _text_of(place)
    form = {"text": text, "version": str(place.post["version"])}
    return show_draft(request, edit_draft(place.post["id"], form))


async def take_edit(request: Request) -> Response:
    """``POST /posts/431/edit``: on to the post; if somebody changed it meanwhile, both texts to choose from."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    form = await read_form(request)
    draft = edit_draft(post_id, form)
    actions = services_of(request).actions
    try:
        outcome = await edit_post(actions, visitor, post_id, draft.text, version=_version_of(draft))
    except TertuliaError as error:
        current = await read_place(request, visitor) if error.code is Code.STALE_VERSION else None
        return show_draft(request, draft, error, current=None if current is None else current.post)
    return _on_to(outcome.thread, outcome.post)


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
    return _on_to(outcome.thread, outcome.post)


async def take_rating(request: Request) -> Response:
    """``POST /posts/431/rate``: on to the post, which shows the mark."""
    visitor = await identify(request)
    mark = Mark.of((await read_form(request)).get("mark", ""))
    if mark is None:
        raise Refusal(Code.INVALID, "A rating is positive, negative or none.")
    outcome = await rate_post(services_of(request).actions, visitor, parse_id(request.path_params["post"]), mark)
    return _on_to(outcome.thread, outcome.post)


def _on_to(thread: ThreadData, post: PostData) -> Response:
    """See Other: loading the page that follows again sends nothing again."""
    return RedirectResponse(post_url(thread, post, page_of(post["number"])), 303)


def _show_again(request: Request, draft: Draft) -> Response:
    """A browser that went back keeps the form's key; another text under it is another post, not a repeated one."""
    refusal = Refusal(Code.INVALID, _NOT_POSTED_TWICE)
    return show_draft(request, draft.with_key(new_key()), refusal)


def _is_other_text(text: str, post: PostData) -> bool:
    if post["text"] is None:
        return False
    try:
        return check_text(text) != post["text"]
    except Refusal:
        return True


def _text_of(place: PostPlace) -> str:
    text = place.post["text"]
    if text is None:
        raise Refusal(Code.POST_REMOVED)
    return text


def _version_of(draft: Draft) -> int:
    try:
        return parse_id(draft.version)
    except Refusal:
        raise Refusal(
            Code.INVALID, "The form has lost the version of the post. Open it again from the thread."
        ) from None
