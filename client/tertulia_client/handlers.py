"""Which events a handler is for: read from the type of its first parameter, or given by name."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from tertulia_client.events import Event, Reset
from tertulia_wire.events import VOID

HandlerFunction = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """``kinds`` by type or, if empty, ``name`` of the event."""

    function: HandlerFunction
    title: str
    kinds: tuple[type[Event | Reset], ...] = ()
    name: str = ""

    def takes(self, event: Event | Reset) -> bool:
        if self.kinds:
            return isinstance(event, self.kinds) and not (isinstance(event, Event) and event.name == VOID)
        return isinstance(event, Event) and event.name == self.name


def handler_of(function: HandlerFunction, name: str = "") -> Handler:
    """`TypeError` when the function cannot be a handler; its text says how one looks."""
    title = getattr(function, "__qualname__", type(function).__name__)
    check_async(function, title)
    parameters = list(inspect.signature(function).parameters.values())
    if len([parameter for parameter in parameters if parameter.default is parameter.empty]) != 1:
        raise TypeError(f"{title} must take one argument, the event: async def {title}(post: PostCreated)")
    if name:
        return Handler(function, title, name=name)
    kinds = _kinds(_hint(function, parameters[0].name, title))
    if not kinds:
        raise TypeError(f"Give the argument of {title} the type of an event: async def {title}(post: PostCreated)")
    return Handler(function, title, kinds=kinds)


def check_async(function: Callable[..., object], title: str) -> None:
    if not inspect.iscoroutinefunction(inspect.unwrap(function)):
        raise TypeError(f"{title} must be an async function: async def {title}(...)")


def _hint(function: HandlerFunction, parameter: str, title: str) -> object:
    try:
        return get_type_hints(function).get(parameter)
    except NameError as error:
        raise TypeError(f"The type of the argument of {title} is not imported: {error.name}") from None


def _kinds(hint: object) -> tuple[type[Event | Reset], ...]:
    """Every member of the hint (a class, or a union of them) must be an event."""
    members = get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)
    kinds = tuple(member for member in members if isinstance(member, type) and issubclass(member, Event | Reset))
    return kinds if len(kinds) == len(members) else ()
