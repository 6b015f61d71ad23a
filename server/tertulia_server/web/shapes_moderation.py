"""Shapes of the part of the JSON API that moderates."""

from __future__ import annotations

from typing import TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.web.shapes import CursorPair
from tertulia_wire.data import ThreadData
from tertulia_wire.limits import MAX_TITLE_CHARS


class ChangeThreadBody(BaseModel):
    """What is to be changed of a thread; what is left out stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")
    title: str | None = Field(None, description=f"1 to {MAX_TITLE_CHARS} characters.")
    is_locked: bool | None = Field(None, description="Whether only moderators may post in it.")
    is_pinned: bool | None = Field(None, description="Whether it stands at the top of its forum.")


class ThreadChangeData(TypedDict):
    """A thread that was changed, and the cursor of its channel at the change."""

    thread: ThreadData
    cursor: CursorPair
