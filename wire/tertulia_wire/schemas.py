"""JSON Schemas (draft 7) of messages and of data, derived from the classes themselves.

The array of a message is its kind, then the fields of its dataclass in their order. References point into
``#/components/schemas/``, where AsyncAPI and OpenAPI documents keep the shapes of `data_schemas`.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from tertulia_wire import limits
from tertulia_wire import messages as m
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import (
    CardData,
    ForumData,
    HelloData,
    LimitsData,
    MarkedData,
    NotificationData,
    PostData,
    PresenceData,
    ThreadData,
    WhoData,
)
from tertulia_wire.events import EVENT_DATA

Schema = dict[str, Any]
REFERENCE_PREFIX = "#/components/schemas/"

DATA_SHAPES: tuple[type, ...] = (
    CardData,
    PostData,
    ThreadData,
    ForumData,
    NotificationData,
    LimitsData,
    WhoData,
    HelloData,
    PresenceData,
    MarkedData,
    *dict.fromkeys(EVENT_DATA.values()),
)
"""Every shape of data, each named once."""

_TEXT_LIMITS = {"channel": limits.MAX_CHANNEL_CHARS, "name": limits.MAX_NAME_CHARS}
_INTEGER_RANGES = {"ref": (0, limits.MAX_REF), "seq": (1, limits.MAX_SEQ)}
_SCALARS: dict[Any, Schema] = {bool: {"type": "boolean"}, str: {"type": "string"}, type(None): {"type": "null"}}


def data_schemas() -> dict[str, Schema]:
    """Name of the shape to its schema, for all shapes of data."""
    return {shape.__name__: _data_schema(shape) for shape in DATA_SHAPES}


def message_schema(message: type) -> Schema:
    """The schema of one message class, as the array of the wire."""
    hints = get_type_hints(message)
    fields = [_field_schema(field.name, hints[field.name]) for field in dataclasses.fields(message)]
    if message is m.Hello:
        fields = [_reference(HelloData)]
    kind: str = kind_of(message)
    return {"title": kind, "description": description(message), **_tuple([{"const": kind}, *fields])}


def event_schema(name: str) -> Schema:
    """The schema of the message `event` with that name."""
    schema = message_schema(m.Event)
    schema["title"] = f"event {name}"
    schema["items"][3] = {"const": name}
    schema["items"][4] = _reference(EVENT_DATA[name])
    return schema


def kind_of(message: type) -> str:
    """The first item of its array."""
    kind: str = vars(message)["kind"]
    return kind


def description(documented: type) -> str:
    """The docstring as one line, for readers of any language; empty if it has none of its own."""
    text = documented.__doc__ or ""
    if dataclasses.is_dataclass(documented) and text.startswith(f"{documented.__name__}("):
        return ""  # made up by dataclass
    return re.sub(r"\s+", " ", inspect.cleandoc(text)).replace("``", "`").replace("None", "nil")


def _data_schema(shape: type) -> Schema:
    hints = get_type_hints(shape, include_extras=True)
    schema: Schema = {"type": "object", "description": description(shape)}
    schema["properties"] = {name: _data_field_schema(hint) for name, hint in hints.items()}
    schema["required"] = [name for name, hint in hints.items() if get_origin(hint) is not NotRequired]
    return schema


def _data_field_schema(hint: Any) -> Schema:
    origin = get_origin(hint)
    if origin is NotRequired:
        return _data_field_schema(get_args(hint)[0])
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_data_field_schema(option) for option in get_args(hint)]}
    if is_typeddict(hint):
        return _reference(hint)
    if origin is list:
        return {"type": "array", "items": _data_field_schema(get_args(hint)[0]), "maxItems": limits.MAX_ARRAY_ITEMS}
    if hint is int:
        return {"type": "integer", "minimum": -limits.MAX_SEQ, "maximum": limits.MAX_SEQ}
    return dict(_SCALARS[hint])


def _field_schema(name: str, hint: Any) -> Schema:
    """One item of a message's array; its limits follow from the name of the field."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_field_schema(name, option) for option in arguments]}
    if origin is Mapping:
        return {"type": "object"}
    if origin is Sequence:
        items = _field_schema("channel", arguments[0])
        return {"type": "array", "items": items, "maxItems": limits.MAX_SUBSCRIPTIONS_PER_MESSAGE}
    if origin is tuple:
        return _tuple([_field_schema("channel", argument) for argument in arguments])
    if hint is Cursor:
        return _cursor_schema()
    if hint in {m.Accepted, m.Refused}:
        return _outcome_schema(hint)
    if hint is int:
        smallest, largest = _INTEGER_RANGES.get(name, (0, limits.MAX_SEQ))
        return {"type": "integer", "minimum": smallest, "maximum": largest, "description": name}
    if hint is str:
        return {"type": "string", "maxLength": _TEXT_LIMITS.get(name, limits.MAX_REASON_CHARS), "description": name}
    return dict(_SCALARS[hint])


def _outcome_schema(outcome: type) -> Schema:
    hints = get_type_hints(outcome)
    fields = [_field_schema(field.name, hints[field.name]) for field in dataclasses.fields(outcome)]
    if outcome is m.Accepted:
        return {"description": description(outcome), **_tuple(fields)}
    refused = _tuple([fields[0], _tuple(fields[1:])])
    return {"description": description(outcome), **refused, "maxItems": 2}


def _cursor_schema() -> Schema:
    epoch = {"type": "string", "pattern": f"^[0-9a-z]{{1,{limits.MAX_EPOCH_CHARS}}}$", "description": "epoch"}
    seq = {"type": "integer", "minimum": 0, "maximum": limits.MAX_SEQ, "description": "seq"}
    return {**_tuple([epoch, seq]), "description": "cursor"}


def _tuple(items: list[Schema]) -> Schema:
    """An array with these items first; a later release may add more."""
    return {"type": "array", "items": items, "minItems": len(items)}


def _reference(shape: type) -> Schema:
    return {"$ref": REFERENCE_PREFIX + shape.__name__}
