from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.capacity import SPARE_DESCRIPTORS, check_ports, reserve_descriptors


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limits of a process that is not ours; the last pair counts."""
    pairs = [(1024, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: pairs[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: pairs.append(pair))
    return pairs


def test_enough_is_left_alone(limits: list[tuple[int, int]]) -> None:
    reserve_descriptors(100)
    assert limits == [(1024, 4096)]


def test_soft_limit_is_raised_as_far_as_needed(limits: list[tuple[int, int]]) -> None:
    reserve_descriptors(2000)
    assert limits[-1] == (2000 + SPARE_DESCRIPTORS, 4096)


def test_hard_limit_is_told_with_what_is_needed(limits: list[tuple[int, int]]) -> None:
    with pytest.raises(ClientError, match=f"5000 readers need {5000 + SPARE_DESCRIPTORS} open files.*4096.*ulimit"):
        reserve_descriptors(5000)
    assert len(limits) == 1


def test_no_limit_is_enough(limits: list[tuple[int, int]]) -> None:
    limits.append((resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    reserve_descriptors(50_000)
    assert len(limits) == 2


def test_too_few_ports_are_told(tmp_path: Path) -> None:
    file = tmp_path / "range"
    file.write_text("32768\t60999\n")
    check_ports(28_000, file)
    with pytest.raises(ClientError, match="30000 readers need as many local ports, and 28232"):
        check_ports(30_000, file)


def test_system_that_does_not_tell_its_ports_is_trusted(tmp_path: Path) -> None:
    check_ports(60_000, tmp_path / "absent")
