"""A set-up is the environment and the script of the page, under one lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import environment
import page_script
from set_up import set_up


@pytest.mark.parametrize(("profile", "with_packages"), [("run", False), ("test", True)])
def test_set_up_does_both_under_one_lock(profile: str, with_packages: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    @contextmanager
    def locked() -> Iterator[None]:
        done.append("lock")
        yield
        done.append("unlock")

    def record_build(*, with_packages: bool) -> None:
        done.append(with_packages)

    monkeypatch.setattr(environment, "locked", locked)
    monkeypatch.setattr(environment, "prepare", done.append)
    monkeypatch.setattr(page_script, "build", record_build)
    set_up(profile)
    assert done == ["lock", profile, with_packages, "unlock"]
