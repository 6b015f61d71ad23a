from __future__ import annotations

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.forum.new_members import NewMemberRules, words_of

RULES = NewMemberRules(posts=3, max_links=1, words=("cheap shoes", "CASINO"))
LINK = '<a href="https://shop.example/" rel="nofollow">shoes</a>'


@pytest.mark.parametrize(
    "html",
    [
        LINK * 2,
        '<img src="/x.png" alt="">' * 2,
        f'{LINK}<img src="https://shop.example/a.png">',
        "<p>Cheap&#32;SHOES!</p>",
        "<p>my <em>casino</em></p>",
        "<p>ｃａｓｉｎｏ</p>",
    ],
)
def test_what_advertises_is_a_fault_for_who_is_new(html: str) -> None:
    fault = RULES.find_fault(html)
    assert fault is not None
    with pytest.raises(Refusal):
        fault.check(3)
    fault.check(4)


@pytest.mark.parametrize(
    "html", ["<p>Hello</p>", LINK, '<a href="/posts/3">#3</a>' * 5, "<p>casinos and cheap hats, other shoes</p>"]
)
def test_what_does_not_is_none(html: str) -> None:
    assert RULES.find_fault(html) is None


def test_title_counts_and_without_rules_nothing_does() -> None:
    assert RULES.find_fault("<p>Hello</p>", "Casino!") is not None
    assert NewMemberRules(posts=0, max_links=0, words=("a",)).find_fault(LINK * 9, "a") is None


def test_words_of_a_setting() -> None:
    assert words_of(" cheap shoes, casino,, ") == ("cheap shoes", "casino")
