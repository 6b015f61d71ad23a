"""docs/reference/client.md, made from the public names of the client, their signatures and docstrings."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

import tertulia_client
from tertulia_client import testing

_INTRODUCTION: Final = """\
# The Python client

Every public name of `tertulia_client` and of `tertulia_client.testing`. How they are used:
[Write a bot](../howto/write-a-bot.md), [Test a bot](../howto/test-a-bot.md).

This page is generated from the code by `scripts/reference.py`.
"""

_CHAPTERS: Final = {
    "Bots": ("Bot", "Handlers", "Lag", "Retry", "WhenFull", "Health", "BotState"),
    "Following and calling": (
        "Client", "BlockingClient", "Follower", "Api", "PostReceipt", "Cursor", "Since", "Start", "Last",
    ),
    "Events": (
        "Event", "PostEvent", "PostCreated", "PostEdited", "PostRemoved", "PostRated", "ThreadEvent", "ThreadCreated",
        "ThreadChanged", "MemberChanged", "Notified", "Notification", "ModerationChanged", "Reset", "Author", "Thread",
    ),
    "Errors": ("ClientError", "AddressError", "ApiError", "FollowRefused", "NotTertulia", "ServerUnreachable"),
}  # fmt: skip
_INHERITED: Final = {"Bot": "Handlers"}
"""Whose methods are told where they are made."""


def client_page() -> str:
    """The whole page; `ValueError` for a public name that no chapter has."""
    told = {name for names in _CHAPTERS.values() for name in names}
    if told != set(tertulia_client.__all__):
        raise ValueError(f"In no chapter, or not public: {sorted(told ^ set(tertulia_client.__all__))}")
    parts = [_INTRODUCTION]
    for chapter, names in _CHAPTERS.items():
        parts += [f"## {chapter}\n", *(_entry(name, getattr(tertulia_client, name)) for name in names)]
    parts += ["## tertulia_client.testing\n", *(_entry(name, getattr(testing, name)) for name in testing.__all__)]
    return "\n".join(parts)


def _entry(name: str, thing: Any) -> str:
    if isinstance(thing, type) and issubclass(thing, enum.Enum):
        members = ", ".join(f"`{member.name}`" for member in thing)
        return f"### `{name}`\n\n{_words(thing)}\n\nOne of {members}.\n"
    if isinstance(thing, type):
        base = f" It is also a `{_INHERITED[name]}`." if name in _INHERITED else ""
        rows = "".join(_row(member, value) for member, value in _members(thing))
        table = f"\n| | |\n|---|---|\n{rows}" if rows else ""
        return f"### `{name}{_signature(thing)}`\n\n{_words(thing)}{base}\n{table}"
    if isinstance(thing, FunctionType):
        return f"### `{name}{_signature(thing)}`\n\n{_words(thing)}\n"
    return f"### `{name}`\n\n{_plain(thing)}\n"


def _members(thing: type) -> Iterator[tuple[str, Any]]:
    """Methods and properties with words, where they are made."""
    for name, value in vars(thing).items():
        plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        is_told = isinstance(plain, FunctionType | property) and inspect.getdoc(plain)
        if not name.startswith("_") and is_told:
            yield name, plain


def _row(name: str, member: Any) -> str:
    shown = name if isinstance(member, property) else f"{name}{_signature(member)}"
    return f"| `{shown.replace('|', chr(92) + '|')}` | {_first(member)} |\n"


def _signature(thing: Any) -> str:
    try:
        signature = inspect.signature(thing)
    except ValueError:
        return ""
    parameters = [
        one if one.annotation is one.empty else one.replace(annotation=_Words(one.annotation))
        for one in signature.parameters.values()
        if one.name != "self"
    ]
    text = str(signature.replace(parameters=parameters, return_annotation=signature.empty))
    text = re.sub(r"<(\w+)\.(\w+): [^>]*>", r"\1.\2", text)
    return re.sub(r"<[^>]*>", "...", text).replace("'", '"')


class _Words:
    """An annotation as it is written."""

    def __init__(self, annotation: object) -> None:
        self._text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))

    def __repr__(self) -> str:
        return self._text


def _words(thing: Any) -> str:
    text = inspect.getdoc(thing) or ""
    if not text or text.startswith(f"{thing.__name__}("):
        return "Its fields say what it is."
    return _as_markdown(text)


def _first(thing: Any) -> str:
    return _as_markdown((inspect.getdoc(thing) or "").partition("\n\n")[0]).replace("\n", " ").replace("|", "\\|")


def _as_markdown(text: str) -> str:
    """An indented example of a docstring becomes code of a page; the double quotes around names, single ones."""
    return text.replace("``", "`")


def _plain(thing: Any) -> str:
    if isinstance(thing, dict):
        return "A sample, in the shape of the wire: " + ", ".join(f"`{key}`" for key in thing) + "."
    return "One of " + ", ".join(f"`{one.__name__}`" for one in thing.__args__) + "."
