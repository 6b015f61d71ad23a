"""Catalogues of translations as translators write them (.po), read when a server starts: nothing is compiled by hand.

The standard library reads the compiled form only, so a file is turned into that form in memory.
"""

from __future__ import annotations

import ast
import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from gettext import GNUTranslations
from pathlib import Path
from typing import Final

_MAGIC: Final = 0x950412DE
_HEADER_BYTES: Final = 28


@dataclass
class PoEntry:
    """A message with its translations: one, or one for each plural form. ``places`` are the files that use it."""

    message: str = ""
    plural: str | None = None
    translations: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether no form lacks its words."""
        return bool(self.translations) and all(self.translations)


def parse_po(text: str) -> list[PoEntry]:
    """The entries of a file, its header (the empty message) first; ``ValueError`` names a line that is none."""
    return [_parse_entry(block) for block in text.split("\n\n") if block.strip()]


def read_po(file: Path) -> list[PoEntry]:
    """The entries of a file on disk."""
    return parse_po(file.read_text(encoding="utf-8"))


def translations_of(entries: Iterable[PoEntry]) -> GNUTranslations:
    """The catalogue, with the plural rule of its header; what has no translation yet stays as it is."""
    return GNUTranslations(io.BytesIO(_compile([entry for entry in entries if entry.is_complete])))


def _parse_entry(block: str) -> PoEntry:
    entry = PoEntry()
    part = ""
    for line in block.splitlines():
        if line.startswith("#:"):
            entry.places += line[2:].split()
        elif line.startswith("#") or not line.strip():
            continue
        elif line.startswith('"'):
            _add(entry, part, line)
        else:
            part, _, words = line.partition(" ")
            _add(entry, part, words)
    return entry


def _add(entry: PoEntry, part: str, quoted: str) -> None:
    try:
        words = str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError):
        raise ValueError(f"no line of a catalogue: {part} {quoted}") from None
    if part == "msgid":
        entry.message += words
    elif part == "msgid_plural":
        entry.plural = (entry.plural or "") + words
    elif part == "msgstr" or part.startswith("msgstr["):
        form = int(part[7:-1]) if part != "msgstr" else 0
        entry.translations += [""] * (form + 1 - len(entry.translations))
        entry.translations[form] += words
    else:
        raise ValueError(f"no line of a catalogue: {part} {quoted}")


def _compile(entries: Iterable[PoEntry]) -> bytes:
    """The binary form: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html."""
    pairs = sorted((_key(entry).encode(), "\0".join(entry.translations).encode()) for entry in entries)
    position = _HEADER_BYTES + 16 * len(pairs)
    tables = [b"", b""]
    words = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]), position + len(words))
            words += pair[side] + b"\0"
    starts = _HEADER_BYTES, _HEADER_BYTES + 8 * len(pairs)
    return struct.pack("<7I", _MAGIC, 0, len(pairs), *starts, 0, position) + tables[0] + tables[1] + words


def _key(entry: PoEntry) -> str:
    return entry.message if entry.plural is None else f"{entry.message}\0{entry.plural}"
