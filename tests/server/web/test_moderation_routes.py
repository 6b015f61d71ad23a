from __future__ import annotations

from starlette.routing import Route

from tertulia_server.web.moderation_routes import moderation_routes


def test_each_address_is_there_once() -> None:
    paths = [route.path for route in moderation_routes() if isinstance(route, Route)]
    assert len(paths) == len(set(paths)) == len(moderation_routes())
