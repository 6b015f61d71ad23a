"""Findings as lines for an operator."""

from __future__ import annotations

from tertulia_client.checkup.finding import fail, has_failed, ok, report, warn, words_of


def test_advice_stands_below_its_finding_and_in_one_column() -> None:
    lines = report([ok("websocket", "passes"), fail("long poll", "cut off", "first\nsecond")]).splitlines()
    assert lines[0].split() == ["ok", "websocket", "passes"]
    assert lines[1].split() == ["FAIL", "long", "poll", "cut", "off"]
    assert [line.strip() for line in lines[2:]] == ["first", "second"]
    column = lines[0].index("passes")
    assert [line.index(word) for line, word in zip(lines[1:], ["cut", "first", "second"], strict=True)] == [column] * 3


def test_only_what_fails_has_failed() -> None:
    assert not has_failed([ok("a", "b"), warn("c", "d", "e")])
    assert has_failed([ok("a", "b"), fail("c", "d", "e")])


def test_error_without_words_is_named_by_its_kind() -> None:
    assert words_of(OSError("no way")) == "no way"
    assert words_of(TimeoutError()) == "TimeoutError"
