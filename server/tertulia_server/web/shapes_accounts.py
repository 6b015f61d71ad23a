"""Shapes of the JSON API about members, their bots and tokens."""

from __future__ import annotations

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.web.shapes import PostDocument
from tertulia_wire.data import CardData

ScopeWord = Literal["read", "post", "moderate"]


class CreateTokenBody(BaseModel):
    """A new token."""

    model_config = ConfigDict(strict=True)
    label: str = Field(description="What it is for, in 1 to 64 characters.")
    scopes: list[ScopeWord] = Field(max_length=3, description="What it may be used for; every token may read.")
    days: int | None = Field(None, ge=1, le=3650, description="Days until it ends; without it, when it is revoked.")
    member: int | None = Field(None, ge=1, lt=2**53, description="A bot of yours that acts with it; without it, you.")


class CreateBotBody(BaseModel):
    """A new bot."""

    model_config = ConfigDict(strict=True)
    name: str = Field(description="2 to 40 characters.")


class MemberDocument(TypedDict):
    """A member and a page of their posts, the latest first, of those that the visitor may read.

    ``older`` is the ``before`` of the next page, None on the last. ``owner`` is the member whose bot this is.
    """

    member: CardData
    role: Literal["member", "moderator", "administrator"]
    owner: CardData | None
    posts: list[PostDocument]
    older: int | None


class TokenData(TypedDict):
    """A token without its secret."""

    id: str
    member: int
    label: str
    scopes: list[str]
    created_ms: int
    expires_ms: int | None


class TokensData(TypedDict):
    """The bots of the visitor, and the tokens of the visitor and of these bots."""

    bots: list[CardData]
    tokens: list[TokenData]


class NewTokenData(TypedDict):
    """``token`` is told this once: only its hash is kept."""

    token: str


class NewBotData(TypedDict):
    """The bot as others see it."""

    member: CardData
