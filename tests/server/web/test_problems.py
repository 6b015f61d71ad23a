"""What programs are told: problem documents, never a traceback."""

from __future__ import annotations

import pytest

from tertulia_server.errors import TertuliaError
from tertulia_server.web.problems import problem_data, problem_response
from tertulia_wire.codes import Code
from tests.server.web.site import Browser


@pytest.mark.parametrize("code", list(Code))
def test_problem_has_number_name_and_status_of_its_code(code: Code) -> None:
    problem = problem_data(code)
    assert problem == {
        "type": "about:blank",
        "title": code.sentence,
        "status": code.status,
        "code": int(code),
        "name": code.name,
        "detail": code.sentence,
    }


def test_problem_says_when_to_come_back() -> None:
    error = TertuliaError(Code.OVERLOADED, retry_after_ms=1500)
    response = problem_response(problem_data(error.code, str(error), error.retry_after_ms))
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert b'"retry_after_ms":1500' in bytes(response.body)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/nowhere", Code.NOT_FOUND),
        ("GET", "/api/threads/99", Code.NOT_FOUND),
        ("GET", "/api/threads/x", Code.NOT_FOUND),
        ("PUT", "/api/me", Code.METHOD_NOT_ALLOWED),
        ("GET", "/api/crash", Code.INTERNAL),
    ],
)
async def test_api_answers_with_a_problem_document(guest: Browser, method: str, path: str, code: Code) -> None:
    answer = await guest.request(method, path)
    assert answer.status_code == code.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["name"] == code.name
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_wrong_token_is_told_how_to_authenticate(guest: Browser) -> None:
    answer = await guest.get("/api/me", headers={"authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["name"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")
