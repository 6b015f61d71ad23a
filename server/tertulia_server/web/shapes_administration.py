"""Shapes of the part of the JSON API that shapes the index."""

from __future__ import annotations

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.forum.shaping import MAX_DESCRIPTION_CHARS, MAX_FORUM_NAME_CHARS, MAX_POSITION
from tertulia_wire.data import ForumData

AudienceName = Literal["public", "members", "staff", "moderators", "administrators"]
"""The values of `Audience`."""

_NAME = f"1 to {MAX_FORUM_NAME_CHARS} characters."
_POSITION = f"Its place in the order, 0 to {MAX_POSITION}; smaller ones come first."
_READS = "Who may read it; `moderators` are those of this forum, `staff` those of any, each with the administrators."
_POSTS = "Who of its readers may post; guests never do."


class CreateForumBody(BaseModel):
    """A new forum."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str = Field(description=_NAME)
    category: str = Field(description="The name of its category, which is made if it is missing.")
    description: str = Field("", description=f"Up to {MAX_DESCRIPTION_CHARS} characters.")
    audience: AudienceName = Field("public", description=_READS)
    posting: AudienceName = Field("members", description=_POSTS)
    position: int = Field(0, description=_POSITION)


class EditForumBody(BaseModel):
    """What is to be changed of a forum; what is left out stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str | None = Field(None, description=_NAME)
    category: str | None = Field(None, description="The name of its category, which is made if it is missing.")
    description: str | None = Field(None, description=f"Up to {MAX_DESCRIPTION_CHARS} characters.")
    audience: AudienceName | None = Field(None, description=_READS)
    posting: AudienceName | None = Field(None, description=_POSTS)
    position: int | None = Field(None, description=_POSITION)


class CreateCategoryBody(BaseModel):
    """A new category; it is in no index before it has a forum."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str = Field(description=_NAME)
    position: int = Field(0, description=_POSITION)


class EditCategoryBody(BaseModel):
    """What is to be changed of a category."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str | None = Field(None, description=_NAME)
    position: int | None = Field(None, description=_POSITION)


class ModeratorBody(BaseModel):
    """Whether a member moderates a forum."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str = Field(description="The member's name.")
    is_moderator: bool = Field(description="True to appoint, false to dismiss.")


class ForumPlanData(TypedDict):
    """A forum as an administrator sees it; ``moderators`` are names."""

    forum: ForumData
    audience: AudienceName
    posting: AudienceName
    position: int
    moderators: list[str]


class CategoryPlanData(TypedDict):
    """A category with its forums, in their order."""

    id: int
    name: str
    position: int
    forums: list[ForumPlanData]


class PlanData(TypedDict):
    """All categories and forums, whoever may read them, after what was asked for."""

    categories: list[CategoryPlanData]
