"""`tertulia check` as the command that it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tertulia_client.address import ServerAddress
from tertulia_client.checkup.finding import Finding, fail, ok, warn
from tertulia_client.cli import check as module
from tertulia_client.cli.main import STATUS_REFUSED, run

GIVEN: list[tuple[str, float]] = []


def finding(*findings: Finding) -> Callable[..., object]:
    async def run_checks(address: ServerAddress, *, idle_s: float) -> list[Finding]:
        GIVEN.append((address.origin, idle_s))
        return list(findings)

    return run_checks


@pytest.mark.parametrize(
    ("last", "status"),
    [(ok("poll", "waits"), 0), (warn("poll", "hm", "see there"), 0), (fail("poll", "cut off", "do this"), 1)],
)
def test_list_is_printed_and_the_status_says_whether_all_is_well(
    last: Finding, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "run_checks", finding(ok("answers", "tertulia/9"), last))
    assert run(["check", "https://forum.example.org/", "--idle", "90"]) == status
    assert GIVEN[-1] == ("https://forum.example.org", 90.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "https://forum.example.org"
    assert lines[1].split() == ["ok", "answers", "tertulia/9"]
    assert last.advice in lines[-1]


def test_address_that_is_none_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "ftp://forum.example.org"]) == STATUS_REFUSED
    assert "is no address of a server" in capsys.readouterr().err
