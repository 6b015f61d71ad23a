"""The JSON API for trials: forums for measurements, with members of their own, that are removed as a whole."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.trials import create_trial, extend_trial, read_trials, remove_trial
from tertulia_server.forum.models import Audience
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_trials import (
    CreateTrialBody,
    ExtendTrialBody,
    MadeTrialData,
    TrialData,
    TrialEndData,
    TrialMemberData,
    TrialRemovedData,
    TrialsData,
)


async def post_trial(request: Request) -> Response:
    """Make a forum for a measurement, with bots whose tokens hold as long as it lasts."""
    visitor, body = await identify(request), await read_json(request, CreateTrialBody)
    made = await create_trial(
        services_of(request).actions,
        visitor,
        body.name,
        members=body.members,
        lasts_s=body.lasts_s,
        audience=Audience(body.audience),
    )
    members = [TrialMemberData(id=one.member_id, name=one.name, token=one.token) for one in made.members]
    answer = MadeTrialData(forum=made.forum_id, name=body.name, ends_ms=made.ends_ms, members=members)
    return JSONResponse(answer, 201)


async def get_trials(request: Request) -> Response:
    """All trials, oldest first."""
    visitor, actions = await identify(request), services_of(request).actions
    now_ms = actions.now_ms()
    found = [
        TrialData(
            forum=trial.forum_id,
            name=trial.name,
            created_ms=trial.created_ms,
            ends_ms=trial.ends_ms,
            is_over=trial.ends_ms <= now_ms,
        )
        for trial in await read_trials(actions, visitor)
    ]
    return JSONResponse(TrialsData(trials=found))


async def patch_trial(request: Request) -> Response:
    """Let a trial and the tokens of its bots last longer, or less long."""
    visitor, body = await identify(request), await read_json(request, ExtendTrialBody)
    forum_id = parse_id(request.path_params["forum"])
    ends_ms = await extend_trial(services_of(request).actions, visitor, forum_id, lasts_s=body.lasts_s)
    return JSONResponse(TrialEndData(ends_ms=ends_ms))


async def delete_trial(request: Request) -> Response:
    """Remove a trial with all its posts and members; a great one takes several requests."""
    visitor = await identify(request)
    is_done = await remove_trial(services_of(request).actions, visitor, parse_id(request.path_params["forum"]))
    return JSONResponse(TrialRemovedData(is_done=is_done))
