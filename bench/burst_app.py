"""A worker as `tertulia serve` runs it, with one address more, which writes posts and publishes them at once.

Real posts in one thread, written at the same time as by as many members; their events leave together, so that they are
one round.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post
from tertulia_server.app import create_app
from tertulia_server.broker.port import Publication
from tertulia_server.cli.logs import configure_logs
from tertulia_server.cli.worker import WorkerServer
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.settings import read_settings
from tertulia_server.web.services import services_of

BODY_CHARS = 300


async def burst(request: Request) -> Response:
    """``?thread=&member=&posts=&gap_us=``: so many posts by that member, published in one call, or one after the other
    with a gap between them."""
    services = services_of(request)
    query = request.query_params
    author = Visitor(int(query["member"]), "writer", Role.MEMBER)
    held: list[Publication] = []

    def hold(publications: Sequence[Publication]) -> None:
        held.extend(publications)

    actions = Actions(store=services.store, publish=hold, now_ms=services.actions.now_ms)
    texts = (secrets.token_hex(BODY_CHARS // 2) for _ in range(int(query["posts"])))
    await asyncio.gather(
        *(create_post(actions, author, int(query["thread"]), text, key=secrets.token_hex(8)) for text in texts)
    )
    held.sort(key=lambda publication: publication.seq)
    gap_us = int(query.get("gap_us", "0"))
    size = 2 if gap_us else len(held)  # a post is an event in its thread and one in its forum
    for first in range(0, len(held), size):
        services.broker.publish(held[first : first + size])
        await asyncio.sleep(gap_us / 1e6)
    return PlainTextResponse(str(len(held)))


def main() -> None:
    """Serve on the socket that the bench opened for us."""
    settings = read_settings()
    configure_logs(settings.log_level)
    app = create_app(settings)
    app.router.routes.insert(0, Route("/bench/burst", burst, methods=["POST"]))
    WorkerServer(app, settings).run(sockets=[socket.socket(fileno=int(os.environ["BENCH_SOCKET"]))])


if __name__ == "__main__":
    main()
