"""The OpenAPI document of the JSON API, out of the table of operations and the shapes."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic import BaseModel

from tertulia_server.web.api import OPERATIONS
from tertulia_server.web.identity import COOKIE, HOST_PREFIX
from tertulia_server.web.keys import HEADER
from tertulia_server.web.operations import ApiOperation
from tertulia_server.web.problems import PROBLEM_MEDIA_TYPE
from tertulia_server.web.schemas import JsonSchema, SchemaBook
from tertulia_server.web.shapes import ProblemData
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_KEY_CHARS, MIN_KEY_CHARS
from tertulia_wire.version import __version__

_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_WORDS_IN_PATHS: Final = frozenset({"token"})
"""What stands in a path and is no number."""
_COOKIE_WORDS: Final = f"Over TLS its name is {HOST_PREFIX}{COOKIE}."
_ALWAYS: Final = (Code.UNAUTHENTICATED, Code.INTERNAL, Code.STORE_UNAVAILABLE)
_DESCRIPTION: Final = """\
Reading and writing over HTTP. What is new arrives over the WebSocket at `/live`, described in the protocol.

Programs send `Authorization: Bearer TOKEN`; its scopes say what it may do. The pages send the sign-in cookie, and with
it an `Origin` of ours on
every method but GET. Readings are public unless the forum is not. A `cursor` is where a subscription to the same
channel goes on without a gap. Errors are problem documents (RFC 9457) with a `code`; its hundreds say what to do:
40 try again, 41 read again and go on, 42 correct the request, 43 give up.
"""


def openapi_document() -> dict[str, Any]:
    """The document as plain values, the same in every process of one release."""
    book = SchemaBook()
    problem = book.schema_of(ProblemData)
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, book, problem)
    bodies = {operation.body.__name__: _body_schema(operation.body) for operation in OPERATIONS if operation.body}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tertulia", "version": __version__, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**book.schemas, **bodies}.items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": _COOKIE_WORDS},
            },
        },
        "security": [{}, {"token": []}, {"cookie": []}],
    }


def _operation(operation: ApiOperation, book: SchemaBook, problem: JsonSchema) -> dict[str, Any]:
    description: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_key_parameter(operation)],
        "responses": _responses(operation, book, problem),
    }
    if operation.body is not None:
        reference = {"$ref": f"#/components/schemas/{operation.body.__name__}"}
        description["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return description


def _responses(operation: ApiOperation, book: SchemaBook, problem: JsonSchema) -> dict[str, Any]:
    content = {"application/json": {"schema": book.schema_of(operation.answer)}}
    responses: dict[str, Any] = {str(operation.status): {"description": "As asked.", "content": content}}
    if operation.is_keyed:
        responses["200"] = {"description": "The key was used before: its first outcome.", "content": content}
    by_status: dict[int, list[Code]] = {}
    for code in sorted({*operation.refusals, *_ALWAYS}):
        by_status.setdefault(code.status, []).append(code)
    for status, codes in sorted(by_status.items()):
        words = " ".join(f"{int(code)} {code.name}: {code.sentence}" for code in codes)
        responses[str(status)] = {"description": words, "content": {PROBLEM_MEDIA_TYPE: {"schema": problem}}}
    return dict(sorted(responses.items()))


def _path_parameters(operation: ApiOperation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"} if name in _WORDS_IN_PATHS else {"type": "integer", "minimum": 1},
        }
        for name in _PATH_PARAMETER.findall(operation.path)
    ]


def _query_parameters(operation: ApiOperation) -> list[dict[str, Any]]:
    return [
        {
            "name": query.name,
            "in": "query",
            "required": query.is_required,
            "description": query.words,
            "schema": {"type": "integer" if query.is_number else "string"},
        }
        for query in operation.query
    ]


def _key_parameter(operation: ApiOperation) -> list[dict[str, Any]]:
    if not operation.is_keyed:
        return []
    schema = {"type": "string", "minLength": MIN_KEY_CHARS, "maxLength": MAX_KEY_CHARS}
    return [
        {"name": HEADER, "in": "header", "required": True, "description": Code.KEY_MISSING.sentence, "schema": schema}
    ]


def _body_schema(model: type[BaseModel]) -> JsonSchema:
    schema = model.model_json_schema()
    for part in (schema, *schema["properties"].values()):
        part.pop("title", None)
    return schema
