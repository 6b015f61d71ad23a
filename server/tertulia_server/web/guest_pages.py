"""Thread pages for guests straight from memory: a page that is still true is a lookup and an answer.

Most requests of a busy forum are of this kind, and the routes, the handler and the way to a reading thread would cost
them more than all else together. Whatever is not simply so goes on to the routes: another method, a query, somebody
who may be a member, a page that is not kept or no longer true.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia_server.errors import TertuliaError
from tertulia_server.web.encodings import says_gzip
from tertulia_server.web.identity import COOKIE
from tertulia_server.web.page_memory import KeptPage, PageMemory
from tertulia_server.web.rendering import BUILD, names_tag

_SIGN_IN: Final = COOKIE.encode()


class GuestPages:
    """ASGI middleware, within `LanguageChoice` and `DefaultHeaders`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            memory: PageMemory = scope["app"].state.services.memory
            kept = memory.look_up(scope["path"])
            answer = None if kept is None else _answer(kept, scope)
            if kept is not None and answer is not None and await _is_true(memory, kept):
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _answer(kept: KeptPage, scope: Scope) -> Response | None:
    """What a guest gets who asks like this; None for whoever may be no guest."""
    known = accepted = b""
    for name, value in scope["headers"]:
        if name == b"authorization" or (name == b"cookie" and _SIGN_IN in value):
            return None
        if name == b"if-none-match":
            known = value
        elif name == b"accept-encoding":
            accepted = value
    if known and names_tag(known.decode("latin-1"), kept.tag):
        return kept.unchanged
    return kept.packed if says_gzip(accepted.decode("latin-1")) else kept.answer


async def _is_true(memory: PageMemory, kept: KeptPage) -> bool:
    try:
        return await memory.is_true(kept, BUILD.name)
    except TertuliaError:  # the handler will meet it again, and says so in the right words
        return False
