from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

import pytest

from tertulia_server.web.schemas import SchemaBook


class Leaf(TypedDict):
    """A leaf."""

    name: str
    size: NotRequired[int | None]


class Tree(TypedDict):
    """A tree
    of leaves."""

    leaves: list[Leaf]
    kind: Literal["oak", "elm"]
    place: tuple[str, int]
    notes: dict[str, Any]


class Loop(TypedDict):
    """Itself."""

    next: Loop | None


def test_shape_is_described_once_and_referred_to() -> None:
    book = SchemaBook("#/")
    assert book.schema_of(Tree) == {"$ref": "#/Tree"}
    assert book.schemas == {
        "Leaf": {
            "type": "object",
            "description": "A leaf.",
            "properties": {"name": {"type": "string"}, "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "required": ["name"],
        },
        "Tree": {
            "type": "object",
            "description": "A tree\nof leaves.",
            "properties": {
                "leaves": {"type": "array", "items": {"$ref": "#/Leaf"}},
                "kind": {"enum": ["oak", "elm"]},
                "place": {
                    "type": "array",
                    "prefixItems": [{"type": "string"}, {"type": "integer"}],
                    "minItems": 2,
                    "maxItems": 2,
                },
                "notes": {"type": "object", "additionalProperties": {}},
            },
            "required": ["leaves", "kind", "place", "notes"],
        },
    }


def test_shape_within_itself_ends() -> None:
    book = SchemaBook("#/")
    book.schema_of(Loop)
    assert book.schemas["Loop"]["properties"]["next"] == {"anyOf": [{"$ref": "#/Loop"}, {"type": "null"}]}


@pytest.mark.parametrize("hint", [bytes, set[int], object])
def test_hint_that_no_stranger_understands_is_an_error(hint: object) -> None:
    with pytest.raises(TypeError):
        SchemaBook().schema_of(hint)
