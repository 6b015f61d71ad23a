from __future__ import annotations

import pytest

from tertulia_server.web.filters import (
    count,
    day,
    exact_moment_tag,
    has_start,
    last_post,
    moment_tag,
    post_time,
    started,
    started_exactly,
)
from tertulia_wire.data import PostData, ThreadData
from tests.server.web.data import post_data, thread_data


@pytest.mark.parametrize(
    ("iso_day", "words"),
    [("2011-10-21", "Oct 21, 2011"), ("2009-08-09", "Aug 9, 2009"), ("2026-01-01", "Jan 1, 2026")],
)
def test_day_is_written_as_on_the_cards_of_old(iso_day: str, words: str) -> None:
    assert day(iso_day) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0"), (999, "999"), (8024, "8,024"), (1_234_567, "1,234,567")])
def test_count_separates_thousands(number: int, words: str) -> None:
    assert count(number) == words


def test_moment_is_told_in_utc_with_milliseconds_for_the_script() -> None:
    assert (
        moment_tag(1_795_420_800_000)
        == '<time datetime="2026-11-23T08:00:00.000Z" data-time-ms="1795420800000">Nov 23, 2026, 08:00 UTC</time>'
    )
    assert 'data-time-ms="1795420800000" data-exact>Nov 23, 2026, 08:00 UTC<' in exact_moment_tag(1_795_420_800_000)


@pytest.mark.parametrize(
    ("post", "html"),
    [
        (post_data(created_ms=None, created_day=None), ""),
        (post_data(created_ms=None, created_day="2011-10-21"), '<time datetime="2011-10-21">Oct 21, 2011</time>'),
    ],
)
def test_post_time_invents_nothing(post: PostData, html: str) -> None:
    assert post_time(post) == html


@pytest.mark.parametrize(
    ("thread", "is_known"),
    [
        (thread_data(started_ms=None, started_day=None), False),
        (thread_data(started_ms=None, started_day="2011-10-21"), True),
        (thread_data(started_ms=1, started_day=None), True),
    ],
)
def test_start_of_a_thread_is_told_if_known(thread: ThreadData, is_known: bool) -> None:
    assert has_start(thread) == is_known
    assert bool(started(thread)) == is_known


def test_last_post_escapes_the_name() -> None:
    thread = thread_data(last_post_by="<b>ada</b>", last_post_ms=None)
    assert last_post(thread) == '<span class="by">&lt;b&gt;ada&lt;/b&gt;</span>'


def test_last_post_of_an_empty_thread_is_nothing() -> None:
    assert last_post(thread_data(last_post_by=None, last_post_ms=None)) == ""


def test_start_in_the_head_of_a_thread_never_becomes_an_age() -> None:
    assert "data-exact" in started_exactly(thread_data(started_ms=1_795_420_800_000, started_day=None))
    undated = thread_data(started_ms=None, started_day="2012-03-04")
    assert started_exactly(undated) == started(undated)
