from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request

from tertulia_server.errors import Refusal
from tertulia_server.web import bodies
from tertulia_server.web.bodies import MAX_BODY_BYTES, read_body, read_form, read_json
from tertulia_server.web.shapes import EditPostBody
from tertulia_wire.codes import Code

FORM = "application/x-www-form-urlencoded"


def request(body: bytes, media_type: str = "application/json", *, chunks: int = 1, announced: str = "") -> Request:
    headers = [(b"content-type", media_type.encode())]
    if announced:
        headers.append((b"content-length", announced.encode()))
    parts = [body[i::chunks] for i in range(chunks)] if chunks > 1 else [body]

    async def messages() -> AsyncIterator[dict[str, object]]:
        for index, part in enumerate(parts):
            yield {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}

    stream = messages()

    async def receive() -> dict[str, object]:
        return await anext(stream)

    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def test_json_that_fits_is_read() -> None:
    body = await read_json(
        request(b'{"text": "hi", "version": 3, "more": 1}', "Application/JSON; charset=utf-8"), EditPostBody
    )
    assert (body.text, body.version) == ("hi", 3)


@pytest.mark.parametrize("media_type", ["", "text/plain", FORM, "application/jsonp"])
async def test_json_sent_as_something_else_is_refused(media_type: str) -> None:
    with pytest.raises(Refusal) as caught:
        await read_json(request(b"{}", media_type), EditPostBody)
    assert caught.value.code is Code.UNSUPPORTED_MEDIA


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.MALFORMED),
        (b"{", Code.MALFORMED),
        (b"\xff", Code.MALFORMED),
        (b'{"text": "\\ud800", "version": 1}', Code.MALFORMED),
        (b"[" * 100_000, Code.MALFORMED),
        (b"[]", Code.INVALID),
        (b"{}", Code.INVALID),
        (b'{"text": 1, "version": 1}', Code.INVALID),
        (b'{"text": "a", "version": "1"}', Code.INVALID),
        (b'{"text": "a", "version": true}', Code.INVALID),
        (b'{"text": "a", "version": 0}', Code.INVALID),
        (b'{"text": "a", "version": 9007199254740992}', Code.INVALID),
    ],
)
async def test_json_that_is_wrong_is_refused_with_its_code(body: bytes, code: Code) -> None:
    with pytest.raises(Refusal) as caught:
        await read_json(request(body), EditPostBody)
    assert caught.value.code is code


async def test_wrong_field_is_named_and_its_value_is_not_echoed() -> None:
    with pytest.raises(Refusal, match="version") as caught:
        await read_json(request(b'{"text": "a", "version": "secret"}'), EditPostBody)
    assert "secret" not in str(caught.value)


async def test_form_is_read_with_our_line_ends() -> None:
    form = await read_form(request(b"text=one%0D%0Atwo+%26+%C3%BC&key=&text2=x", FORM))
    assert form == {"text": "one\ntwo & ü", "key": "", "text2": "x"}


@pytest.mark.parametrize("body", [b"\xff=1", b"&".join([b"a=1"] * 41)])
async def test_form_that_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        await read_form(request(body, FORM))
    assert caught.value.code is Code.MALFORMED


async def test_form_with_bytes_that_are_no_text_keeps_the_rest() -> None:
    assert await read_form(request(b"text=a%FFb", FORM)) == {"text": "a\ufffdb"}


async def test_form_sent_as_something_else_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        await read_form(request(b"a=1", "multipart/form-data; boundary=x"))
    assert caught.value.code is Code.UNSUPPORTED_MEDIA


async def test_body_up_to_the_limit_is_read() -> None:
    assert len(await read_body(request(b"x" * MAX_BODY_BYTES, chunks=7))) == MAX_BODY_BYTES


@pytest.mark.parametrize("announced", ["", "1", "x", "-5"])
async def test_body_beyond_the_limit_is_refused_whatever_it_announced(announced: str) -> None:
    with pytest.raises(Refusal) as caught:
        await read_body(request(b"x" * (MAX_BODY_BYTES + 1), chunks=3, announced=announced))
    assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize("announced", [str(MAX_BODY_BYTES + 1), "9" * 5000])
async def test_body_announced_beyond_the_limit_is_refused_unread(announced: str) -> None:
    with pytest.raises(Refusal) as caught:
        await read_body(request(b"", announced=announced))
    assert caught.value.code is Code.TOO_LARGE


async def test_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY_S", 0.01)

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    slow = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)
    with pytest.raises(Refusal) as caught:
        await read_body(slow)
    assert caught.value.code is Code.MALFORMED
