"""What a reader sees of a post, as plain text: for excerpts, where marks would stand in the way of words."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_ENDS: Final = re.compile(r"<(?:br|hr|/p|/li|/h[3-6]|/t[hd]|/pre|/blockquote)>")
_TAG: Final = re.compile(r"<[^>]*>")


def plain_text(html: str) -> str:
    """The words of HTML that `render_post` has made. What it gives is text again: escape it."""
    return unescape(_TAG.sub("", _ENDS.sub(" ", html)))
