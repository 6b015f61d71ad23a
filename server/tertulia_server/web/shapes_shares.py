"""Shapes of the part of the JSON API by which the copies of one bot share its work."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.store.bot_shares import MAX_PLACES, PARTS
from tertulia_wire.limits import MAX_CHANNEL_CHARS, MAX_EPOCH_CHARS, MAX_SEQ

Part = Annotated[int, Field(ge=0, lt=PARTS)]
Channel = Annotated[str, Field(min_length=1, max_length=MAX_CHANNEL_CHARS)]
Epoch = Annotated[str, Field(pattern=f"^[0-9a-z]{{1,{MAX_EPOCH_CHARS}}}$")]
Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
Place = Annotated[list[Epoch | Seq], Field(min_length=2, max_length=2, description="A cursor: epoch and seq.")]


class HeldPartBody(BaseModel):
    """A part that the copy holds, and how far it has come since it said so last."""

    model_config = ConfigDict(strict=True)
    part: Part
    fence: int = Field(ge=1, lt=2**53)
    places: dict[Channel, Place] = Field(default_factory=dict, max_length=MAX_PLACES)


class ShareWorkBody(BaseModel):
    """A copy's word that it lives."""

    model_config = ConfigDict(strict=True)
    holder: str = Field(pattern=r"^[0-9A-Za-z_-]{8,64}$", description="Of this copy alone, made by chance.")
    held: list[HeldPartBody] = Field(default_factory=list, max_length=PARTS)
    let_go: list[Part] = Field(default_factory=list, max_length=PARTS, description="Parts that others may have now.")
    leaving: bool = Field(False, description="This copy ends.")


class HeldPartData(TypedDict):
    """A part of the threads, those whose id divided by ``parts`` leaves ``part``. ``places``: where to go on from in
    each channel, if the part is new to the copy."""

    part: int
    fence: int
    places: dict[str, tuple[str, int]]


class ShareWorkData(TypedDict):
    """What the copy is to do until ``lease_ms`` have passed. ``excess``: parts to let go, so that others have some."""

    parts: int
    lease_ms: int
    held: list[HeldPartData]
    excess: list[int]
