"""Characters that have no place in what people write here, and those that only look like others."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNWANTED: Final = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls except tab and newline
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates: they turn the text of others around
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"  # marks of files and annotations, noncharacters
    "\ud800-\udfff"  # halves of pairs: they cannot be encoded
    "]"
)
_ZERO_WIDTH_RUN: Final = re.compile(
    "([\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u3164\uffa0])\\1+"
)
_MAX_MARKS_PER_LETTER: Final = 6
"""More combining marks than any living script puts on one letter; taller stacks cover the lines above."""


def clean(text: str) -> str:
    """Normalise to NFC with ``\\n`` as line end; drop controls, direction overrides and stacked marks.

    Joiners between letters and in emoji stay, for Persian and for families need them; runs of one become one.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text  # nothing of all that is in it
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    text = unicodedata.normalize("NFC", _ZERO_WIDTH_RUN.sub(r"\1", text))
    return text if text.isascii() else _lower_stacks(text)


def _lower_stacks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= _MAX_MARKS_PER_LETTER:
            kept.append(character)
    return "".join(kept)


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: only spaces, controls and characters without width."""
    return not any(_is_visible(character) for character in text)


def _is_visible(character: str) -> bool:
    if character in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800":
        return False  # letters and symbols by name, blank by look
    return unicodedata.category(character)[0] in "LNPS"
