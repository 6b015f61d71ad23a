"""Handlers: functions that are called for events, and what they want to be called with.

The type of the first argument says which events; the names of the others say what is handed in. A plain function is
called in a thread, so that it may block.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from tertulia_client.bots.filters import EVERYTHING, Filter
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, Reset
from tertulia_wire.events import VOID

HandlerFunction = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """``kinds`` by type or, if empty, ``name`` of the event. ``wants``: names of what is handed in after the event."""

    function: HandlerFunction
    title: str
    kinds: tuple[type[Event | Reset], ...] = ()
    name: str = ""
    wants: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    filter: Filter = EVERYTHING

    def takes(self, event: Event | Reset) -> bool:
        return self._is_kind(event) and (self.filter is EVERYTHING or self.filter.takes(event))

    def _is_kind(self, event: Event | Reset) -> bool:
        if self.kinds:
            return isinstance(event, self.kinds) and not (isinstance(event, Event) and event.name == VOID)
        return isinstance(event, Event) and event.name == self.name

    def check_provided(self, provided: Mapping[str, Any]) -> None:
        """`ClientError` names what the function asks for and nobody provides."""
        missing = [name for name in self.wants if name not in provided and name not in self.optional]
        if missing:
            raise ClientError(
                f"{self.title} asks for {', '.join(missing)}, which nobody provides: bot.provide({missing[0]}=...)."
            )

    def arguments(self, provided: Mapping[str, Any]) -> dict[str, Any]:
        """What is handed in by name."""
        return {name: provided[name] for name in self.wants if name in provided}


def handler_of(function: HandlerFunction, name: str = "", only: Filter = EVERYTHING) -> Handler:
    """Read a handler's signature; `TypeError` says how it should look."""
    title = title_of(function)
    parameters = parameters_of(function, title)
    first, *others = parameters
    wants, optional = wanted_names(others, title)
    if name:
        return Handler(function, title, name=name, wants=wants, optional=optional, filter=only)
    kinds = _kinds(hints_of(function, title).get(first.name))
    if not kinds:
        raise TypeError(f"Give the argument of {title} the type of an event: async def {title}(post: PostCreated)")
    return Handler(function, title, kinds, wants=wants, optional=optional, filter=only)


def title_of(function: Callable[..., Any]) -> str:
    """The name by which errors and figures call it."""
    return getattr(function, "__qualname__", type(function).__name__)


def parameters_of(function: Callable[..., Any], title: str) -> list[inspect.Parameter]:
    """All of them; the first, the event, must be there."""
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or parameters[0].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        raise TypeError(f"{title} must take an event first: async def {title}(post: PostCreated)")
    return parameters


def wanted_names(others: Sequence[inspect.Parameter], title: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of what is handed in, and which of them have a default."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    strange = [str(parameter) for parameter in others if parameter.kind not in kinds]
    if strange:
        raise TypeError(f"{title} takes {strange[0]}: what is handed in has a plain name.")
    optional = frozenset(other.name for other in others if other.default is not other.empty)
    return tuple(other.name for other in others), optional


def check_async(function: Callable[..., object], title: str) -> None:
    """`TypeError` for what is no coroutine function."""
    if not is_async(function):
        raise TypeError(f"{title} must be an async function: async def {title}(...)")


def hints_of(function: HandlerFunction, title: str) -> dict[str, Any]:
    """The types of the arguments, also when they are written as text."""
    try:
        return get_type_hints(function)
    except NameError as error:
        raise TypeError(f"The type of an argument of {title} is not imported: {error.name}") from None


def _kinds(hint: object) -> tuple[type[Event | Reset], ...]:
    """Every member of the hint (a class, or a union of them) must be an event."""
    members = get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)
    kinds = tuple(member for member in members if isinstance(member, type) and issubclass(member, Event | Reset))
    return kinds if len(kinds) == len(members) else ()


@lru_cache(maxsize=1024)
def is_async(function: Callable[..., Any]) -> bool:
    """Whether it is awaited; what is not, gets a thread."""
    return inspect.iscoroutinefunction(inspect.unwrap(function))
