"""Pages that say what went wrong and what to do about it."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.web.addresses import here
from tertulia_server.web.languages import gettext
from tertulia_server.web.languages import later as _
from tertulia_server.web.rendering import render
from tertulia_server.web.shapes import ProblemData
from tertulia_wire.codes import Action, Code, action_of


class _Words(NamedTuple):
    heading: str
    advice: str


_WORDS: Final = {
    Code.NOT_FOUND: _Words(
        _("There is nothing here"),
        _("The address may be mistyped, or what was here is gone. The forums are a good start."),
    ),
    Code.POST_REMOVED: _Words(_("This post was removed"), _("Its number stays in the thread; its text is gone.")),
    Code.UNAUTHENTICATED: _Words(_("Sign in first"), _("This is for members. Sign in and you come back to this page.")),
    Code.FORBIDDEN: _Words(
        _("You may not do this"), _("Authors edit their own posts; moderators and administrators remove posts.")
    ),
    Code.BANNED: _Words(
        _("This account is banned"), _("It can read public forums, and write nothing. Ask who runs this.")
    ),
    Code.ORIGIN_REFUSED: _Words(
        _("This came from another site"), _("Open the forum itself and do it there. Nothing was changed.")
    ),
    Code.THREAD_LOCKED: _Words(_("This thread is locked"), _("It can be read, but nobody posts in it any more.")),
    Code.METHOD_NOT_ALLOWED: _Words(_("This address is not for that"), _("Go back and use the button on the page.")),
    Code.INTERNAL: _Words(
        _("Something broke on our side"), _("Nothing of yours was lost by this. Try again in a moment.")
    ),
}
_WORDS_BY_ACTION: Final = {
    Action.RETRY: _Words(_("Not just now"), _("Wait a moment, then load the page again.")),
    Action.RESUBSCRIBE: _Words(_("This has changed meanwhile"), _("Load the page again to see it as it is now.")),
    Action.CORRECT: _Words(
        _("This could not be taken"), _("Go back, correct it, and send it again. Nothing was changed.")
    ),
    Action.GIVE_UP: _Words(_("This is not possible"), _("Ask who runs this forum.")),
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
            "heading": gettext(words.heading),
            "sentence": problem["detail"] if problem["detail"] != problem["title"] or code not in _WORDS else None,
            "advice": gettext(words.advice),
            "ways": _ways(request, code),
        },
        problem["status"],
    )


def _ways(request: Request, code: Code) -> list[tuple[str, str]]:
    ways = [(gettext("All forums"), "/")]
    is_reading = request.method in {"GET", "HEAD"}
    if code is Code.UNAUTHENTICATED:
        ways.insert(0, (gettext("Sign in"), f"/sign-in?next={quote(here(request))}" if is_reading else "/sign-in"))
    if action_of(code) is Action.RETRY and is_reading:
        ways.insert(0, (gettext("Try again"), here(request)))
    return ways
