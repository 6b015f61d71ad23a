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
from tertulia_server.web.operations import ApiOperation
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
_SHAPE: Final = (
    *_ADMINISTER,
    Code.ORIGIN_REFUSED,
    Code.UNSUPPORTED_MEDIA,
    Code.TOO_LARGE,
    Code.MALFORMED,
    Code.INVALID,
)

ADMINISTRATION_OPERATIONS: Final = (
    ApiOperation(method="GET", path="/api/administration", handler=get_plan, answer=PlanData, refusals=_ADMINISTER),
    ApiOperation(
        method="POST",
        path="/api/administration/forums",
        handler=create_forum,
        answer=PlanData,
        status=201,
        body=CreateForumBody,
        refusals=(*_SHAPE, Code.NAME_TAKEN),
    ),
    ApiOperation(
        method="PATCH",
        path="/api/administration/forums/{forum}",
        handler=edit_forum,
        answer=PlanData,
        body=EditForumBody,
        refusals=(*_SHAPE, Code.NOT_FOUND, Code.NAME_TAKEN),
    ),
    ApiOperation(
        method="PUT",
        path="/api/administration/forums/{forum}/moderators",
        handler=put_moderator,
        answer=PlanData,
        body=ModeratorBody,
        refusals=(*_SHAPE, Code.NOT_FOUND),
    ),
    ApiOperation(
        method="POST",
        path="/api/administration/categories",
        handler=create_category,
        answer=PlanData,
        status=201,
        body=CreateCategoryBody,
        refusals=(*_SHAPE, Code.NAME_TAKEN),
    ),
    ApiOperation(
        method="PATCH",
        path="/api/administration/categories/{category}",
        handler=edit_category,
        answer=PlanData,
        body=EditCategoryBody,
        refusals=(*_SHAPE, Code.NOT_FOUND, Code.NAME_TAKEN),
    ),
)
