"""Whether this worker can serve. Never "ok" while it could not."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.broker.port import BrokerState
from tertulia_server.store.log import read_epoch
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import HealthData


async def show_health(request: Request) -> Response:
    """``GET /healthz``: the store answers, or a problem document with its status; and how the broker is."""
    services = services_of(request)
    await services.store.read(read_epoch)
    state = services.broker.state
    status = HealthData(status="ok" if state is BrokerState.CONNECTED else "degraded", broker=state.value)
    return JSONResponse(status, headers={"Cache-Control": "no-store"})
