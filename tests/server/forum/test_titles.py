from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.errors import Refusal
from tertulia_server.forum.titles import check_title, forum_path, slug_of, thread_path
from tertulia_wire.codes import Code


def test_title_with_breaks_and_runs_becomes_one_line() -> None:
    assert check_title("  The lamp\r\n\tis \x00 lit  ") == "The lamp is lit"


@pytest.mark.parametrize("title", ["", "   ", "\u200b\u200d", "\u3164", "x" * 201, "x" * 100_000, "\x00"])
def test_title_empty_or_too_long_is_refused(title: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_title(title)
    assert refused.value.code is Code.TITLE_INVALID


def test_title_of_200_characters_is_taken() -> None:
    assert check_title("x" * 200) == "x" * 200


def test_title_that_turns_text_around_is_straightened() -> None:
    assert check_title("safe\u202etxt.exe") == "safetxt.exe"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("China calls for enhanced cooperation", "china-calls-for-enhanced-cooperation"),
        ("Ça va? Été & Übung!", "ca-va-ete-ubung"),
        ("The keeper's lamp", "the-keepers-lamp"),
        ("日本語", "thread"),
        ("", "thread"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_slug_of_title_is_ascii_words(title: str, slug: str) -> None:
    assert slug == slug_of(title)


def test_slug_of_long_title_is_cut_between_words() -> None:
    slug = slug_of("restoring the old lighthouse on the northern point of the long grey island")
    assert slug == "restoring-the-old-lighthouse-on-the-northern-point-of-the"


@given(st.text(max_size=300))
def test_slug_of_anything_is_short_and_safe(title: str) -> None:
    slug = slug_of(title)
    assert len(slug) <= 60
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert slug == slug_of(slug)


def test_paths_name_id_slug_and_page() -> None:
    assert thread_path(17, "title") == "/threads/17-title"
    assert thread_path(17, "title", 2) == "/threads/17-title/page-2"
    assert thread_path(17, "") == "/threads/17"
    assert forum_path(3, "name", 4) == "/forums/3-name/page-4"
