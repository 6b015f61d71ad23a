"""`tertulia load crowd` against a fake server that can be made to fail, and against a real one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tertulia_client.cli.load import STATUS_FAILED, STATUS_INVALID, STATUS_UNMET, status_of
from tertulia_client.cli.main import run
from tertulia_client.load.scenarios import SCENARIOS
from tertulia_client.testing import FakeServer
from tests.client.load.test_report import REPORT
from tests.processes import TertuliaServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        yield server


SCRIPT = """
from tertulia_client.load.users import VirtualUser

class Writer(VirtualUser):
    async def visit(self) -> None:
        await self.post("Good evening.")
"""


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


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[], str]]]:
    """A terminal to write to, and all that was written to it so far."""
    master, slave = pty.openpty()
    written: list[bytes] = []

    def read() -> str:
        os.set_blocking(master, False)
        with contextlib.suppress(BlockingIOError):
            while part := os.read(master, 65536):
                written.append(part)
        return b"".join(written).decode()

    try:
        yield slave, read
    finally:
        os.close(master)
        os.close(slave)


async def crowd_on_a_terminal(url: str) -> str:
    """What a short run writes there without colours, while its report goes elsewhere."""
    quick = ("--token", "t", "--readers", "5", "--posts", "20/s", "--for", "500ms", "--tolerate-busy", "--json")
    with terminal() as (slave, read):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tertulia_client", "load", "crowd", "--url", url, *quick),
            stdout=subprocess.PIPE,
            stderr=slave,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"},
        )
        waiting = asyncio.create_task(process.communicate())
        while not waiting.done():
            read()  # a terminal that nobody reads takes no more at some time
            await asyncio.sleep(0.05)
        out, _ = await waiting
        assert json.loads(out)["is_clean"]
        return read()


async def test_run_is_looked_on_at_a_terminal_and_its_sentences_stay(server: FakeServer) -> None:
    screen, _, rest = (await crowd_on_a_terminal(server.url)).rpartition("\x1b[?1049l")
    assert "crowd" in screen
    assert "5 of 5 connected" in screen
    assert "tertulia: connecting 5 readers" in rest
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", screen)


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


async def test_report_is_written_in_each_form_and_conditions_are_judged(server: FakeServer, tmp_path: Path) -> None:
    names = {"--html": "r.html", "--csv": "r.csv", "--junit": "r.xml", "--save": "r.json"}
    files = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    status, _, err = await crowd(server.url, "--token", "t", "--slo", "received==50 and missing>0", *files)
    assert (status, err.splitlines()[-1]) == (4, "tertulia: not met: missing>0 (it is 0)")
    assert "Not met: missing&gt;0" in (tmp_path / "r.html").read_text()
    assert "missing&gt;0 (it is 0)" in (tmp_path / "r.xml").read_text()
    assert (tmp_path / "r.csv").read_text().startswith("at_s,")
    assert json.loads((tmp_path / "r.json").read_text())["received"] == 50


async def test_largest_crowd_that_holds_is_looked_for(server: FakeServer) -> None:
    words = ("--for", "100ms", "--find", "readers", "--while", "expected<21 and missing==0")
    status, out, err = await crowd(server.url, "--token", "t", "--readers", "4", *words)
    assert status == 0
    assert "It holds with 10 readers (held in 2 of 2 looks), and not with 11 (held in 0 of 2 looks)." in out
    assert re.search(r"^ *16 +1 +32 +0 +\d+% +not expected<21$", out, re.MULTILINE)
    assert "tertulia: 16 readers: not expected<21 (expected<21: 32, missing==0: 0, generator: " in err


async def test_size_that_cannot_begin_does_not_hold(server: FakeServer) -> None:
    small = ["bash", "-c", 'ulimit -n 340 && exec "$@"', "bash"]
    words = ["--readers", "10", "--posts", "20/s", "--for", "100ms", "--settle", "300ms", "--tolerate-busy"]
    command = [sys.executable, "-m", "tertulia_client", "load", "crowd", "--url", server.url, "--token", "t", *words]
    process = await asyncio.create_subprocess_exec(
        *small, *command, "--find", "readers", "--while", "missing==0", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    assert "It holds with 20 readers (held in 2 of 2 looks), and not with 22 (broke in one look)." in out.decode()
    assert "it could not begin: A process with 40 readers needs 360 open files, and may have 340" in err.decode()


async def test_file_of_ones_own_is_a_scenario(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "evening.py"
    path.write_text(SCRIPT)
    words = [sys.executable, "-m", "tertulia_client", "load", str(path), "--url", server.url, "--token", "t", "--json"]
    amounts = ["--readers", "2", "--arrive", "20/s", "--for", "500ms", "--tolerate-busy"]
    process = await asyncio.create_subprocess_exec(*words, *amounts, stdout=subprocess.PIPE)
    report = json.loads((await process.communicate())[0])
    assert (report["scenario"], report["times_ms"]["post"]["count"], report["received"]) == ("evening", 10, 20)


async def test_stages_of_a_file_are_played_unless_told_otherwise(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "evening.py"
    path.write_text(SCRIPT + '\nSTAGES = "400ms to 50/s, 100ms at 50/s"\n')
    words = [sys.executable, "-m", "tertulia_client", "load", str(path), "--url", server.url, "--token", "t", "--json"]
    for more, count in (([], 15), (["--stages", "100ms at 40/s"], 4), (["--arrive", "20/s", "--for", "300ms"], 6)):
        amounts = ["--readers", "2", "--tolerate-busy", *more]
        process = await asyncio.create_subprocess_exec(*words, *amounts, stdout=subprocess.PIPE)
        report = json.loads((await process.communicate())[0])
        assert report["times_ms"]["post"]["count"] == count


async def test_failed_posts_fail_the_run(server: FakeServer) -> None:
    locked = (403, {"code": 4213, "detail": "This thread is locked."})
    server.faults.api_answers = [(200, {"forums": []}), (200, {"thread": {"id": 1}}), locked]
    status, out, _ = await crowd(server.url, "--token", "t", "--thread", "1")
    assert status == 1
    assert "1 failed; the first: This thread is locked." in out


def test_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "list"]) == 0
    out = capsys.readouterr().out
    for scenario in SCENARIOS:
        assert f"{scenario.name:<10} {scenario.summary}" in out
    assert run(["load", "flood"]) == 2
    assert "There is no scenario 'flood'. There are: crowd, storm" in capsys.readouterr().err


def test_two_reports_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, missing in zip(paths, (0, 2), strict=True):
        path.write_text(json.dumps({"scenario": "crowd", "readers": 5 + missing, "moments": [], "missing": missing}))
    assert run(["load", "compare", *map(str, paths)]) == 0
    told = capsys.readouterr()
    assert "not alike: readers: 5 and 7" in told.err
    assert re.search(r"^missing +0\.0 +2\.0 +- +different$", told.out, re.MULTILINE)
    assert run(["load", "compare", str(paths[0]), str(tmp_path / "none")]) == 2


def test_status_tells_a_lost_message_from_a_saturated_generator() -> None:
    assert status_of(REPORT, tolerates_busy=False) == 0
    invalid = replace(REPORT, busiest_share=1.0)
    assert status_of(invalid, tolerates_busy=False) == STATUS_INVALID
    assert status_of(invalid, tolerates_busy=True) == 0
    assert status_of(replace(invalid, failed=1), tolerates_busy=True) == STATUS_FAILED
    assert status_of(REPORT, ["p99<1ms"]) == STATUS_UNMET


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--url", "http://127.0.0.1:1"], "nobody listens there"),
        (["--url", "http://127.0.0.1:1", "--readers", "0"], "--readers takes 1 to"),
        (["--posts", "2/d"], "'2/d' is no rate"),
        (["--posts", "0/s"], "at most"),
        (["--find", "luck", "--while", "p99<1s"], "takes readers or posts"),
        (["--find", "readers"], "is no condition"),
        (["--find", "readers", "--while", "p99<1s", "--save", "x.json"], "leave out --html"),
        (["--bots", "0"], "--bots takes"),
        (["--slo", "quick"], "'quick' is no condition"),
        (["--slo", "p98<1s"], "There is no figure 'p98'"),
        (["--for", "soon"], "'soon' is no time"),
        (["--thread", "x"], "'x' is no thread"),
        (["--url", "https://forum.example"], "--yes-i-run-this-server"),
        (["--threads", "0"], "--threads takes"),
        (["--stages", "quick"], "is no stage"),
        (["--stages", "1s to 5/s", "--for", "3s"], "leave out --posts and --for"),
        (["--stages", "1s to 20000/s"], "at most"),
        (["--stages", "1s to 5/s", "--find", "posts", "--while", "p99<1s"], "leave out the stages"),
    ],
)
def test_run_that_cannot_begin_is_one_sentence_and_status_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERTULIA_TOKEN", raising=False)
    assert run(["load", "crowd", "--token", "t", *words]) == 2
    assert sentence in capsys.readouterr().err


async def test_no_token_is_told(server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where a server that was killed may have left one for this port
    status, _, err = await crowd(server.url, "--token", "")
    assert (status, "needs a token" in err) == (2, True)


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
