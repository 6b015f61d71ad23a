"""Routes by the first words of their paths: of all addresses, only the few that can be meant are tried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.routing import BaseRoute, Match, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

_API: Final = "api"
_CHOSEN: Final = "tertulia.route"


class Branches(BaseRoute):
    """A route that holds routes and acts as the one that matches, in their order.

    The first word of each path, and the second under ``/api``, must be fixed.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._by_words: dict[str, list[BaseRoute]] = {}
        for route in routes:
            if not isinstance(route, Route | WebSocketRoute | Mount):
                raise TypeError(f"{route!r} has no path.")
            words = _words(route.path)
            if "{" in words:
                raise ValueError(f"{route.path} does not begin with a fixed word.")
            self._by_words.setdefault(words, []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match of the first that is meant; ``Match.NONE`` if none is."""
        path: str = scope["path"]
        for route in self._by_words.get(_words(path.removeprefix(scope.get("root_path", ""))), ()):
            match, found = route.matches(scope)
            if match is not Match.NONE:
                found[_CHOSEN] = route
                return match, found
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Called with the scope that `matches` has completed."""
        await scope[_CHOSEN].handle(scope, receive, send)


def _words(path: str) -> str:
    parts = path.split("/", 3)
    word = parts[1] if len(parts) > 1 else ""
    return f"{word}/{parts[2]}" if word == _API and len(parts) > 2 else word
