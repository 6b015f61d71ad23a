"""Text of the same length and shape as another, and nothing of what it said.

Letters become other letters of their kind (vowels vowels, capitals capitals), digits digits; spaces, line breaks, marks
and the beginnings of addresses stay, so that Markdown, wrapping and sizes are those of the original. Which letter
becomes which is drawn anew for each. Somebody who knows a text can still recognise it by its shape.
"""

from __future__ import annotations

import random
import re
from typing import Final

_VOWELS: Final = "aeiou"
_CONSONANTS: Final = "bcdfghklmnprstvw"
_BY_BYTES: Final = {2: "áéíóúñçãöß", 3: "中文字海山川木火土金", 4: "🙂🌿🐚🎈"}
"""What stands for a letter or picture that takes so many bytes in UTF-8."""

_KEPT: Final = re.compile(r"https?://")


def disguise(text: str, rng: random.Random) -> str:
    """As many characters, and as many bytes in UTF-8."""
    parts, place = [], 0
    for found in _KEPT.finditer(text):
        parts += [*(_other(letter, rng) for letter in text[place : found.start()]), found[0]]
        place = found.end()
    return "".join([*parts, *(_other(letter, rng) for letter in text[place:])])


def _other(letter: str, rng: random.Random) -> str:
    if letter.isascii():
        return _other_ascii(letter, rng)
    size = len(letter.encode())
    is_word = letter.isalnum() or size == 4
    return rng.choice(_BY_BYTES[size]) if is_word else letter


def _other_ascii(letter: str, rng: random.Random) -> str:
    if letter.isdigit():
        return rng.choice("0123456789")
    if not letter.isalpha():
        return letter
    other = rng.choice(_VOWELS if letter.lower() in _VOWELS else _CONSONANTS)
    return other.upper() if letter.isupper() else other
