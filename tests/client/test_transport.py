"""One request of the API: what is tried again, for how long, and what comes of it. No network."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import httpx2
import pytest

from tertulia_client import transport as module
from tertulia_client.address import parse_address
from tertulia_client.errors import ApiError, ClientError, NotTertulia, ServerUnreachable
from tertulia_client.transport import Transport
from tertulia_wire.codes import Code

Answer = httpx2.Response | Exception


class Script:
    """Answers one after the other; the last one for ever."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


Make = Callable[..., tuple[Transport, Script]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Transports on a clock that only sleeping moves."""
    made: list[Transport] = []
    now_s = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    def build(*answers: Answer, token: str | None = None) -> tuple[Transport, Script]:
        script = Script(answers)
        transport = Transport(
            parse_address("http://127.0.0.1:1"),
            token,
            clock=lambda: now_s,
            sleep=sleep,
            rng=random.Random(1),
            wire=httpx2.MockTransport(script),
        )
        made.append(transport)
        return transport, script

    yield build
    for transport in made:
        await transport.close()


def problem(status: int, **fields: Any) -> httpx2.Response:
    return httpx2.Response(status, json=fields)


async def test_request_carries_token_key_query_and_body(make: Make) -> None:
    transport, script = make(httpx2.Response(201, json={"a": 1}), token="secret")
    assert await transport.request("POST", "/api/x", body={"b": 2}, query={"page": 3}, key="k" * 8) == (201, {"a": 1})
    [request] = script.requests
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["idempotency-key"] == "kkkkkkkk"
    assert request.url.query == b"page=3"
    assert request.content == b'{"b":2}'


@pytest.mark.parametrize(
    "passing",
    [
        problem(503, code=4002, detail="Busy."),
        problem(500, code=4000),
        problem(429, code=4003, retry_after_ms=2000),
        httpx2.Response(502, text="<html>bad gateway</html>"),
        httpx2.ConnectError("refused"),
        httpx2.ReadError("cut"),
        httpx2.ReadTimeout("slow"),
    ],
)
async def test_what_may_pass_is_tried_again_with_the_same_key(make: Make, passing: Answer) -> None:
    transport, script = make(passing, passing, httpx2.Response(200, json=[]))
    assert await transport.request("POST", "/api/x", key="same-key") == (200, [])
    assert [request.headers["idempotency-key"] for request in script.requests] == ["same-key"] * 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
async def test_refusal_is_told_at_once(make: Make, status: int) -> None:
    transport, script = make(problem(status, code=4209, detail="A post needs some text."))
    with pytest.raises(ApiError, match="needs some text") as caught:
        await transport.request("POST", "/api/x")
    assert (caught.value.code, caught.value.status, len(script.requests)) == (Code.POST_EMPTY, status, 1)


async def test_deadline_ends_the_tries(make: Make) -> None:
    transport, script = make(problem(503, code=4002, detail="Busy."))
    with pytest.raises(ApiError, match="Busy"):
        await transport.request("GET", "/api/x", deadline_s=10.0)
    assert 4 <= len(script.requests) <= 20


async def test_wait_beyond_the_deadline_is_not_begun(make: Make) -> None:
    transport, script = make(problem(503, code=4002, retry_after_ms=60_000))
    with pytest.raises(ApiError):
        await transport.request("GET", "/api/x")
    assert len(script.requests) == 1


async def test_nobody_there_is_unreachable(make: Make) -> None:
    refused = httpx2.ConnectError("All connection attempts failed")
    refused.__cause__ = ConnectionRefusedError(111, "refused")
    transport, _ = make(refused)
    with pytest.raises(ServerUnreachable, match="nobody listens there"):
        await transport.request("GET", "/api/x", deadline_s=0.0)


@pytest.mark.parametrize(
    "answer", [httpx2.Response(200, text="<html>"), httpx2.Response(301, headers={"location": "/x"})]
)
async def test_answer_that_is_no_json_is_no_tertulia(make: Make, answer: Answer) -> None:
    transport, _ = make(answer)
    with pytest.raises(NotTertulia):
        await transport.request("GET", "/api/x")


@pytest.mark.parametrize(("status", "code"), [(401, Code.UNAUTHENTICATED), (404, Code.NOT_FOUND), (418, Code.INVALID)])
async def test_refusal_without_a_problem_document_goes_by_its_status(make: Make, status: int, code: Code) -> None:
    transport, _ = make(httpx2.Response(status, text="no"))
    with pytest.raises(ApiError) as caught:
        await transport.request("GET", "/api/x")
    assert caught.value.code is code


async def test_endless_answer_is_cut(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    transport, _ = make(httpx2.Response(200, text="x" * 11))
    with pytest.raises(ClientError, match="larger"):
        await transport.request("GET", "/api/x")
