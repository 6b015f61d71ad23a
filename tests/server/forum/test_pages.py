from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.forum.pages import first_number, page_count, page_of


@pytest.mark.parametrize(("number", "page"), [(1, 1), (20, 1), (21, 2), (40, 2), (41, 3), (10_000, 500)])
def test_page_of_number_holds_twenty_each(number: int, page: int) -> None:
    assert page == page_of(number)


@given(st.integers(1, 10**9))
def test_page_of_any_number_spans_it(number: int) -> None:
    page = page_of(number)
    assert first_number(page) <= number < first_number(page + 1)


@pytest.mark.parametrize(("last_number", "count"), [(0, 1), (1, 1), (20, 1), (21, 2), (40, 2), (41, 3)])
def test_page_count_follows_last_number(last_number: int, count: int) -> None:
    assert count == page_count(last_number)
