"""The part of the table of the JSON API that makes and removes trials."""

from __future__ import annotations

from typing import Final

from tertulia_server.web.api_trials import delete_trial, get_trials, patch_trial, post_trial
from tertulia_server.web.operations import ApiOperation
from tertulia_server.web.shapes_trials import (
    CreateTrialBody,
    ExtendTrialBody,
    MadeTrialData,
    TrialEndData,
    TrialRemovedData,
    TrialsData,
)
from tertulia_wire.codes import Code

_RUN: Final = (Code.UNAUTHENTICATED, Code.BANNED, Code.FORBIDDEN)
_BODY: Final = (
    *_RUN,
    Code.ORIGIN_REFUSED,
    Code.UNSUPPORTED_MEDIA,
    Code.TOO_LARGE,
    Code.MALFORMED,
    Code.INVALID,
)

TRIAL_OPERATIONS: Final = (
    ApiOperation(method="GET", path="/api/trials", handler=get_trials, answer=TrialsData, refusals=_RUN),
    ApiOperation(
        method="POST",
        path="/api/trials",
        handler=post_trial,
        answer=MadeTrialData,
        status=201,
        body=CreateTrialBody,
        refusals=(*_BODY, Code.NAME_TAKEN),
    ),
    ApiOperation(
        method="PATCH",
        path="/api/trials/{forum}",
        handler=patch_trial,
        answer=TrialEndData,
        body=ExtendTrialBody,
        refusals=(*_BODY, Code.NOT_FOUND),
    ),
    ApiOperation(
        method="DELETE",
        path="/api/trials/{forum}",
        handler=delete_trial,
        answer=TrialRemovedData,
        refusals=(*_RUN, Code.ORIGIN_REFUSED, Code.NOT_FOUND),
    ),
)
