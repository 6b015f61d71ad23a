"""The JSON API with which an administrator shapes the index. Each answer is the whole plan, as it is then."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions import forums, moderators
from tertulia_server.forum.models import Audience
from tertulia_server.forum.rights import check_may_administer
from tertulia_server.forum.shaping import CategoryChange, ForumChange
from tertulia_server.store.shaping import CategoryPlan, ForumPlan, read_plan
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_administration import (
    CategoryPlanData,
    CreateCategoryBody,
    CreateForumBody,
    EditCategoryBody,
    EditForumBody,
    ForumPlanData,
    ModeratorBody,
    PlanData,
)


async def get_plan(request: Request) -> Response:
    """All categories and forums with their rules and moderators."""
    check_may_administer(await identify(request))
    return await _answer(request)


async def create_forum(request: Request) -> Response:
    """Make a forum."""
    visitor, body = await identify(request), await read_json(request, CreateForumBody)
    await forums.create_forum(
        services_of(request).actions,
        body.name,
        visitor=visitor,
        category=body.category,
        description=body.description,
        audience=Audience(body.audience),
        posting=Audience(body.posting),
        position=body.position,
    )
    return await _answer(request, 201)


async def edit_forum(request: Request) -> Response:
    """Rename, describe or place a forum, say who reads it and who posts."""
    visitor, body = await identify(request), await read_json(request, EditForumBody)
    change = ForumChange(
        name=body.name,
        category=body.category,
        description=body.description,
        position=body.position,
        audience=None if body.audience is None else Audience(body.audience),
        posting=None if body.posting is None else Audience(body.posting),
    )
    await forums.edit_forum(services_of(request).actions, visitor, parse_id(request.path_params["forum"]), change)
    return await _answer(request)


async def create_category(request: Request) -> Response:
    """Make a category."""
    visitor, body = await identify(request), await read_json(request, CreateCategoryBody)
    await forums.create_category(services_of(request).actions, visitor, body.name, position=body.position)
    return await _answer(request, 201)


async def edit_category(request: Request) -> Response:
    """Rename or place a category."""
    visitor, body = await identify(request), await read_json(request, EditCategoryBody)
    change = CategoryChange(name=body.name, position=body.position)
    category_id = parse_id(request.path_params["category"])
    await forums.edit_category(services_of(request).actions, visitor, category_id, change)
    return await _answer(request)


async def put_moderator(request: Request) -> Response:
    """Give a forum to a moderator, or take it away."""
    visitor, body = await identify(request), await read_json(request, ModeratorBody)
    change = moderators.appoint_moderator if body.is_moderator else moderators.dismiss_moderator
    await change(services_of(request).actions, visitor, body.name, parse_id(request.path_params["forum"]))
    return await _answer(request)


async def _answer(request: Request, status: int = 200) -> Response:
    plan = await services_of(request).store.read(read_plan)
    return JSONResponse(PlanData(categories=[_category_data(category) for category in plan]), status)


def _category_data(plan: CategoryPlan) -> CategoryPlanData:
    forums_data = [_forum_data(forum) for forum in plan.forums]
    return CategoryPlanData(id=plan.id, name=plan.name, position=plan.position, forums=forums_data)


def _forum_data(plan: ForumPlan) -> ForumPlanData:
    return ForumPlanData(
        forum=plan.forum,
        audience=plan.rules.audience.value,
        posting=plan.rules.posting.value,
        position=plan.position,
        moderators=[name for _, name in plan.moderators],
    )
