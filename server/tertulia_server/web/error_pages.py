"""Pages that say what went wrong and what to do about it."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.web.addresses import here
from tertulia_server.web.rendering import render
from tertulia_server.web.shapes import ProblemData
from tertulia_wire.codes import Action, Code, action_of


class _Words(NamedTuple):
    heading: str
    advice: str


_WORDS: Final = {
    Code.NOT_FOUND: _Words(
        "There is nothing here", "The address may be mistyped, or what was here is gone. The forums are a good start."
    ),
    Code.POST_REMOVED: _Words("This post was removed", "Its number stays in the thread; its text is gone."),
    Code.UNAUTHENTICATED: _Words("Sign in first", "This is for members. Sign in and you come back to this page."),
    Code.FORBIDDEN: _Words(
        "You may not do this", "Authors edit their own posts; moderators and administrators remove posts."
    ),
    Code.BANNED: _Words("This account is banned", "It can read public forums, and write nothing. Ask who runs this."),
    Code.ORIGIN_REFUSED: _Words(
        "This came from another site", "Open the forum itself and do it there. Nothing was changed."
    ),
    Code.THREAD_LOCKED: _Words("This thread is locked", "It can be read, but nobody posts in it any more."),
    Code.METHOD_NOT_ALLOWED: _Words("This address is not for that", "Go back and use the button on the page."),
    Code.INTERNAL: _Words("Something broke on our side", "Nothing of yours was lost by this. Try again in a moment."),
}
_WORDS_BY_ACTION: Final = {
    Action.RETRY: _Words("Not just now", "Wait a moment, then load the page again."),
    Action.RESUBSCRIBE: _Words("This has changed meanwhile", "Load the page again to see it as it is now."),
    Action.CORRECT: _Words("This could not be taken", "Go back, correct it, and send it again. Nothing was changed."),
    Action.GIVE_UP: _Words("This is not possible", "Ask who runs this forum."),
}


def error_page(request: Request, problem: ProblemData) -> Response:
    """The page for a problem, with ways on from it."""
    code = Code[problem["name"]]
    words = _WORDS.get(code) or _WORDS_BY_ACTION[action_of(code)]
    return render(
        request,
        "error.html",
        {
            "status": problem["status"],
            "heading": words.heading,
            "sentence": problem["detail"] if problem["detail"] != code.sentence or code not in _WORDS else None,
            "advice": words.advice,
            "ways": _ways(request, code),
        },
        problem["status"],
    )


def _ways(request: Request, code: Code) -> list[tuple[str, str]]:
    ways = [("All forums", "/")]
    is_reading = request.method in {"GET", "HEAD"}
    if code is Code.UNAUTHENTICATED:
        ways.insert(0, ("Sign in", f"/sign-in?next={quote(here(request))}" if is_reading else "/sign-in"))
    if action_of(code) is Action.RETRY and is_reading:
        ways.insert(0, ("Try again", here(request)))
    return ways
