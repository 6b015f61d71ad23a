"""For whoever watches the server: is the process alive, is it ready for clients, and what does it count."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.live.readiness import Condition, Standing
from tertulia_server.web.services import watch_of
from tertulia_server.web.shapes import HealthData, ReadinessData

_HEADERS: Final = {"Cache-Control": "no-store"}
RETRY_AFTER_S: Final = 2


async def show_health(_request: Request) -> Response:
    """``GET /healthz``: the process answers, and nothing more; whether it can serve is `show_readiness`."""
    return JSONResponse(HealthData(status="alive"), headers=_HEADERS)


async def show_readiness(request: Request) -> Response:
    """``GET /readyz``: 200 while clients should be sent here, else 503; with the reasons for whatever is not well."""
    condition = await watch_of(request).readiness.check()
    is_ready = condition.standing is not Standing.NOT_READY
    headers = _HEADERS if is_ready else {**_HEADERS, "Retry-After": str(RETRY_AFTER_S)}
    return JSONResponse(_data_of(condition), 200 if is_ready else 503, headers=headers)


def _data_of(condition: Condition) -> ReadinessData:
    return ReadinessData(
        status=condition.standing.value,
        reasons=list(condition.reasons),
        store="connected" if condition.is_store_there else "away",
        broker=condition.broker.value,
        sweep_age_ms=round(condition.sweep_age_s * 1000),
        rights_age_ms=round(condition.rights_age_s * 1000),
        draining=condition.is_draining,
        epoch=condition.epoch,
    )
