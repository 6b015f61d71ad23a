"""Shapes of the part of the JSON API that helps to write: previews, names, quotes, versions, drafts."""

from __future__ import annotations

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.forum.drafts import MAX_DRAFT_CHARS
from tertulia_wire.limits import MAX_POST_CHARS

WEEK_MS = 7 * 24 * 60 * 60 * 1000


class PreviewBody(BaseModel):
    """A text as it would be posted."""

    model_config = ConfigDict(strict=True)
    text: str = Field(description=f"Markdown, 1 to {MAX_POST_CHARS} characters.")
    post_id: int | None = Field(None, ge=1, lt=2**53, description="The post that is edited, if one is.")


class PreviewData(TypedDict):
    """The HTML that posting the text would give: made by the same function, and as safe."""

    html: str


class NameData(TypedDict):
    """A member who can be mentioned as ``@name``."""

    id: int
    name: str


class NamesData(TypedDict):
    """A few members whose names begin as asked, the likeliest first."""

    members: list[NameData]


class QuoteData(TypedDict):
    """A post as a quote: Markdown, with a link back; empty for a removed post."""

    markdown: str


class TextVersionData(TypedDict):
    """A text that a post has or had: until ``version`` of it, written by whom and when."""

    version: int
    text: str
    format: Literal["markdown", "literal"]
    by: NameData
    written_ms: int | None


class VersionsData(TypedDict):
    """The texts of a post, the newest first; ``before`` asks for the next older ones, None if there are none."""

    post_id: int
    versions: list[TextVersionData]
    before: int | None


class SaveDraftBody(BaseModel):
    """What is being written; the text of nothing drops the draft."""

    model_config = ConfigDict(strict=True)
    place: str = Field(description="thread:17 for a reply, forum:3 for a new thread, post:431 for an edit.")
    title: str = Field("", description="Of a new thread.")
    text: str = Field(description=f"At most {MAX_DRAFT_CHARS} characters.")
    base: int = Field(0, ge=0, lt=2**53, description="The version of the draft that this text grew out of; 0 for none.")
    age_ms: int = Field(0, ge=0, lt=52 * WEEK_MS, description="How long ago it was last written in.")


class DraftData(TypedDict):
    """A draft; ``changed_ms`` is when it was last written in."""

    place: str
    title: str
    text: str
    version: int
    changed_ms: int


class DraftDocument(TypedDict):
    """The draft of a place, None if there is none."""

    draft: DraftData | None


class SavedDraftData(TypedDict):
    """``draft`` is what is kept now, None for nothing. ``other`` had to give way to it, if there were two:
    the one that was kept before, or, where ``taken`` is false, the one that was sent."""

    draft: DraftData | None
    other: DraftData | None
    taken: bool


class DraftsData(TypedDict):
    """All drafts of the member, the last saved first, with the beginning of their texts."""

    drafts: list[DraftData]
