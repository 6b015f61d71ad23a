"""Forms for writing, all of them plain: a page without a script posts with these.

What somebody wrote is never lost: whatever is wrong, the answer is the form again, with the text in it.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.posts import create_post
from tertulia_server.actions.ratings import rate_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.pages import page_of
from tertulia_server.forum.text import check_text
from tertulia_server.web.addresses import parse_id, parse_id_and_slug
from tertulia_server.web.bodies import read_form
from tertulia_server.web.composing import write_on
from tertulia_server.web.drafts import Draft, reply_draft, show_draft, thread_draft
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import new_key
from tertulia_server.web.languages import later
from tertulia_server.web.rendering import post_url
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
    if form.get("do"):
        return await write_on(request, visitor, draft, form["do"])
    actions, kept = services_of(request).actions, draft.number("draft") or 0
    try:
        outcome = await create_post(actions, visitor, thread_id, draft.text, key=draft.key, kept_version=kept)
    except TertuliaError as error:
        return show_draft(request, draft, error)
    if outcome.is_replayed and _is_other_text(draft.text, outcome.post):
        return _show_again(request, draft)
    return on_to(outcome.thread, outcome.post)


async def take_thread(request: Request) -> Response:
    """``POST /forums/3/threads``: on to the new thread."""
    visitor = await identify(request)
    forum_id = parse_id_and_slug(request.path_params["forum"])
    form = await read_form(request)
    draft = thread_draft(forum_id, form)
    if form.get("do"):
        return await write_on(request, visitor, draft, form["do"])
    actions, kept = services_of(request).actions, draft.number("draft") or 0
    try:
        outcome = await create_thread(
            actions, visitor, forum_id, draft.title or "", draft.text, key=draft.key, kept_version=kept
        )
    except TertuliaError as error:
        return show_draft(request, draft, error)
    if outcome.is_replayed and _is_other_text(draft.text, outcome.post):
        return _show_again(request, draft)
    return on_to(outcome.thread, outcome.post)


async def take_rating(request: Request) -> Response:
    """``POST /posts/431/rate``: on to the post, which shows the mark."""
    visitor = await identify(request)
    mark = Mark.of((await read_form(request)).get("mark", ""))
    if mark is None:
        raise Refusal(Code.INVALID, "A rating is positive, negative or none.")
    outcome = await rate_post(services_of(request).actions, visitor, parse_id(request.path_params["post"]), mark)
    return on_to(outcome.thread, outcome.post)


def on_to(thread: ThreadData, post: PostData) -> Response:
    """See Other: loading the page that follows again sends nothing again."""
    return RedirectResponse(post_url(thread, post, page_of(post["number"])), 303)


def _show_again(request: Request, draft: Draft) -> Response:
    """A browser that went back keeps the form's key; another text under it is another post, not a repeated one."""
    refusal = Refusal(Code.INVALID, _NOT_POSTED_TWICE)
    return show_draft(request, draft.having(key=new_key()), refusal)


def _is_other_text(text: str, post: PostData) -> bool:
    if post["text"] is None:
        return False
    try:
        return check_text(text) != post["text"]
    except Refusal:
        return True
