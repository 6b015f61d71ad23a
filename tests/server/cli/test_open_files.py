from __future__ import annotations

import resource

import pytest

from tertulia_server.cli.open_files import MOST, raise_open_files


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
