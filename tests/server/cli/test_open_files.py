from __future__ import annotations

import resource

import pytest

from tertulia_server.cli.open_files import MOST, SPARE_FILES, raise_open_files, shortage


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1024, 4096), 4096),
        ((4096, 4096), 4096),
        ((1024, resource.RLIM_INFINITY), MOST),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), resource.RLIM_INFINITY),
    ],
)
def test_all_that_may_be_had_is_taken(before: tuple[int, int], after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [before]
    monkeypatch.setattr(resource, "getrlimit", lambda _: pairs[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: pairs.append(pair))
    assert raise_open_files() == after
    assert pairs[-1] == (after, before[1])


def test_refusal_leaves_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, pair: tuple[int, int]) -> None:
        raise ValueError(pair)

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_open_files() == 1024


def test_less_is_taken_where_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def refuse_many(_: int, pair: tuple[int, int]) -> None:
        if pair[0] > 10_240:
            raise ValueError(pair)
        taken.append(pair[0])

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse_many)
    assert raise_open_files() == 10_240
    assert taken == [10_240]


def test_too_few_for_the_connections_is_said_with_what_to_raise() -> None:
    sentence = shortage(1024, 15_000)
    assert "1,024 files" in sentence
    assert "15,000 live connections" in sentence
    assert "LimitNOFILE" in sentence


@pytest.mark.parametrize("open_files", [15_000 + SPARE_FILES, MOST, resource.RLIM_INFINITY])
def test_enough_is_not_spoken_of(open_files: int) -> None:
    assert shortage(open_files, 15_000) == ""
