"""The catalogues of translations, brought in line with the sentences that the pages show.

python scripts/translations.py            take up new sentences, drop those that are gone, say which lack their words
python scripts/translations.py --check    write nothing; exit status 1 if a sentence lacks its words
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from typing import Final

from tertulia_server.web.languages import ENGLISH, LANGUAGES, LOCALE_FOLDER, Language
from tertulia_server.web.po_files import PoEntry
from translatable import ROOT, Message, find_messages

FORMS: Final = 2
"""Of a sentence with a number, in every language that there is so far."""

_VALUES: Final = re.compile(r"%\(\w+\)s")


def merge(entries: Iterable[PoEntry], messages: dict[Message, list[str]]) -> list[PoEntry]:
    """A catalogue of exactly these messages with the words that are known, after its header."""
    known = {Message(entry.message, entry.plural): entry for entry in entries}
    merged = [known[header] for header in [Message("")] if header in known]
    for message, places in messages.items():
        entry = known.get(message, PoEntry(message.one, message.many))
        forms = 1 if message.many is None else FORMS
        words = [*entry.translations, *[""] * forms][:forms]
        merged.append(PoEntry(message.one, message.many, words, places))
    return merged


def faults(entries: Iterable[PoEntry], messages: Iterable[Message]) -> list[str]:
    """What lacks its words, or has words with other values than the sentence."""
    known = {Message(entry.message, entry.plural): entry for entry in entries}
    found = []
    for message in messages:
        entry = known.get(message)
        if entry is None or not entry.is_complete:
            found.append(f"not translated: {message.one!r}")
        elif any(not _values(words) <= _values(message.one, message.many) for words in entry.translations):
            found.append(f"other values in the translation: {message.one!r}")
        elif not _values(message.many or message.one) <= _values(entry.translations[-1]):
            found.append(f"a value is missing in the translation: {message.one!r}")
    return found


def po_text(entries: Iterable[PoEntry]) -> str:
    """A catalogue as its file holds it."""
    return "\n".join(_entry_text(entry) for entry in entries)


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="Catalogues of translations.")
    parser.add_argument("--check", action="store_true", help="write nothing, only say what lacks its words")
    is_check = parser.parse_args(arguments).check
    messages = find_messages()
    found = [f"{language.code}: {fault}" for language in _translated() for fault in faults(language.entries, messages)]
    if not is_check:
        for language in _translated():
            path = LOCALE_FOLDER / f"{language.code}.po"
            path.write_text(po_text(merge(language.entries, messages)), encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    print("\n".join(found) or "Every sentence has its words.")
    return 1 if found else 0


def _translated() -> list[Language]:
    return [language for language in LANGUAGES.values() if language is not ENGLISH]


def _values(*texts: str | None) -> set[str]:
    return {value for text in texts if text for value in _VALUES.findall(text)}


def _entry_text(entry: PoEntry) -> str:
    lines = [f"#: {place}" for place in entry.places]
    lines.append(f"msgid {_quoted(entry.message)}")
    if entry.plural is None:
        lines.append(f"msgstr {_quoted(entry.translations[0])}")
    else:
        lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines += [f"msgstr[{form}] {_quoted(words)}" for form, words in enumerate(entry.translations)]
    return "\n".join(lines) + "\n"


def _quoted(words: str) -> str:
    parts = words.splitlines(keepends=True) if words.count("\n") > 1 else [words]
    quoted = [json.dumps(part, ensure_ascii=False) for part in parts]
    return quoted[0] if len(quoted) == 1 else "\n".join(['""', *quoted])


if __name__ == "__main__":
    sys.exit(main())
