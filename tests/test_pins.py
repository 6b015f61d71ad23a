"""constraints.txt and pyproject.toml say the same."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import environment


def _pins() -> dict[str, str]:
    lines = environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def _needed() -> dict[str, Requirement]:
    """Everything that the project's requirements lead to on this machine, by name."""
    waiting = [Requirement(text) for text in environment.requirements(["test"])]
    needed: dict[str, Requirement] = {}
    while waiting:
        requirement = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(requirement.name)
        if name in needed:
            continue
        needed[name] = requirement
        try:
            waiting += [Requirement(text) for text in distribution(name).requires or ()]
        except PackageNotFoundError:
            continue
    return needed


def test_everything_that_is_installed_is_pinned() -> None:
    assert sorted(set(_needed()) - set(_pins())) == []


def test_each_pin_is_within_what_the_project_asks_for() -> None:
    pins = _pins()
    asked = [Requirement(text) for text in environment.requirements(["test"])]
    assert [str(wanted) for wanted in asked if pins[canonicalize_name(wanted.name)] not in wanted.specifier] == []
