"""Pages of the layout, and pages that are broken: each broken one is refused with its line."""

from __future__ import annotations

from datetime import date

import pytest

from tertulia_server.forum import archive_page
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.forum.archive_page import ArchivedPage, parse_page

PAGE = """\
• Monday, June 8, 2020

The well in the square

Discussion in 'Village' started by Ann Lee, Mar 4, 2012.

  1. Ann Lee

    Ann Lee ELITE MEMBER

    Aug 9, 2009
    +1 / 8,024 / -2
    First paragraph.

    Second paragraph.
  2. bob_7

    bob_7 BANNED

    Apr 15, 2011
    +0 / 605 / -0
    One line.
"""


def parse(text: str) -> ArchivedPage:
    return parse_page("page.txt", text.encode())


def refusal(text: str) -> str:
    with pytest.raises(ArchiveError) as refused:
        parse(text)
    return str(refused.value)


def with_text(body: str) -> str:
    """The page, with this as the text of post 2."""
    return PAGE.replace("    One line.\n", body)


def test_page_is_read_whole() -> None:
    page = parse(PAGE)
    assert (page.forum, page.title, page.starter) == ("Village", "The well in the square", "Ann Lee")
    assert page.started == date(2012, 3, 4)
    ann, bob = page.posts
    assert (ann.number, ann.line, ann.text) == (1, 7, "First paragraph.\n\nSecond paragraph.")
    assert (ann.card.name, ann.card.rank, ann.card.joined) == ("Ann Lee", "ELITE MEMBER", date(2009, 8, 9))
    assert ann.card.counts.written == "+1 / 8,024 / -2"
    assert (bob.number, bob.card.name, bob.card.rank, bob.text) == (2, "bob_7", "BANNED", "One line.")
    assert page.stray_lines == ()
    assert page.notes == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("    ", "\t"),
        lambda text: text.replace("\n", "  \n"),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace("\n\n", "\n\n\n"),
        lambda text: text.partition("\n\n")[2],
        lambda text: text.replace("• Monday", "Monday"),
        lambda text: text.replace("  1. ", "1. ").replace("  2. ", " 2. "),
        lambda text: text.replace("Mar 4, 2012.", "March 4, 2012"),
    ],
    ids=["no end", "crlf", "bom", "tabs", "trailing", "nbsp", "blank lines", "no day", "no bullet", "flat", "long day"],
)
def test_page_saved_differently_reads_alike(change: object) -> None:
    page = parse(change(PAGE))  # type: ignore[operator]
    assert (page.title, page.starter, page.started) == ("The well in the square", "Ann Lee", date(2012, 3, 4))
    shown = [(p.number, p.card.name, p.card.rank, p.text.replace("\u00a0", " ").split()) for p in page.posts]
    expected = [(p.number, p.card.name, p.card.rank, p.text.split()) for p in parse(PAGE).posts]
    assert shown == expected
    assert page.stray_lines == ()


@pytest.mark.parametrize(
    "name", ["O'Dell", "灯台守", "خليل البحّار", "x", "1. Two", "A, B", "<b>&amp;", "🚲 Bo", "x" * 64]
)
def test_page_with_any_name_is_read(name: str) -> None:
    page = parse(PAGE.replace("Ann Lee", name))
    assert page.starter == page.posts[0].card.name == name
    assert page.posts[0].card.rank == "ELITE MEMBER"


def test_page_with_name_that_begins_another_name_keeps_them_apart() -> None:
    page = parse(PAGE.replace("bob_7", "Ann"))
    assert [post.card.name for post in page.posts] == ["Ann Lee", "Ann"]


def test_page_with_quotes_in_the_forums_name() -> None:
    assert parse(PAGE.replace("'Village'", "'The Elders' Bench'")).forum == "The Elders' Bench"


def test_page_with_card_without_rank_is_read() -> None:
    assert parse(PAGE.replace("bob_7 BANNED", "bob_7")).posts[1].card.rank == ""


def test_page_from_21_is_read() -> None:
    page = parse(PAGE.replace("  1. ", "  21. ").replace("  2. ", "  22. "))
    assert [post.number for post in page.posts] == [21, 22]


@pytest.mark.parametrize(
    "text",
    [
        "1. a list\n2. of two\n3. things",
        "3. Ann Lee\n\nsays hello",
        "3. Cy\n\n    Cy MEMBER\n\n    Aug 9, 2009\n    +0 / 1 / -0\n    quoted whole",
        "Mar 4, 2012",
        "<script>alert(1)</script> **no** &amp; # _markdown_",
        "    indented\n  half\nnot",
        "a\n\n\n\nb",
        "x" * 5000,
        "تحية 🎉 \u200fהשלום",
        "Discussion in 'Village' started by Ann Lee, Mar 4, 2012.",
        ".",
        "",
    ],
)
def test_page_keeps_the_text_of_a_post_as_it_is(text: str) -> None:
    body = "".join(f"    {line}\n" if line else "\n" for line in text.split("\n"))
    page = parse(with_text(body))
    assert len(page.posts) == 2
    assert page.posts[1].text == text
    assert page.stray_lines == ()


def test_page_with_indented_first_line_loses_only_blank_lines() -> None:
    assert parse(with_text("\n\n        deep\n    flat\n\n\n")).posts[1].text == "    deep\nflat"


