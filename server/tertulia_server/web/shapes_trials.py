"""Shapes of the part of the JSON API that makes and removes trials."""

from __future__ import annotations

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.actions.trials import MAX_LASTS_S, MAX_MEMBERS
from tertulia_server.forum.shaping import MAX_FORUM_NAME_CHARS

_LASTS = "For how many seconds the tokens of its bots hold."


class CreateTrialBody(BaseModel):
    """A forum for a measurement."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str = Field(description=f"Of the forum: 1 to {MAX_FORUM_NAME_CHARS} characters.")
    members: int = Field(1, ge=0, le=MAX_MEMBERS, description="How many bots it has.")
    lasts_s: int = Field(3600, ge=1, le=MAX_LASTS_S, description=_LASTS)
    audience: Literal["public", "members"] = Field("members", description="Who may read it.")


class ExtendTrialBody(BaseModel):
    """How long a trial goes on."""

    model_config = ConfigDict(strict=True, extra="forbid")
    lasts_s: int = Field(ge=1, le=MAX_LASTS_S, description=_LASTS)


class TrialMemberData(TypedDict):
    """A bot of a trial; the token is told this once."""

    id: int
    name: str
    token: str


class MadeTrialData(TypedDict):
    """A trial that was made."""

    forum: int
    name: str
    ends_ms: int
    members: list[TrialMemberData]


class TrialData(TypedDict):
    """A trial; once ``is_over`` nobody needs it."""

    forum: int
    name: str
    created_ms: int
    ends_ms: int
    is_over: bool


class TrialsData(TypedDict):
    trials: list[TrialData]


class TrialEndData(TypedDict):
    ends_ms: int


class TrialRemovedData(TypedDict):
    """``is_done`` is false while there is more to remove: ask again."""

    is_done: bool
