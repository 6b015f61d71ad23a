"""Checks answers against the OpenAPI document that describes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx2 as httpx
from jsonschema import Draft202012Validator

from tertulia_server.web.openapi import openapi_document

METHODS = ("get", "post", "put", "patch", "delete")


@cache
def document() -> dict[str, Any]:
    return openapi_document()


def find_operation(method: str, path: str) -> dict[str, Any]:
    """The operation that describes this request; LookupError if there is none."""
    for template, operations in document()["paths"].items():
        parts, wanted = path.strip("/").split("/"), template.strip("/").split("/")
        is_alike = len(parts) == len(wanted) and all(
            want.startswith("{") or part == want for part, want in zip(parts, wanted, strict=True)
        )
        if is_alike and method.lower() in operations:
            operation: dict[str, Any] = operations[method.lower()]
            return operation
    raise LookupError(f"{method} {path} is not described")


def check_answer(answer: httpx.Response) -> Any:
    """The body, if the document describes this status, media type and shape."""
    responses = find_operation(answer.request.method, answer.request.url.path)["responses"]
    content = responses[str(answer.status_code)]["content"]
    schema = content[answer.headers["content-type"]]["schema"]
    body = answer.json()
    Draft202012Validator({**schema, "components": document()["components"]}).validate(body)
    return body
