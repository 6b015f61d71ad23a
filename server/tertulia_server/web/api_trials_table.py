"""The part of the table of the JSON API that makes and removes trials."""

from __future__ import annotations

from typing import Final

from tertulia_server.web.api_trials import delete_trial, get_trials, patch_trial, post_trial
from tertulia_server.web.operations import BODY, CHANGE, delete, get, patch, post
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
_CHANGE: Final = (*_RUN, *CHANGE)

TRIAL_OPERATIONS: Final = (
    get("/api/trials", get_trials, TrialsData, refusals=_RUN),
    post(
        "/api/trials",
        post_trial,
        MadeTrialData,
        body=CreateTrialBody,
        status=201,
        refusals=(*_CHANGE, *BODY, Code.NAME_TAKEN),
    ),
    patch(
        "/api/trials/{forum}",
        patch_trial,
        TrialEndData,
        body=ExtendTrialBody,
        refusals=(*_CHANGE, *BODY, Code.NOT_FOUND),
    ),
    delete("/api/trials/{forum}", delete_trial, TrialRemovedData, refusals=(*_CHANGE, Code.NOT_FOUND)),
)