def test_page_text_is_cleaned_of_what_turns_it_around() -> None:
    assert parse(with_text("    a\u202eb\x07\u2028c\n")).posts[1].text == "ab\nc"


def test_page_with_card_in_a_text_notes_it() -> None:
    page = parse(with_text("    Gallery\n    Mar 10, 2012\n    +3 / 1,150 / -2\n    it leans\n"))
    assert page.posts[1].text == "Gallery\nMar 10, 2012\n+3 / 1,150 / -2\nit leans"
    assert page.notes == ("page.txt:24: this looks like a card, but has no number; it is text of post 2.",)


def test_page_with_stray_lines_names_each() -> None:
    text = (
        "Home > Village\n" + PAGE.replace("  1. Ann", "Page 1 of 1\n\n  1. Ann") + "\nSign in to reply.\n  9. things\n"
    )
    page = parse(text)
    assert [(line.line, line.text) for line in page.stray_lines] == [
        (1, "Home > Village"),
        (8, "Page 1 of 1"),
        (27, "Sign in to reply."),
        (28, "9. things"),
    ]
    assert page.posts == parse(text).posts
    assert page.posts[1].text == "One line."


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (PAGE, "", "page.txt:1: Before the posts there is no line"),
        (PAGE, "just some words\nand more\n", "page.txt:1: Before the posts there is no line"),
        (
            "Discussion in 'Village' started by Ann Lee, Mar 4, 2012.",
            "",
            "page.txt:1: Before the posts there is no line",
        ),
        ("started by Ann Lee", "begun by Ann Lee", "page.txt:5: Expected: Discussion in"),
        ("Lee, Mar 4, 2012.", "Lee, Yesterday at 5:00 PM.", "page.txt:5: Expected: Discussion in"),
        ("Mar 4, 2012", "Mar 44, 2012", "page.txt:5: The day on which the thread was started is none"),
        ("Mar 4, 2012", "Moo 4, 2012", "page.txt:5: The day on which the thread was started is none"),
        ("'Village'", "'" + "v" * 201 + "'", "page.txt:5: The name of the forum needs"),
        ("The well in the square", "", "page.txt:5: Above this line the title is missing"),
        ("The well in the square", "w" * 201, "page.txt:3: The title needs 1 to 200 characters"),
        ("The well in the square", "w" * 2001, "page.txt:3: The title needs 1 to 200 characters"),
        (PAGE[PAGE.index("  1.") :], "", "page.txt:7: There is no post in this file"),
        ("  2. bob_7", "  3. bob_7", "page.txt:16: Post number 3 follows post number 1"),
        ("  2. bob_7", "  1. bob_7", "page.txt:16: Post number 1 follows post number 1"),
        ("  1. Ann Lee", "  0. Ann Lee", "page.txt:7: Posts are numbered from 1"),
        ("  2. bob_7", "  bob_7", "page.txt:16: A card follows, but here is no head of a post"),
        ("  1. Ann Lee\n", "", "page.txt:8: A card follows, but here is no head of a post"),
        ("    bob_7 BANNED", "    rob_7 BANNED", "page.txt:18: Expected the card of post 2: 'bob_7 RANK'"),
        ("    bob_7 BANNED\n", "", "page.txt:19: Expected the card of post 2"),
        ("2. bob_7\n\n    bob_7 BANNED\n", "7. bob_7\n\n", "page.txt:19: Expected the card of post 7"),
        ("    Ann Lee ELITE MEMBER\n", "", "page.txt:10: Expected the card of post 1"),
        ("    Apr 15, 2011\n", "", "page.txt:20: Expected the day on which 'bob_7' joined"),
        ("Apr 15, 2011", "Apr 31, 2011", "page.txt:20: Expected the day on which 'bob_7' joined"),
        ("+0 / 605 / -0", "+0 / 605", "page.txt:21: Expected the counts of 'bob_7'"),
        ("+0 / 605 / -0", "+0 / 99999999999 / -0", "page.txt:21: Expected the counts of 'bob_7'"),
        ("    +0 / 605 / -0\n    One line.\n", "", "page.txt:20: Expected the counts of 'bob_7'"),
        (PAGE[PAGE.index("    bob_7") :], "", "page.txt:16: Expected the card of post 2"),
        ("bob_7", "b" * 65, "page.txt:16: The name of a member needs 1 to 64 characters"),
        ("bob_7", "\u2066", "page.txt:16: The name of a member needs"),
        ("BANNED", "B" * 65, "page.txt:18: The rank of a member has at most 64 characters"),
    ],
)
def test_page_that_is_broken_says_where(old: str, new: str, sentence: str) -> None:
    assert old in PAGE
    assert refusal(PAGE.replace(old, new, 1) if old != "bob_7" else PAGE.replace(old, new)).startswith(sentence)


def test_page_with_a_text_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_page, "MAX_ARCHIVED_POST_CHARS", 20)
    assert refusal(PAGE) == "page.txt:7: The text of post 1 is longer than 20 characters."


def test_page_with_too_many_stray_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_page, "MAX_STRAY_LINES", 2)
    assert len(parse(PAGE + "a\nb\n").stray_lines) == 2
    assert refusal(PAGE + "a\nb\nc\n").startswith("page.txt:25: More than 2 lines belong to no post")
