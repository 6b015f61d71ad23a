from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.capacity import SPARE_DESCRIPTORS, check_descriptors, check_ports, reserve_descriptors


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


def test_hard_limit_is_told_with_what_is_needed_of_a_process_and_of_a_worker(limits: list[tuple[int, int]]) -> None:
    check_descriptors(4096 - SPARE_DESCRIPTORS)
    needed = 5000 + SPARE_DESCRIPTORS
    with pytest.raises(ClientError, match=f"A process .*5000 readers needs {needed} .*4096.*ulimit.*--processes 2"):
        check_descriptors(5000)
    check_descriptors(5000, processes=2)
    with pytest.raises(ClientError, match=f"A worker .*5000 readers needs {needed} open files.*--workers 2"):
        check_descriptors(5000, processes=2, own_workers=1)
    check_descriptors(5000, processes=2, own_workers=2)
    assert len(limits) == 1


def test_no_limit_is_enough(limits: list[tuple[int, int]]) -> None:
    limits.append((resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    reserve_descriptors(50_000)
    check_descriptors(50_000)
    assert len(limits) == 2


def test_too_few_ports_are_told(tmp_path: Path) -> None:
    file = tmp_path / "range"
    file.write_text("32768\t60999\n")
    check_ports(28_000, port_range=file)
    words = r"30000 readers from one address need as many local ports, and 28232.*--sources 127\.0\.0\.2,127\.0\.0\.3\)"
    with pytest.raises(ClientError, match=words):
        check_ports(30_000, port_range=file)
    check_ports(30_000, sources=2, port_range=file)


def test_system_that_does_not_tell_its_ports_is_trusted(tmp_path: Path) -> None:
    check_ports(60_000, port_range=tmp_path / "absent")
