"""A collection of handlers: what a bot is, before it runs; modules may each have one, and a bot includes them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, overload

from tertulia_client.bots.filters import Predicate, filter_of
from tertulia_client.bots.handlers import Handler, HandlerFunction, check_async, handler_of, parameters_of, title_of
from tertulia_client.events import Event, Reset

Function = TypeVar("Function", bound=HandlerFunction)
Routine = Callable[..., Awaitable[None]]
RoutineFunction = TypeVar("RoutineFunction", bound=Routine)
NextCall = Callable[[Any], Awaitable[Any]]
Middleware = Callable[[Event | Reset, NextCall], Awaitable[Any]]
MiddlewareFunction = TypeVar("MiddlewareFunction", bound=Middleware)


class Handlers:
    """Decorators for handlers, commands, routines and middleware. A bot is one; so is what it includes."""

    def __init__(self) -> None:
        self.handlers: list[Handler] = []
        self.command_functions: list[tuple[str, Callable[..., Any]]] = []
        self.routines: list[tuple[float, Routine]] = []
        self.middlewares: list[Middleware] = []

    @overload
    def on(self, event: Function) -> Function: ...
    @overload
    def on(
        self,
        event: str | None = None,
        *,
        channels: str | Sequence[str] | None = None,
        author: str | int | None = None,
        text: str | re.Pattern[str] | None = None,
        where: Predicate | None = None,
    ) -> Callable[[Function], Function]: ...
    def on(
        self,
        event: Function | str | None = None,
        *,
        channels: str | Sequence[str] | None = None,
        author: str | int | None = None,
        text: str | re.Pattern[str] | None = None,
        where: Predicate | None = None,
    ) -> Function | Callable[[Function], Function]:
        """Decorate a handler: ``@bot.on`` reads its argument's type, ``@bot.on("post.created")`` names the event.

        ``channels`` (names, or patterns such as ``forum:*``), ``author`` (a name or an id), ``text`` (words in the
        post, or a compiled pattern) and ``where`` (a function of the event) let only some events through.
        """
        only = filter_of(channels, author, text, where)
        if event is not None and not isinstance(event, str):
            self.handlers.append(handler_of(event, only=only))
            return event
        name = event or ""

        def register(function: Function) -> Function:
            self.handlers.append(handler_of(function, name, only))
            return function

        return register

    @overload
    def command(self, name: Function) -> Function: ...
    @overload
    def command(self, name: str = "") -> Callable[[Function], Function]: ...
    def command(self, name: Function | str = "") -> Function | Callable[[Function], Function]:
        """Decorate a command: ``async def weather(post: PostCreated, city: str, days: int = 1)`` is ``!weather``.

        A text that it returns is the answer. The first sentence of its docstring is its help.
        """
        if not isinstance(name, str):
            self._add_command("", name)
            return name
        given = name

        def register(function: Function) -> Function:
            self._add_command(given, function)
            return function

        return register

    def every(self, interval_s: float) -> Callable[[RoutineFunction], RoutineFunction]:
        """Decorate a function without arguments: it is called each ``interval_s`` while the bot runs."""
        if interval_s <= 0:
            raise ValueError("An interval is more than 0 seconds.")

        def register(function: RoutineFunction) -> RoutineFunction:
            check_async(function, title_of(function))
            self.routines.append((interval_s, function))
            return function

        return register

    def middleware(self, function: MiddlewareFunction) -> MiddlewareFunction:
        """Decorate ``async def around(event, call_next)``: called around each handler, the first added outside."""
        check_async(function, title_of(function))
        self.middlewares.append(function)
        return function

    def _add_command(self, name: str, function: Callable[..., Any]) -> None:
        parameters_of(function, title_of(function))  # the rest is read when it is known what is provided
        self.command_functions.append((name, function))
