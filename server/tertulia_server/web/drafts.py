"""What somebody is writing: shown again, whole, when it could not be taken, or is not finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.web.addresses import parse_id
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
    """A form on a page of its own. ``title`` is None where none is asked for; ``fields`` are hidden, and may be empty.

    ``key``: so that it posts once. ``version``: of the post that is edited. ``draft``: of the kept draft that the text
    grew out of. ``seen`` and ``since_ms``: the last number that was there when the writer began, and when that was.
    """

    place: Place
    heading: str
    label: str
    button: str
    action: str
    back: str
    back_words: str
    text: str
    title: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.fields.get("key", "")

    def number(self, name: str) -> int | None:
        """A number out of the hidden fields, None if the form has lost it."""
        try:
            return parse_id(self.fields.get(name, ""))
        except Refusal:
            return None

    def having(self, **fields: str | int) -> Draft:
        """The same text with other hidden fields."""
        return replace(self, fields={**self.fields, **{name: str(value) for name, value in fields.items()}})


def reply_draft(thread_id: int, form: Mapping[str, str]) -> Draft:
    """A reply to a thread."""
    return Draft(
        place=Place(PlaceKind.THREAD, thread_id),
        heading=_("Your reply"),
        label=_("Your post"),
        button=_("Post"),
        action=f"/threads/{thread_id}/posts",
        back=f"/threads/{thread_id}",
        back_words=_("Back to the thread"),
        text=form.get("text", ""),
        fields=_fields(form, "key", "draft", "seen", "since_ms"),
    )


def thread_draft(forum_id: int, form: Mapping[str, str]) -> Draft:
    """A new thread with its first post."""
    return Draft(
        place=Place(PlaceKind.FORUM, forum_id),
        heading=_("Start a thread"),
        label=_("First post"),
        button=_("Start the thread"),
        action=f"/forums/{forum_id}/threads",
        back=f"/forums/{forum_id}",
        back_words=_("Back to the forum"),
        text=form.get("text", ""),
        title=form.get("title", ""),
        fields=_fields(form, "key", "draft"),
    )


def edit_draft(post_id: int, form: Mapping[str, str]) -> Draft:
    """A change of a post."""
    return Draft(
        place=Place(PlaceKind.POST, post_id),
        heading=_("Edit your post"),
        label=_("Your post"),
        button=_("Save"),
        action=f"/posts/{post_id}/edit",
        back=f"/posts/{post_id}",
        back_words=_("Back to the thread"),
        text=form.get("text", ""),
        fields=_fields(form, "version", "draft"),
    )


def show_draft(
    request: Request,
    draft: Draft,
    error: TertuliaError | None = None,
    *,
    current: PostData | None = None,
    **more: Any,
) -> Response:
    """The form with the text in it and, if it was refused, why.

    ``current`` is the post as somebody else left it meanwhile: both are shown, and saving replaces that version.
    ``more`` is what a page shows beside: ``preview_html``, ``said``, ``other``, ``around``. ``initial`` is the text of
    the post that is edited, and ``channel`` the one that the page follows, where that is not of its place.
    """
    if current is not None:
        draft = draft.having(version=current["version"])
    context = {
        "preview_html": None,
        "said": None,
        "other": None,
        "around": None,
        "initial": None,
        "channel": None,
        **asdict(draft),
        "place": str(draft.place),
        "error": None if error is None else say(error.sentence) if current is None else _(_BOTH_TEXTS),
        "wants_sign_in": error is not None and error.code is Code.UNAUTHENTICATED,
        "current_html": None if current is None else current["html"],
        "current_text": None if current is None else current["text"],
        **more,
    }
    return render(request, "write.html", context, 200 if error is None else error.code.status)


def _fields(form: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: form[name] for name in names if form.get(name)}
