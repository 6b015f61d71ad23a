"""The JSON API by which the copies of one bot share its work."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.bot_shares import LEASE_MS, share_work
from tertulia_server.errors import Refusal
from tertulia_server.store.bot_shares import PARTS, Holding
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_shares import HeldPartBody, HeldPartData, ShareWorkBody, ShareWorkData
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

_NAME: Final = re.compile(r"[0-9a-z-]{1,32}")


async def put_share(request: Request) -> Response:
    """Renew what a copy holds, keep its places, and learn what it is to do; with an old fence nothing is kept."""
    visitor = await identify(request)
    name = request.path_params["share"]
    if not _NAME.fullmatch(name):
        raise Refusal(Code.NOT_FOUND)
    services = services_of(request)
    services.paces.shares.check(visitor.member_id or 0)
    body = await read_json(request, ShareWorkBody)
    outcome = await share_work(
        services.actions,
        visitor,
        name,
        body.holder,
        held=[_holding(one) for one in body.held],
        let_go=body.let_go,
        is_leaving=body.leaving,
    )
    held = [
        HeldPartData(part=part, fence=fence, places={channel: (at.epoch, at.seq) for channel, at in places.items()})
        for part, fence, places in outcome.held
    ]
    return JSONResponse(ShareWorkData(parts=PARTS, lease_ms=LEASE_MS, held=held, excess=list(outcome.excess)))


def _holding(body: HeldPartBody) -> Holding:
    return Holding(body.part, body.fence, {channel: _cursor(at) for channel, at in body.places.items()})


def _cursor(place: list[str | int]) -> Cursor:
    epoch, seq = place
    if not isinstance(epoch, str) or not isinstance(seq, int):
        raise Refusal(Code.INVALID)
    return Cursor(epoch, seq)
