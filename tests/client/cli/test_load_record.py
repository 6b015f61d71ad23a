"""`tertulia load record` as a process, and its file played again."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_client.cli.main import run
from tertulia_client.load.traffic.lines import read_traffic
from tertulia_client.testing import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        yield server


async def load(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tertulia_client", "load", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


async def test_channel_is_recorded_until_ctrl_c_and_played_at_another_speed(server: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "evening.jsonl"
    recording = await load("record", "thread:1", "--url", server.url, "--into", str(path))
    assert recording.stderr is not None
    assert b"thread:1 is recorded live" in await recording.stderr.readline()
    server.say("Good evening.")
    server.edit(1, "Good evening, all.")
    while len(path.read_text().splitlines()) < 3:  # noqa: ASYNC110 - a file tells nobody
        await asyncio.sleep(0.01)
    recording.send_signal(signal.SIGINT)
    _, err = await recording.communicate()
    assert (recording.returncode, b"2 events are in" in err) == (0, True)
    assert "Good" not in path.read_text()
    assert [len(line.text or "") for line in read_traffic(path)[1]] == [13, 18]
    words = ["replay", str(path), "--speed", "10", "--url", server.url, "--token", "t", "--readers", "2"]
    played = await load(*words, "--tolerate-busy", "--json")
    report = json.loads((await played.communicate())[0])
    assert (report["scenario"], report["acknowledged"], report["times_ms"]["edit"]["count"]) == ("replay", 1, 1)
    assert (played.returncode, report["received"], report["is_clean"]) == (0, 4, True)
    assert run(["load", "replay", str(path), "--posts", "5/s"]) == 2, "they are the recording's"


async def test_texts_are_kept_when_that_is_asked_for(server: FakeServer, tmp_path: Path) -> None:
    server.say("Good evening.")
    path = tmp_path / "evening.jsonl"
    words = ["record", "thread:1", "--url", server.url, "--into", str(path), "--past", "--keep-texts"]
    assert await (await load(*words)).wait() == 0
    header, [line] = read_traffic(path)
    assert (header.texts, line.text) == ("kept", "Good evening.")


async def test_what_cannot_be_followed_leaves_no_file(server: FakeServer, tmp_path: Path) -> None:
    server.unknown_channels.add("thread:1")
    path = tmp_path / "evening.jsonl"
    process = await load("record", "thread:1", "--url", server.url, "--into", str(path))
    _, err = await process.communicate()
    assert (process.returncode, path.exists(), b"no such channel" in err) == (2, False, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["replay"], "Name the file"),
        (["replay", "none.jsonl"], "cannot be read"),
        (["crowd", "--speed", "2"], "are for `day` and `replay`"),
        (["crowd", "--recording", "x"], "are for `day` and `replay`"),
        (["day", "--speed", "0"], "--speed takes"),
        (["day", "--processes", "0"], "--processes takes"),
        (["record", "room:1"], "A channel is thread:N"),
    ],
)
def test_what_cannot_begin_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["load", *words]) == 2
    assert sentence in capsys.readouterr().err
