from __future__ import annotations

import re

import pytest

from translatable import TEMPLATES, Message, find_messages, python_messages, script_messages, template_messages

_CODE = re.compile(
    r"{% block content_id %}\w+{% endblock %}|{#.*?#}|{%-?\s*trans\b.*?endtrans\s*-?%}|{%.*?%}|{{.*?}}", re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_SHOWN_ATTRIBUTE = re.compile(r"\b(?:title|aria-label|placeholder|alt|data-words)=\"([^\"]*)\"")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ENTITY = re.compile(r"&\w+;")


def bare_words(source: str) -> list[str]:
    """Words of a template that a reader sees and that no catalogue can replace."""
    html = _CODE.sub("", source)
    texts = [_ENTITY.sub("", text) for text in [*_TAG.split(html), *_SHOWN_ATTRIBUTE.findall(html)]]
    return [text.strip() for text in texts if _LETTERS.search(text)]


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.rglob("*.html")))
def test_every_word_of_a_template_can_be_translated(name: str) -> None:
    assert bare_words((TEMPLATES / name).read_text(encoding="utf-8")) == []


def test_bare_words_are_found() -> None:
    source = '<p>{{ name }} says <b>hello</b> {{ _("there") }}</p><a title="Here">›</a>{% trans %}Hi{% endtrans %}'
    assert bare_words(source) == ["says", "hello", "Here"]


def test_messages_of_a_template() -> None:
    source = '{{ _("One") }}{{ ngettext("%(n)s post", "%(n)s posts", n, n=n) }}{% trans a=1 %}By {{ a }}{% endtrans %}'
    assert template_messages(source) == [Message("One"), Message("%(n)s post", "%(n)s posts"), Message("By %(a)s")]


def test_data_do_not_go_where_nothing_is_escaped() -> None:
    with pytest.raises(ValueError, match="said"):
        template_messages("{{ _(post.author.name) }}")


def test_messages_of_a_python_module() -> None:
    source = """
_("plain"), ngettext("%s post", "%s posts", n), later("in a table"), _(words)
raise Refusal(Code.INVALID, "Not so.")
raise Refusal(Code.INVALID, Sentence("At most %(most)s.", most=3))
raise Refusal(Code.INVALID)
"""
    found = {"plain", "%s post", "in a table", "Not so.", "At most %(most)s."}
    assert {message.one for message in python_messages(source)} == found


def test_words_that_are_put_together_cannot_be_translated() -> None:
    with pytest.raises(ValueError, match="Sentence"):
        python_messages('Refusal(Code.INVALID, f"At most {most}.")')


def test_messages_of_the_script() -> None:
    source = """say(_("It's \\"so\\"", { n }), ngettext("%(n)s post", "%(n)s posts", n)); other("x"); _(card.rank)"""
    assert script_messages(source) == [Message('It\'s "so"'), Message("%(n)s post", "%(n)s posts")]


def test_each_message_names_the_files_that_show_it() -> None:
    places = find_messages()[Message("This post was removed.")]
    assert "client/js/src/page/article.ts" in places
    assert "server/tertulia_server/web/templates/_post.html" in places
    assert "wire/tertulia_wire/codes.py" in places
