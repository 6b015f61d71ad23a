from __future__ import annotations

import pytest

from tertulia_server.web.po_files import PoEntry, parse_po, translations_of

TEXT = """msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

# a remark
#: a.html b.ts
msgid "Edit \\"it\\""
msgstr "Editar «"
"esto»"

msgid "%(n)s post"
msgid_plural "%(n)s posts"
msgstr[0] "%(n)s mensaje"
msgstr[1] "%(n)s mensajes"

msgid "Empty"
msgstr ""
"""


def test_entries_are_read_with_their_places_and_forms() -> None:
    header, edit, posts, empty = parse_po(TEXT)
    assert header.message == ""
    assert edit == PoEntry('Edit "it"', None, ["Editar «esto»"], ["a.html", "b.ts"])
    assert posts == PoEntry("%(n)s post", "%(n)s posts", ["%(n)s mensaje", "%(n)s mensajes"])
    assert [header.is_complete, edit.is_complete, empty.is_complete] == [True, True, False]


def test_catalogue_translates_and_leaves_what_it_does_not_know() -> None:
    catalogue = translations_of(parse_po(TEXT))
    assert catalogue.gettext('Edit "it"') == "Editar «esto»"
    assert catalogue.ngettext("%(n)s post", "%(n)s posts", 1) == "%(n)s mensaje"
    assert catalogue.ngettext("%(n)s post", "%(n)s posts", 0) == "%(n)s mensajes"
    assert catalogue.gettext("Empty") == "Empty"
    assert catalogue.gettext("Unknown") == "Unknown"


@pytest.mark.parametrize("line", ['msgid "open', "nonsense", 'msgctxt "menu"'])
def test_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="no line of a catalogue"):
        parse_po(line)
