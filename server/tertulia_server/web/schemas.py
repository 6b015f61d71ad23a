"""JSON schemas out of the typed dictionaries that events and API share: the types are the one model."""

from __future__ import annotations

import inspect
import types
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

JsonSchema = dict[str, Any]

_PLAIN: dict[object, JsonSchema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


class SchemaBook:
    """Schemas by name; each type is described once and referred to elsewhere."""

    def __init__(self, prefix: str = "#/components/schemas/") -> None:
        self._prefix = prefix
        self.schemas: dict[str, JsonSchema] = {}

    def schema_of(self, hint: Any) -> JsonSchema:
        """The schema of a type hint: plain values, None, lists, tuples, literals, unions, typed dictionaries.

        Raises TypeError for any other: a shape that cannot be told to a stranger does not belong into the API.
        """
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if is_typeddict(hint):
            return self._refer_to(hint)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is NotRequired:
            return self.schema_of(arguments[0])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.schema_of(argument) for argument in arguments]}
        if origin is list:
            return {"type": "array", "items": self.schema_of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.schema_of(arguments[1])}
        if origin is tuple:
            items = [self.schema_of(argument) for argument in arguments]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        raise TypeError(f"no schema for {hint!r}")

    def _refer_to(self, shape: Any) -> JsonSchema:
        name = shape.__name__
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name] = self._describe(shape)
        return {"$ref": f"{self._prefix}{name}"}

    def _describe(self, shape: Any) -> JsonSchema:
        hints = get_type_hints(shape, include_extras=True)
        return {
            "type": "object",
            "description": inspect.cleandoc(shape.__doc__ or ""),
            "properties": {name: self.schema_of(hint) for name, hint in hints.items()},
            "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
        }
