"""Which fault when is drawn from the seed."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

from tests.soak.scene import FAULTS, POSTGRESQL, REDIS, SQLITE
from tests.soak.schedule import Planned, available, plan
from tests.soak.settings import Settings, WrongSettingError, settings_of


def groups(seed: int, count: int) -> list[list[Planned]]:
    return list(islice(plan(random.Random(seed), available({REDIS, SQLITE})), count))


def test_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    assert groups(1, 50) == groups(1, 50)
    assert groups(1, 50) != groups(2, 50)


def test_faults_come_alone_and_mixed_and_each_as_often_as_the_others() -> None:
    planned = groups(1, 200)
    assert {len(group) for group in planned[::2]} == {1}
    assert {len(group) for group in planned[1::2]} == {3, 4, 5}
    counts = Counter(one.fault.name for group in planned for one in group)
    assert len(counts) == len(available({REDIS, SQLITE}))
    assert max(counts.values()) - min(counts.values()) <= 2


def test_world_gets_only_the_faults_that_it_can_have() -> None:
    names = {one.name for one in available({POSTGRESQL})}
    assert "PostgreSQL restarted" in names
    assert "disk full" not in names
    assert "Redis paused (SIGSTOP)" not in names
    assert names < set(FAULTS)
    assert [one.name for one in available({SQLITE}, ["disk full", "Redis unreachable"])] == ["disk full"]


def test_settings_come_from_the_environment() -> None:
    assert settings_of({}) == Settings(600, 1)
    variables = {"MINUTES": "0.5", "SEED": "7", "STORE": "postgresql", "FAULTS": "disk full,clock jumps"}
    assert settings_of(variables) == Settings(30, 7, POSTGRESQL, faults=("disk full", "clock jumps"))


@pytest.mark.parametrize(
    "variables", [{"MINUTES": "soon"}, {"MINUTES": "0"}, {"SEED": "x"}, {"STORE": "paper"}, {"FAULTS": "rain"}]
)
def test_setting_that_cannot_be_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(WrongSettingError):
        settings_of(variables)
