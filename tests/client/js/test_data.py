"""The interfaces of data.ts are the typed dictionaries of the wire package, field by field."""

from __future__ import annotations

import re
import types
import typing
from pathlib import Path
from typing import Any, Final

import pytest

from tertulia_wire import data

SOURCE: Final = Path(__file__).parents[3] / "client" / "js" / "src" / "data.ts"
NAMES: Final = sorted(set(re.findall(r"export interface (\w+)", SOURCE.read_text(encoding="utf-8"))))
WORDS: Final = {int: "number", str: "string", bool: "boolean", types.NoneType: "null"}


def _typescript(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin in (typing.NotRequired, typing.Required):
        return _typescript(typing.get_args(hint)[0])
    if origin is typing.Literal:
        return " | ".join(f'"{value}"' for value in typing.get_args(hint))
    if origin in (types.UnionType, typing.Union):
        return " | ".join(_typescript(part) for part in typing.get_args(hint))
    if origin is list:
        return f"{_typescript(typing.get_args(hint)[0])}[]"
    return WORDS.get(hint, getattr(hint, "__name__", str(hint)))


def _expected(name: str) -> dict[str, str]:
    shape = getattr(data, name)
    hints = typing.get_type_hints(shape, include_extras=True)
    optional = {field for field, hint in hints.items() if typing.get_origin(hint) is typing.NotRequired}
    return {field + ("?" if field in optional else ""): _typescript(hint) for field, hint in hints.items()}


def _written(name: str) -> dict[str, str]:
    found = re.search(rf"export interface {name} \{{(.*?)\}}", SOURCE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return dict(re.findall(r"^  ([\w?]+): (.+);$", found[1], re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_interface_has_the_fields_of_the_typed_dictionary(name: str) -> None:
    assert _written(name) == _expected(name)


def test_shapes_of_events_are_all_there() -> None:
    assert {"PostEventData", "ThreadEventData", "MemberEventData", "HelloData"} <= set(NAMES)
