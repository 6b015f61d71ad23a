from __future__ import annotations

import pytest

from tertulia_server.web.pagination import page_numbers, tail_pages
from tests.server.web.data import thread_data


@pytest.mark.parametrize(
    ("page", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 2, [1, 2]),
        (1, 9, [1, 2, 3, None, 9]),
        (4, 9, [1, 2, 3, 4, 5, 6, None, 9]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (6, 11, [1, None, 4, 5, 6, 7, 8, None, 11]),
        (9, 9, [1, None, 7, 8, 9]),
        (500, 500, [1, None, 498, 499, 500]),
    ],
)
def test_page_numbers_show_ends_and_neighbours(page: int, last: int, numbers: list[int | None]) -> None:
    assert page_numbers(page, last) == numbers


@pytest.mark.parametrize(
    ("last_number", "pages"), [(0, []), (20, []), (21, [2]), (60, [2, 3]), (61, [2, 3, 4]), (200, [8, 9, 10])]
)
def test_tail_pages_are_the_last_three_without_the_first(last_number: int, pages: list[int]) -> None:
    assert tail_pages(thread_data(last_number=last_number)) == pages
