"""Reading request bodies, never more of them than a limit."""

from __future__ import annotations

import asyncio
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from tertulia_server.errors import Refusal, Sentence
from tertulia_wire.codes import Code

MAX_BODY_BYTES: Final = 512 * 1024
"""A post of 20,000 characters fits, even if each is written as an escaped pair of surrogates (12 bytes)."""

MAX_BODY_S: Final = 60.0
"""From the request's head to the end of its body; a post over a bad line takes seconds."""

_MAX_FIELDS: Final = 40
_FORM: Final = "application/x-www-form-urlencoded"

ModelT = TypeVar("ModelT", bound=BaseModel)


async def read_json(request: Request, model: type[ModelT]) -> ModelT:
    """The body as ``model``.

    Raises `Refusal`: ``UNSUPPORTED_MEDIA`` if it is not sent as JSON, ``TOO_LARGE``, ``MALFORMED`` if it is no JSON,
    ``INVALID`` with the name of the first wrong field.
    """
    if _media_type(request) != "application/json":
        raise Refusal(Code.UNSUPPORTED_MEDIA)
    body = await read_body(request)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _refusal_of(error) from None


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain form, line ends as in every text of ours; ``MALFORMED``, ``TOO_LARGE`` or not a form.

    Read once per request: whoever asks again gets the same.
    """
    form: dict[str, str] | None = getattr(request.state, "form", None)
    if form is None:
        form = request.state.form = await _read_form(request)
    return form


async def _read_form(request: Request) -> dict[str, str]:
    if _media_type(request) != _FORM:
        raise Refusal(Code.UNSUPPORTED_MEDIA, "Send the form as a browser does.")
    body = await read_body(request)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise Refusal(Code.MALFORMED, "This form cannot be read.") from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


async def read_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The whole body; ``TOO_LARGE`` as soon as it is known to be longer than ``max_bytes``.

    ``MALFORMED`` if it is not there within `MAX_BODY_S`: else a handful of bytes would hold a request for ever.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:12]) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(MAX_BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise Refusal(Code.MALFORMED, "The body of the request did not come in time. Send it again.") from None
    return bytes(body)


def _too_large(max_bytes: int) -> Refusal:
    return Refusal(Code.TOO_LARGE, Sentence("A body may take %(most)s bytes.", most=max_bytes))


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refusal_of(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Refusal(Code.MALFORMED, "The body is no JSON.")
    field = ".".join(str(part) for part in first["loc"])
    return Refusal(Code.INVALID, Sentence("%(field)s: %(reason)s", field=field, reason=first["msg"]))
