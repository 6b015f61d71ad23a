"""The address of the site as browsers see it: where a full one is asked for."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from tertulia_server.web.services import services_of


def site_address(connection: HTTPConnection) -> str:
    """``https://forum.example``: the setting, else what the request names. Nothing made of the latter may be kept for
    others: who asks chooses the name."""
    return known_address(connection) or f"{connection.url.scheme}://{connection.url.netloc}"


def known_address(connection: HTTPConnection) -> str:
    """The setting, empty if there is none."""
    return services_of(connection).settings.public_url.rstrip("/")
