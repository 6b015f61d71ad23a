"""What somebody is writing: shown again, whole, when it could not be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.errors import TertuliaError
from tertulia_server.web.languages import gettext as _
from tertulia_server.web.languages import later, say
from tertulia_server.web.rendering import render
from tertulia_wire.codes import Code
from tertulia_wire.data import PostData

_BOTH_TEXTS: Final = later(
    "The post was changed since you opened it. Here is the post as it is now, and below it your text. "
    "Saving puts your text in its place."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form on a page of its own. ``title`` is None where none is asked for; ``key`` and ``version`` may be empty."""

    heading: str
    label: str
    button: str
    action: str
    back: str
    back_words: str
    text: str
    title: str | None = None
    key: str = ""
    version: str = ""

    def with_key(self, key: str) -> Draft:
        """The same text as another post."""
        return replace(self, key=key)


def reply_draft(thread_id: int, form: Mapping[str, str]) -> Draft:
    """A reply to a thread."""
    return Draft(
        heading=_("Your reply"),
        label=_("Your post"),
        button=_("Post"),
        action=f"/threads/{thread_id}/posts",
        back=f"/threads/{thread_id}",
        back_words=_("Back to the thread"),
        text=form.get("text", ""),
        key=form.get("key", ""),
    )


def thread_draft(forum_id: int, form: Mapping[str, str]) -> Draft:
    """A new thread with its first post."""
    return Draft(
        heading=_("Start a thread"),
        label=_("First post"),
        button=_("Start the thread"),
        action=f"/forums/{forum_id}/threads",
        back=f"/forums/{forum_id}",
        back_words=_("Back to the forum"),
        text=form.get("text", ""),
        title=form.get("title", ""),
        key=form.get("key", ""),
    )


def edit_draft(post_id: int, form: Mapping[str, str]) -> Draft:
    """A change of a post."""
    return Draft(
        heading=_("Edit your post"),
        label=_("Your post"),
        button=_("Save"),
        action=f"/posts/{post_id}/edit",
        back=f"/posts/{post_id}",
        back_words=_("Back to the thread"),
        text=form.get("text", ""),
        version=form.get("version", ""),
    )


def show_draft(
    request: Request, draft: Draft, error: TertuliaError | None = None, *, current: PostData | None = None
) -> Response:
    """The form with the text in it and, if it was refused, why.

    ``current`` is the post as somebody else left it meanwhile: both are shown, and saving replaces that version.
    """
    if current is not None:
        draft = replace(draft, version=str(current["version"]))
    context = {
        **asdict(draft),
        "error": None if error is None else say(error.sentence) if current is None else _(_BOTH_TEXTS),
        "wants_sign_in": error is not None and error.code is Code.UNAUTHENTICATED,
        "current_html": None if current is None else current["html"],
        "current_text": None if current is None else current["text"],
    }
    return render(request, "write.html", context, 200 if error is None else error.code.status)
