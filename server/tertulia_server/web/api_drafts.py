"""The JSON API for drafts: what a member is writing follows them to their other devices."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions import drafts as actions
from tertulia_server.forum.drafts import parse_place
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store.drafts import StoredDraft, read_draft, read_drafts
from tertulia_server.web.addresses import query_number
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_composing import (
    DraftData,
    DraftDocument,
    DraftsData,
    SavedDraftData,
    SaveDraftBody,
)


async def get_drafts(request: Request) -> Response:
    """All drafts of the member."""
    visitor = await identify(request)
    check_may_write(visitor)
    services = services_of(request)
    found = await services.store.read(read_drafts, visitor.member_id or 0, now_ms=services.actions.now_ms())
    return JSONResponse(DraftsData(drafts=[_data(draft) for draft in found]))


async def get_draft(request: Request) -> Response:
    """The member's draft for one place."""
    visitor = await identify(request)
    check_may_write(visitor)
    place = parse_place(request.query_params.get("place", ""))
    services = services_of(request)
    found = await services.store.read(read_draft, visitor.member_id or 0, place, now_ms=services.actions.now_ms())
    return JSONResponse(DraftDocument(draft=None if found is None else _data(found)))


async def put_draft(request: Request) -> Response:
    """Keep what is being written. Of two texts the one that was written in last is kept; the other is given back."""
    visitor = await identify(request)
    check_may_write(visitor)
    services = services_of(request)
    services.paces.drafts.check(visitor.member_id or 0)
    body = await read_json(request, SaveDraftBody)
    saved = await actions.save_draft(
        services.actions,
        visitor,
        parse_place(body.place),
        body.title,
        body.text,
        base=body.base,
        age_ms=body.age_ms,
    )
    if saved is None:
        return JSONResponse(SavedDraftData(draft=None, other=None, taken=True))
    other = None if saved.other is None else _data(saved.other)
    return JSONResponse(SavedDraftData(draft=_data(saved.draft), other=other, taken=saved.is_taken))


async def delete_draft(request: Request) -> Response:
    """Drop a draft, unless it is newer than ``version``."""
    visitor = await identify(request)
    place = parse_place(request.query_params.get("place", ""))
    await actions.discard_draft(services_of(request).actions, visitor, place, version=query_number(request, "version"))
    return JSONResponse(DraftDocument(draft=None))


def _data(draft: StoredDraft) -> DraftData:
    return DraftData(
        place=draft.place,
        title=draft.title,
        text=draft.text,
        version=draft.version,
        changed_ms=draft.changed_ms,
    )
