"""The document that tells strangers how to use the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tertulia_server.web.api import OPERATIONS
from tertulia_server.web.openapi import openapi_document
from tests.server.web.contract import METHODS, find_operation

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"


def test_reference_file_is_current() -> None:
    """Write it anew with ``python scripts/reference.py``."""
    assert json.loads(REFERENCE.read_text(encoding="utf-8")) == openapi_document()


def test_document_describes_every_operation_once() -> None:
    document = openapi_document()
    described = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(described) == len(OPERATIONS)
    assert len({operation["operationId"] for operation in described}) == len(OPERATIONS)
    assert all(method in METHODS for path in document["paths"].values() for method in path)


def test_schemas_are_sound_and_every_reference_leads_somewhere() -> None:
    document = openapi_document()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= set(schemas)
    assert {"PostData", "CardData", "ThreadData", "ProblemData", "CreatePostBody"} <= references


def test_optional_fields_are_not_required() -> None:
    required = openapi_document()["components"]["schemas"]["ProblemData"]["required"]
    assert "code" in required
    assert "retry_after_ms" not in required


def test_parameters_are_those_of_the_path() -> None:
    operation = find_operation("POST", "/api/threads/17/posts")
    assert [(part["name"], part["in"]) for part in operation["parameters"]] == [
        ("thread", "path"),
        ("Idempotency-Key", "header"),
    ]


def test_request_that_is_not_described_is_not_found() -> None:
    with pytest.raises(LookupError):
        find_operation("GET", "/api/nothing")
