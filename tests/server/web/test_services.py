from __future__ import annotations

from starlette.requests import HTTPConnection

from tertulia_server.web.services import services_of
from tests.server.web.site import Site


async def test_services_are_found_from_any_connection(site: Site) -> None:
    assert services_of(HTTPConnection({"type": "websocket", "app": site.app})) is site.app.state.services
