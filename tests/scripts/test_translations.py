from __future__ import annotations

from pathlib import Path

import pytest

import translations
from tertulia_server.web.languages import ENGLISH, LANGUAGES
from tertulia_server.web.po_files import PoEntry, parse_po
from translatable import Message, find_messages
from translations import faults, main, merge, po_text

MESSAGES = {Message("Edit"): ["a.html"], Message("%(n)s post", "%(n)s posts"): ["b.html", "c.ts"]}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != ENGLISH.code])
def test_every_sentence_of_the_pages_has_its_words(code: str) -> None:
    """What to do: `.venv/bin/python scripts/translations.py`, then fill what is empty in the catalogue."""
    assert faults(LANGUAGES[code].entries, find_messages()) == []


def test_merge_keeps_words_that_are_known_and_drops_sentences_that_are_gone() -> None:
    entries = [PoEntry("", None, ["Language: es\n"]), PoEntry("Gone", None, ["Ido"]), PoEntry("Edit", None, ["Editar"])]
    merged = merge(entries, MESSAGES)
    assert [entry.message for entry in merged] == ["", "Edit", "%(n)s post"]
    assert [entry.translations for entry in merged] == [["Language: es\n"], ["Editar"], ["", ""]]


def test_faults_are_what_is_empty_and_values_that_differ() -> None:
    entries = [PoEntry("Edit", None, ["Editar %(n)s"]), PoEntry("%(n)s post", "%(n)s posts", ["un mensaje", "muchos"])]
    assert len(faults(entries, MESSAGES)) == 2
    assert faults([], [Message("Edit")]) == ["not translated: 'Edit'"]
    posts = PoEntry("%(n)s post", "%(n)s posts", ["un mensaje", "%(n)s mensajes"])
    entries = [PoEntry("Edit", None, ["Editar"]), posts]
    assert faults(entries, MESSAGES) == []


def test_text_of_a_catalogue_reads_as_it_was_written() -> None:
    entries = [
        PoEntry("", None, ["Language: es\nPlural-Forms: nplurals=2; plural=(n != 1);\n"]),
        PoEntry('A "word"', None, ["Una «palabra»"], ["a.html"]),
        PoEntry("%(n)s post", "%(n)s posts", ["%(n)s mensaje", "%(n)s mensajes"], ["b.html", "c.ts"]),
    ]
    assert parse_po(po_text(entries)) == entries


def test_command_takes_up_new_sentences_and_says_what_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(translations, "find_messages", lambda: {Message("Quite new"): ["a.html"]})
    monkeypatch.setattr(translations, "LOCALE_FOLDER", tmp_path)
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    assert main(["--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert main([]) == 1
    assert [entry.message for entry in parse_po((tmp_path / "es.po").read_text(encoding="utf-8"))] == ["", "Quite new"]
    assert "es: not translated: 'Quite new'" in capsys.readouterr().out
