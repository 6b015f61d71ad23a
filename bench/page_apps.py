"""What `bench/pages.py` serves: the real application, and a plain route that returns the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tertulia_server.app import create_app_from_environment

__all__ = ["create_app_from_environment", "create_plain_app"]


def create_plain_app() -> Starlette:
    """One route, whose body stands in the file that ``BENCH_BODY`` names."""
    body = Path(os.environ["BENCH_BODY"]).read_bytes()

    async def show(_request: Request) -> Response:
        return HTMLResponse(body)

    return Starlette(routes=[Route("/threads/{thread}", show)])
