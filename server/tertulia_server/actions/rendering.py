"""Rendering the text of a post without holding up everybody else."""

from __future__ import annotations

import asyncio
from typing import Final

from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import render_post

MAX_INLINE_CHARS: Final = 2_000
"""Longer texts are rendered in a thread: 20,000 characters of brackets were seen to take 160 ms, in which no event
would reach anybody. A text of this length takes a few milliseconds at worst, about what a switch of threads costs."""


async def render_markdown(text: str) -> str:
    """The HTML of a text that was checked."""
    if len(text) <= MAX_INLINE_CHARS:
        return render_post(text, TextFormat.MARKDOWN)
    return await asyncio.to_thread(render_post, text, TextFormat.MARKDOWN)
