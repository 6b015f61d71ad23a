"""Quoting: a post as Markdown to be answered to, with a link back. Nothing but Markdown: a text is the whole post.

    > **Marisol** · [#25](/posts/431)
    >
    > I agree.

What the quoted post had quoted itself is left out: a conversation is not a nest.
"""

from __future__ import annotations

import re
from typing import Final

from tertulia_wire.data import PostData

MAX_QUOTE_CHARS: Final = 2_000
"""Of the quoted text; a longer one is cut between words. Who wants the whole post follows the link."""

CUT: Final = " […]"

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_NESTED: Final = re.compile(r" {0,3}>")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>~|&@])")
_LINE_START: Final = re.compile(r"^([#+=-]|\d{1,9}(?=[.)]))")


def quote_post(post: PostData) -> str:
    """The post as a quote, ready to be written below; empty for a removed one, whose text is nobody's to pass on."""
    text = post["text"]
    if text is None:
        return ""
    own = escape_literal(text) if post["format"] == "literal" else without_quotes(text)
    name = _escape(post["author"]["name"]).replace(":", r"\:")  # no address out of a name
    head = f"**{name}** · [#{post['number']}](/posts/{post['id']})"
    lines = [head, "", *_cut(own).split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def without_quotes(text: str) -> str:
    """A Markdown text without its quotes. A line that begins with ``>`` within fenced code is code."""
    kept: list[str] = []
    fence: str | None = None
    is_quote = False
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence is None and mark is not None:
            fence = mark[1]
        elif fence is not None and mark is not None and mark[1].startswith(fence) and not line.strip("`~ "):
            fence = None
        elif fence is None and (_NESTED.match(line) or (is_quote and line.strip())):
            is_quote = True
            continue
        is_quote = False
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def escape_literal(text: str) -> str:
    """Text that was never Markdown, so that it reads the same as Markdown."""
    lines = (_LINE_START.sub(r"\\\1", _escape(line.lstrip())) for line in text.split("\n"))
    return "\n".join(re.sub(r"^\\(\d+)", r"\1\\", line) for line in lines)


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _cut(text: str) -> str:
    if len(text) <= MAX_QUOTE_CHARS:
        return text
    cut = text[:MAX_QUOTE_CHARS]
    return (cut.rpartition(" ")[0] or cut).rstrip() + CUT
