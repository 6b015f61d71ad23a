from __future__ import annotations

import re

import pytest

from tertulia_server.forum.mentions import find_quoted_posts
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.quotes import (
    CUT,
    MAX_QUOTE_CHARS,
    escape_literal,
    quote_post,
    without_quotes,
)
from tertulia_server.forum.text import render_post
from tests.server.web.data import CARD, post_data


def as_read(text: str) -> str:
    return re.sub(r"<[^>]+>", "", render_post(text, TextFormat.MARKDOWN))


def test_quote_names_its_author_and_leads_back() -> None:
    quote = quote_post(post_data(text="I *agree*.\n\nReally."))
    assert quote == "> **ada** · [#31](/posts/431)\n>\n> I *agree*.\n>\n> Really.\n\n"
    html = render_post(quote + "So do I.", TextFormat.MARKDOWN)
    assert '<a href="/posts/431"' in html
    assert html.endswith("</blockquote>\n<p>So do I.</p>\n")
    assert find_quoted_posts(quote) == [431]


def test_quote_of_a_removed_post_is_nothing() -> None:
    assert quote_post(post_data(text=None, html=None, is_removed=True)) == ""


@pytest.mark.parametrize("name", ["a*b*", "x](http://evil.test)", "_a_ `b` <b>", "a\\", "> b"])
def test_name_of_the_author_is_read_as_it_is(name: str) -> None:
    quote = quote_post(post_data(author={**CARD, "name": name}))
    html = render_post(quote, TextFormat.MARKDOWN)
    assert re.findall(r'href="([^"]*)"', html) == ["/posts/431"]
    assert find_quoted_posts(quote) == [431]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> old\n\nnew", "new"),
        ("> old\nstill old\n\nnew\n\n> older\n\nend", "new\n\nend"),
        ("```\n> code\n```\nnew", "```\n> code\n```\nnew"),
        ("~~~~\n```\n> code\n~~~~\n> old", "~~~~\n```\n> code\n~~~~"),
        ("a > b", "a > b"),
        ("> only", ""),
    ],
)
def test_quotes_in_what_is_quoted_are_left_out(text: str, own: str) -> None:
    assert without_quotes(text) == own


@pytest.mark.parametrize(
    "text", ["*a* _b_ [c](d) `e` <f> ~~g~~ \\h", "# not a title", "- no list", "1. nor this", "=====", "a | b", "&amp;"]
)
def test_literal_text_reads_the_same_as_markdown(text: str) -> None:
    html = render_post(escape_literal(text), TextFormat.MARKDOWN)
    literal = render_post(text, TextFormat.LITERAL)
    assert html.strip().replace("&quot;", '"') == literal.replace("&#x27;", "'").replace("&quot;", '"')


def test_long_text_is_cut_between_words() -> None:
    quote = quote_post(post_data(text="word " * 1_000))
    assert quote.endswith(f"> {'word ' * 399}word{CUT}\n\n")
    assert len(quote) < MAX_QUOTE_CHARS + 100
