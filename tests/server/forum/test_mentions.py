"""Names and quotes in the text of posts."""

from __future__ import annotations

import pytest

from tertulia_server.forum import mentions
from tertulia_server.forum.mentions import (
    MAX_MENTIONS,
    MAX_QUOTED_POSTS,
    choose_mentioned,
    find_mentions,
    find_quoted_posts,
)
from tertulia_server.forum.names import name_key

MEMBERS = {name_key(name): name for name in ("Ada", "Ada Lovelace", "J.R.", "ñandú", "l'Oie", "ada_b", "O-Ren", "Bob")}


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("@ada look", ["Ada"]),
        ("Hello @Ada Lovelace, and @bob.", ["Ada Lovelace", "Bob"]),
        ("(@ADA)", ["Ada"]),
        ("@ada's boat", ["Ada"]),
        ("@J.R. knows", ["J.R."]),
        ("@l'Oie @ÑANDÚ", ["l'Oie", "ñandú"]),
        ("@O-Ren!", ["O-Ren"]),
        ("@ada_b", ["ada_b"]),
        ("**@ada**", ["Ada"]),
        ("- one\n- @bob", ["Bob"]),
        ("@bob and @Bob and @ada", ["Bob", "Ada"]),
        ("@ada\nLovelace", ["Ada"]),
        ("@adamant", []),
        ("ada@bob.example", []),
        ("write to post@bob", []),
        ("`@ada` and\n\n    @bob", []),
        ("[@ada](https://example.org)", []),
        ("https://example.org/@ada", []),
        ("> @ada said", []),
        ("> @ada said\n\n@bob agrees", ["Bob"]),
        ("@@ada", []),
        ("@", []),
        ("@ ada", []),
        ("@nobody", []),
    ],
)
def test_mention_is_the_longest_name_that_somebody_has(text: str, mentioned: list[str]) -> None:
    assert choose_mentioned(find_mentions(text), MEMBERS) == mentioned


def test_post_mentions_a_limited_number() -> None:
    assert len(find_mentions("@ada " * 500)) == MAX_MENTIONS


def test_what_could_be_a_name_is_limited() -> None:
    (names,) = find_mentions("@" + "ab " * 6_000)
    assert len(names) <= 8
    assert all(len(name) <= 40 for name in names)


@pytest.mark.parametrize(
    ("text", "post_ids"),
    [
        ("> [Ada, #3](/posts/431)\n> what she said\n\nNo.", [431]),
        ("> [Ada](https://forum.example/posts/431) said\n\n> [Bob](/posts/7)\n\n> again [Ada](/posts/431)", [431, 7]),
        ("see [there](/posts/431)", []),
        ("> plain words", []),
        ("> [x](/posts/431/edit) [y](/posts/0) [z](/posts/12345678901234567890)", []),
    ],
)
def test_quote_names_its_post_by_a_link_back(text: str, post_ids: list[int]) -> None:
    assert find_quoted_posts(text) == post_ids


def test_post_quotes_a_limited_number() -> None:
    text = "\n\n".join(f"> [a](/posts/{number})" for number in range(1, 200))
    assert len(find_quoted_posts(text)) == MAX_QUOTED_POSTS


@pytest.mark.parametrize("text", ["&#64;ana, look", "&commat;ana, look", "\\@ana, look"])
def test_sign_may_be_written_otherwise(text: str) -> None:
    assert ("ana",) in [names[-1:] for names in find_mentions(text)]


def test_text_without_signs_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for members nor for posts: it has no ``@`` and no quote."""
    monkeypatch.setattr(mentions, "parse_markdown", None)
    assert find_mentions("a plain post, as most are") == []
    assert find_quoted_posts("a plain post, as most are /posts/1") == []
