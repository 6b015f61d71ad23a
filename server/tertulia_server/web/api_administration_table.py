"""The part of the table of the JSON API that shapes the index."""

from __future__ import annotations

from typing import Final

from tertulia_server.web.api_administration import (
    create_category,
    create_forum,
    edit_category,
    edit_forum,
    get_plan,
    put_moderator,
)
from tertulia_server.web.operations import BODY, CHANGE, get, patch, post, put
from tertulia_server.web.shapes_administration import (
    CreateCategoryBody,
    CreateForumBody,
    EditCategoryBody,
    EditForumBody,
    ModeratorBody,
    PlanData,
)
from tertulia_wire.codes import Code

_ADMINISTER: Final = (Code.UNAUTHENTICATED, Code.BANNED, Code.FORBIDDEN)
_SHAPE: Final = (*_ADMINISTER, *CHANGE, *BODY)

ADMINISTRATION_OPERATIONS: Final = (
    get("/api/administration", get_plan, PlanData, refusals=_ADMINISTER),
    post(
        "/api/administration/forums",
        create_forum,
        PlanData,
        body=CreateForumBody,
        status=201,
        refusals=(*_SHAPE, Code.NAME_TAKEN),
    ),
    patch(
        "/api/administration/forums/{forum}",
        edit_forum,
        PlanData,
        body=EditForumBody,
        refusals=(*_SHAPE, Code.NOT_FOUND, Code.NAME_TAKEN),
    ),
    put(
        "/api/administration/forums/{forum}/moderators",
        put_moderator,
        PlanData,
        body=ModeratorBody,
        refusals=(*_SHAPE, Code.NOT_FOUND),
    ),
    post(
        "/api/administration/categories",
        create_category,
        PlanData,
        body=CreateCategoryBody,
        status=201,
        refusals=(*_SHAPE, Code.NAME_TAKEN),
    ),
    patch(
        "/api/administration/categories/{category}",
        edit_category,
        PlanData,
        body=EditCategoryBody,
        refusals=(*_SHAPE, Code.NOT_FOUND, Code.NAME_TAKEN),
    ),
)
