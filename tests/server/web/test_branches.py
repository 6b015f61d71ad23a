from __future__ import annotations

import httpx2 as httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from tertulia_server.web.branches import Branches
from tertulia_server.web.live import live_routes
from tertulia_server.web.routes import routes


async def tell(request: Request) -> Response:
    return PlainTextResponse(f"{request.scope['route'] is not None} {request.path_params}")


async def listen(_socket: WebSocket) -> None:
    raise AssertionError


BRANCHES = Branches(
    [
        Route("/", tell),
        Route("/threads/{thread}", tell),
        Route("/threads/{thread}/page-{page}", tell),
        Route("/api/threads/{thread}", tell),
        Route("/api/log", tell, methods=["POST"]),
        WebSocketRoute("/live", listen),
        Mount("/static", PlainTextResponse("file")),
    ]
)


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/", 200, "True {}"),
        ("/threads/17-a", 200, "True {'thread': '17-a'}"),
        ("/threads/17-a/page-2", 200, "True {'thread': '17-a', 'page': '2'}"),
        ("/api/threads/17", 200, "True {'thread': '17'}"),
        ("/static/mark.svg", 200, "file"),
        ("/api/log", 405, "Method Not Allowed"),
        ("/api", 404, "Not Found"),
        ("/live", 404, "Not Found"),
        ("/nowhere/17", 404, "Not Found"),
        ("//threads/17", 404, "Not Found"),
        ("/threads/17-a/", 307, ""),
    ],
)
async def test_request_reaches_the_route_that_is_meant(path: str, status: int, text: str) -> None:
    transport = httpx.ASGITransport(Starlette(routes=[BRANCHES]))
    async with httpx.AsyncClient(transport=transport, base_url="http://forum.test") as client:
        answer = await client.get(httpx.URL("http://forum.test").copy_with(raw_path=path.encode()))
    assert (answer.status_code, answer.text) == (status, text)


async def test_application_below_a_path_finds_its_routes() -> None:
    transport = httpx.ASGITransport(Starlette(routes=[BRANCHES]), root_path="/forum")
    async with httpx.AsyncClient(transport=transport, base_url="http://forum.test") as client:
        assert (await client.get("/forum/threads/17")).text == "True {'thread': '17'}"


def test_all_our_addresses_begin_with_a_fixed_word() -> None:
    Branches([*live_routes(), *routes()])


@pytest.mark.parametrize("route", [Route("/{page}", tell), Route("/api/{thing}/x", tell)])
def test_address_that_begins_with_anything_is_refused(route: Route) -> None:
    with pytest.raises(ValueError, match="fixed word"):
        Branches([route])


def test_route_without_a_path_is_refused() -> None:
    with pytest.raises(TypeError, match="no path"):
        Branches([Host("forum.test", PlainTextResponse("x"))])
