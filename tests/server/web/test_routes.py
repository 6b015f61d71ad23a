from __future__ import annotations

import json

from starlette.routing import Mount, Route

from tertulia_server.web.api import OPERATIONS
from tertulia_server.web.openapi import openapi_document
from tertulia_server.web.routes import routes
from tests.server.web.site import Browser

PAGES = {
    "/",
    "/forums/{forum}",
    "/forums/{forum}/page-{page}",
    "/threads/{thread}",
    "/threads/{thread}/page-{page}",
    "/posts/{post}",
    "/sign-in",
    "/healthz",
    "/static",
}


def test_routes_hold_every_page_and_operation_once() -> None:
    paths = [route.path for route in routes() if isinstance(route, Route | Mount)]
    assert {operation.path for operation in OPERATIONS} | PAGES <= set(paths)
    assert len(paths) == len(set(paths))


async def test_openapi_document_is_served(guest: Browser) -> None:
    answer = await guest.get("/api/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.text) == openapi_document()
