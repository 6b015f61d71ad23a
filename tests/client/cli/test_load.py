"""`tertulia load crowd` against a fake server that can be made to fail, and against a real one."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tertulia_client.cli.load import STATUS_FAILED, STATUS_INVALID, status_of
from tertulia_client.cli.main import run
from tertulia_client.load.scenarios import SCENARIOS
from tertulia_client.testing import FakeServer
from tests.client.load.test_report import REPORT
from tests.processes import TertuliaServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        yield server


async def crowd(url: str, *words: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a short run."""
    quick = ("--readers", "5", "--posts", "20/s", "--for", "500ms", "--settle", "300ms", "--tolerate-busy")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tertulia_client", "load", "crowd", "--url", url, *quick, *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return await process.wait(), out.decode(), err.decode()


async def test_clean_run_says_so_and_ends_with_0(server: FakeServer) -> None:
    status, out, _ = await crowd(server.url, "--token", "t", "--json")
    report = json.loads(out)
    assert (report["readers"], report["connected"], report["acknowledged"]) == (5, 5, 10)
    assert (report["expected"], report["received"], report["missing"], report["duplicate"]) == (50, 50, 0, 0)
    assert report["times_ms"]["publish to receive"]["count"] == 50
    assert (status, report["is_clean"]) == (0, True)


async def test_one_lost_event_fails_the_run_and_is_named(server: FakeServer) -> None:
    server.faults.lose_seq = 4
    status, out, _ = await crowd(server.url, "--token", "t", "--thread", "1")
    assert status == 1
    assert "misses 1 of 10 in thread:1, the first is 4" in out
    assert "FAILED" in out


async def test_doubled_event_fails_the_run(server: FakeServer) -> None:
    server.faults.double_seq = 3
    status, out, _ = await crowd(server.url, "--token", "t", "--thread", "thread:1")
    assert status == 1
    assert "got 1 twice" in out


async def test_failed_posts_fail_the_run(server: FakeServer) -> None:
    locked = (403, {"code": 4213, "detail": "This thread is locked."})
    server.faults.api_answers = [(200, {"thread": {"id": 1}}), locked]
    status, out, _ = await crowd(server.url, "--token", "t", "--thread", "1")
    assert status == 1
    assert "1 failed; the first: This thread is locked." in out


def test_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "list"]) == 0
    out = capsys.readouterr().out
    for scenario in SCENARIOS:
        assert f"{scenario.name:<10} {scenario.summary}" in out
    assert run(["load", "flood"]) == 2


def test_status_tells_a_lost_message_from_a_saturated_generator() -> None:
    assert status_of(REPORT, tolerates_busy=False) == 0
    invalid = replace(REPORT, busiest_share=1.0)
    assert status_of(invalid, tolerates_busy=False) == STATUS_INVALID
    assert status_of(invalid, tolerates_busy=True) == 0
    assert status_of(replace(invalid, failed=1), tolerates_busy=True) == STATUS_FAILED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--url", "http://127.0.0.1:1"], "nobody listens there"),
        (["--url", "http://127.0.0.1:1", "--readers", "0"], "--readers takes 1 to"),
        (["--posts", "2/d"], "'2/d' is no rate"),
        (["--posts", "0/s"], "at most"),
        (["--for", "soon"], "'soon' is no time"),
        (["--thread", "x"], "'x' is no thread"),
        (["--url", "https://forum.example"], "--yes-i-run-this-server"),
        (["--url", "https://forum.example", "--yes-i-run-this-server", "--token", ""], "needs a token"),
        (["--threads", "0"], "--threads takes"),
    ],
)
def test_run_that_cannot_begin_is_one_sentence_and_status_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERTULIA_TOKEN", raising=False)
    assert run(["load", "crowd", "--token", "t", *words]) == 2
    assert sentence in capsys.readouterr().err


async def test_wrong_token_is_told(server: FakeServer) -> None:
    server.faults.api_answers.append((401, {"code": 4300, "detail": "This token is not valid."}))
    assert await crowd(server.url, "--token", "wrong") == (2, "", "tertulia: This token is not valid.\n")


async def test_readers_that_are_refused_end_it_at_once(server: FakeServer) -> None:
    server.unknown_channels.add("thread:1")
    status, out, err = await crowd(server.url, "--token", "t", "--thread", "1")
    assert (status, out) == (2, "")
    assert "The readers are refused: There is no such channel." in err


async def test_real_server_delivers_to_a_crowd_with_its_own_token(forum: TertuliaServer) -> None:
    status, out, _ = await crowd(forum.url, "--readers", "100", "--posts", "10/s", "--for", "2s", "--settle", "10s")
    assert "Nothing is missing, nothing came twice or out of order." in out
    assert re.search(r"^expected +2,000$", out, re.MULTILINE)
    assert status == 0
