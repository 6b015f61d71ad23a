"""The administrator's page for categories, forums and moderators. Plain forms; each leads back to where it was."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from tertulia_server.actions.forums import create_category, create_forum, edit_category, edit_forum
from tertulia_server.actions.moderators import appoint_moderator, dismiss_moderator
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.models import Audience
from tertulia_server.forum.rights import check_may_administer
from tertulia_server.forum.shaping import (
    MAX_DESCRIPTION_CHARS,
    MAX_FORUM_NAME_CHARS,
    MAX_POSITION,
    CategoryChange,
    ForumChange,
)
from tertulia_server.store.shaping import read_plan
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.badges import with_badge
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.methods import by_method
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code

PATH = "/administration"


def administration_routes() -> list[BaseRoute]:
    """A route per address."""
    return [
        by_method(PATH, GET=with_badge(show_plan)),
        by_method(f"{PATH}/forums", POST=take_forum),
        by_method(f"{PATH}/forums/{{forum}}", POST=take_forum_change),
        by_method(f"{PATH}/forums/{{forum}}/moderators", POST=take_moderator),
        by_method(f"{PATH}/categories", POST=take_category),
        by_method(f"{PATH}/categories/{{category}}", POST=take_category_change),
    ]


async def show_plan(request: Request) -> Response:
    """``GET /administration``."""
    check_may_administer(await identify(request))
    return await _show(request)


async def take_forum(request: Request) -> Response:
    """``POST /administration/forums``: a new forum."""
    visitor, form = await identify(request), await read_form(request)
    try:
        forum_id = await create_forum(
            services_of(request).actions,
            form.get("name", ""),
            visitor=visitor,
            category=form.get("category", ""),
            description=form.get("description", ""),
            audience=_audience(form, "audience"),
            posting=_audience(form, "posting"),
            position=_position(form),
        )
    except TertuliaError as error:
        return await _refused(request, error, form)
    return _back(f"forum-{forum_id}")


async def take_forum_change(request: Request) -> Response:
    """``POST /administration/forums/3``: a forum's name, place and rules."""
    visitor, form = await identify(request), await read_form(request)
    forum_id = parse_id(request.path_params["forum"])
    try:
        change = ForumChange(
            name=form.get("name"),
            category=form.get("category"),
            description=form.get("description"),
            position=_position(form),
            audience=_audience(form, "audience"),
            posting=_audience(form, "posting"),
        )
        await edit_forum(services_of(request).actions, visitor, forum_id, change)
    except TertuliaError as error:
        return await _refused(request, error)
    return _back(f"forum-{forum_id}")


async def take_moderator(request: Request) -> Response:
    """``POST /administration/forums/3/moderators``: appoint or dismiss one by name."""
    visitor, form = await identify(request), await read_form(request)
    forum_id = parse_id(request.path_params["forum"])
    change = dismiss_moderator if form.get("do") == "dismiss" else appoint_moderator
    try:
        await change(services_of(request).actions, visitor, form.get("name", "").strip(), forum_id)
    except TertuliaError as error:
        return await _refused(request, error)
    return _back(f"forum-{forum_id}")


async def take_category(request: Request) -> Response:
    """``POST /administration/categories``: a new category."""
    visitor, form = await identify(request), await read_form(request)
    try:
        made_id = await create_category(
            services_of(request).actions, visitor, form.get("name", ""), position=_position(form)
        )
    except TertuliaError as error:
        return await _refused(request, error)
    return _back(f"category-{made_id}")


async def take_category_change(request: Request) -> Response:
    """``POST /administration/categories/2``: its name and place."""
    visitor, form = await identify(request), await read_form(request)
    category_id = parse_id(request.path_params["category"])
    try:
        change = CategoryChange(name=form.get("name"), position=_position(form))
        await edit_category(services_of(request).actions, visitor, category_id, change)
    except TertuliaError as error:
        return await _refused(request, error)
    return _back(f"category-{category_id}")


async def _show(
    request: Request, *, error: str = "", draft: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    context = {
        "plan": await services_of(request).store.read(read_plan),
        "error": error,
        "draft": draft or {},
        "max_name_chars": MAX_FORUM_NAME_CHARS,
        "max_description_chars": MAX_DESCRIPTION_CHARS,
        "max_position": MAX_POSITION,
    }
    return render(request, "administration.html", context, status)


async def _refused(request: Request, error: TertuliaError, draft: Mapping[str, str] | None = None) -> Response:
    """The page again, with why, and what a new forum was to be; whoever may not see the page is told only that."""
    check_may_administer(await identify(request))
    return await _show(request, error=str(error), draft=draft, status=error.code.status)


def _back(anchor: str) -> Response:
    return RedirectResponse(f"{PATH}#{anchor}", 303)


def _audience(form: Mapping[str, str], name: str) -> Audience:
    try:
        return Audience(form.get(name, ""))
    except ValueError:
        raise Refusal(Code.INVALID, "Say who may read the forum, and who may post in it.") from None


def _position(form: Mapping[str, str]) -> int:
    text = form.get("position", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Refusal(Code.INVALID, "A place in the order is a whole number.")
    return int(text)
