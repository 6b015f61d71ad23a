"""Names of members: what may be registered, and when two names are one."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final

from tertulia_server.errors import Refusal, Sentence
from tertulia_wire.codes import Code

MIN_NAME_CHARS: Final = 2
MAX_NAME_CHARS: Final = 40
MAX_STORED_NAME_CHARS: Final = 64
"""Names out of an archive are taken as written, up to the width of the column."""

_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_ALIKE_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN")
"""Scripts that share shapes: letters of two of them in one name are a disguise more often than a name."""


def check_name(name: str) -> str:
    """Return the name (NFC) if it may be registered: 2 to 40 visible characters, single spaces inside only.

    Raises `Refusal` with ``INVALID`` and a sentence that says what to change.
    """
    name = unicodedata.normalize("NFC", name)
    if not MIN_NAME_CHARS <= len(name) <= MAX_NAME_CHARS:
        raise _refusal(
            Sentence("A name has %(least)s to %(most)s characters.", least=MIN_NAME_CHARS, most=MAX_NAME_CHARS)
        )
    if name != " ".join(name.split(" ")).strip() or "  " in name:
        raise _refusal("A name has no spaces at its ends and no two spaces together.")
    if not all(character == " " or _may_stand_in_name(character) for character in name):
        raise _refusal("A name has visible characters only.")
    if not any(unicodedata.category(character)[0] in "LN" for character in name):
        raise _refusal("A name has at least one letter or digit.")
    if unicodedata.category(name[0])[0] == "M":
        raise _refusal("A name does not begin with a combining mark.")
    if len(_alike_scripts(name)) > 1:
        raise _refusal("A name does not mix letters of scripts that look alike, such as Latin and Cyrillic.")
    return name


def name_key(name: str) -> str:
    """What makes two names one: letter case, width, kind of space and invisible characters do not tell them apart.

    At most 64 characters; never for display.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(" " if _is_space(c) else c for c in folded if not _is_invisible(c))
    key = " ".join(seen.split(" ")).strip()
    key = " ".join(part for part in key.split(" ") if part)
    if len(key) <= MAX_STORED_NAME_CHARS:
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:57]


def _refusal(message: str) -> Refusal:
    return Refusal(Code.INVALID, message)


def _may_stand_in_name(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPSM" and not _is_invisible(character)


def _is_space(character: str) -> bool:
    return unicodedata.category(character)[0] == "Z" or character in "\t\n\r\x0b\x0c"


def _is_invisible(character: str) -> bool:
    is_variation = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    is_blank = character in _BLANK_LETTERS or character == "\u034f"
    return is_variation or is_blank or (unicodedata.category(character)[0] == "C" and not _is_space(character))


def _alike_scripts(name: str) -> set[str]:
    words = {unicodedata.name(c, "").partition(" ")[0] for c in name if unicodedata.category(c)[0] == "L"}
    return words.intersection(_ALIKE_SCRIPTS)
