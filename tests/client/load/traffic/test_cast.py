from __future__ import annotations

from typing import cast

import pytest

from tertulia_client.api import Api, Mark
from tertulia_client.load.traffic.acts import Act, Doing
from tertulia_client.load.traffic.cast import NO_ACCOUNT, Cast

ADA, BO, CY, DI = ACCOUNTS = cast("list[Api]", ["ada", "bo", "cy", "di"])


def rating(post: int, mark: Mark, before: Mark = "none", author: int = 0) -> Act:
    return Act(0.0, Doing.RATE, 0, post, mark=mark, before=before, author=author)


def test_each_author_has_an_account_and_more_authors_share_them() -> None:
    everybody = Cast(ACCOUNTS, authors=4)
    assert [everybody.author_of(rating(1, "none", author=author)) for author in (0, 3, 4)] == [ADA, DI, ADA]
    assert everybody.can_rate
    alone = Cast(ACCOUNTS[:1], authors=1)
    assert (alone.author_of(rating(1, "none", author=5)), alone.can_rate) == (ADA, False)


@pytest.mark.parametrize("author", range(4))
def test_others_rate_a_post_once_each(author: int) -> None:
    everybody = Cast(ACCOUNTS, authors=4)
    raters = [everybody.rater_of(rating(7, "positive", author=author)) for _ in range(4)]
    assert set(raters) == {*ACCOUNTS, None} - {ACCOUNTS[author]}
    assert (raters[-1], everybody.left_out) == (None, {NO_ACCOUNT: 1})


def test_mark_is_taken_back_or_changed_by_whoever_gave_it_last() -> None:
    everybody = Cast(ACCOUNTS, authors=4)
    first, second = everybody.rater_of(rating(7, "positive")), everybody.rater_of(rating(7, "positive"))
    other = everybody.rater_of(rating(7, "negative"))
    assert everybody.rater_of(rating(7, "none", "positive")) == second
    assert everybody.rater_of(rating(7, "negative", "positive")) == first
    assert everybody.rater_of(rating(7, "none", "negative")) == first
    assert everybody.rater_of(rating(7, "none", "negative")) == other
    assert everybody.rater_of(rating(7, "none", "negative")) is None
    assert everybody.rater_of(rating(7, "positive")) in {first, second, other}


def test_posts_are_not_all_rated_by_the_same() -> None:
    everybody = Cast(ACCOUNTS, authors=4)
    assert len({everybody.rater_of(rating(post, "positive")) for post in range(6)}) == 3


def test_second_account_rates_what_the_first_writes() -> None:
    two = Cast(ACCOUNTS[:2], authors=1)
    assert [two.rater_of(rating(post, "positive", author=author)) for post, author in ((1, 0), (2, 3))] == [BO, BO]
