"""What is answered when something is wrong: a problem document to programs, a page to people. Never a traceback.

The handlers are coroutines, though they await nothing: plain functions would each be run in a thread.
"""

from __future__ import annotations

import math
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from tertulia_server.errors import TertuliaError
from tertulia_server.web.error_pages import error_page
from tertulia_server.web.failures import FailureLog
from tertulia_server.web.headers import add_default_headers
from tertulia_server.web.languages import say
from tertulia_server.web.shapes import ProblemData
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

_FAILURES: Final = FailureLog()
_CODES_BY_STATUS: Final = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED, 413: Code.TOO_LARGE}


def problem_data(code: Code, detail: str | None = None, retry_after_ms: int | None = None) -> ProblemData:
    """The document for a code; ``title`` is the code's own sentence, ``detail`` what is wrong this time: both in the
    language of the request."""
    problem = ProblemData(
        type="about:blank",
        title=say(code.sentence),
        status=code.status,
        code=int(code),
        name=code.name,
        detail=say(detail or code.sentence),
    )
    if retry_after_ms is not None:
        problem["retry_after_ms"] = retry_after_ms
    return problem


def problem_response(problem: ProblemData) -> Response:
    """The document as an answer, with the headers that belong to its status."""
    response = JSONResponse(problem, problem["status"], media_type=PROBLEM_MEDIA_TYPE)
    _add_headers(response, problem)
    return response


async def answer_error(request: Request, error: Exception) -> Response:
    """An error of ours: to the API as a document, elsewhere as a page."""
    assert isinstance(error, TertuliaError | WireError)  # noqa: S101 - registered for these only
    if isinstance(error, TertuliaError):
        _FAILURES.tell(request, error)
    retry_after_ms = error.retry_after_ms if isinstance(error, TertuliaError) else None
    sentence = error.sentence if isinstance(error, TertuliaError) else str(error)
    return _answer(request, problem_data(error.code, sentence, retry_after_ms))


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """What the framework refused: no such address, or not with this method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
    code = _CODES_BY_STATUS.get(error.status_code, Code.INTERNAL if error.status_code >= 500 else Code.MALFORMED)
    response = _answer(request, problem_data(code))
    response.headers.update(error.headers or {})
    return response


async def answer_crash(request: Request, error: Exception) -> Response:
    """A mistake of ours. This runs outside all middleware, so the default headers are added here."""
    _FAILURES.tell(request, error)
    response = _answer(request, problem_data(Code.INTERNAL))
    add_default_headers(response.headers)
    return response


async def answer_disconnect(_request: Request, _error: Exception) -> Response:
    """The client left while sending; nobody reads this."""
    return Response(status_code=400)


def _answer(request: Request, problem: ProblemData) -> Response:
    if request.url.path.startswith(("/api/", "/live/")):
        return problem_response(problem)
    response = error_page(request, problem)
    _add_headers(response, problem)
    return response


def _add_headers(response: Response, problem: ProblemData) -> None:
    if "retry_after_ms" in problem:
        response.headers["Retry-After"] = str(math.ceil(problem["retry_after_ms"] / 1000))
    if problem["code"] == Code.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="tertulia"'


EXCEPTION_HANDLERS: Final = {
    TertuliaError: answer_error,
    WireError: answer_error,
    HTTPException: answer_http_exception,
    ClientDisconnect: answer_disconnect,
    Exception: answer_crash,
}
