from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_client.connection import Follower
from tertulia_client.errors import ClientError, FollowRefused
from tertulia_client.load.traffic import taking as module
from tertulia_client.load.traffic.lines import Header, read_traffic
from tertulia_client.load.traffic.recording import Recorder
from tertulia_client.load.traffic.taking import Bounds, Taken, new_file, take
from tertulia_client.subscription import Since, Start
from tertulia_client.testing import FakeServer
from tertulia_client.testing.samples import CREATED_MS


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


class Taking:
    """A recording under way, and what it said."""

    def __init__(self, server: FakeServer, path: Path, bounds: Bounds, **begins: Since) -> None:
        self.path = path
        self.said: list[str] = []
        self.taken = Taken()
        self._follower = Follower(server.url)
        self._bounds = bounds
        self._begins = {name.replace("_", ":"): since for name, since in begins.items()}

    async def run(self) -> None:
        recorder = Recorder(keeps_texts=True, rng=random.Random(1))
        header = Header(list(self._begins), 0)
        with new_file(self.path) as file:
            await take(
                self._follower,
                self._begins,
                recorder,
                file,
                self._bounds,
                header=header,
                say=self.said.append,
                taken=self.taken,
                clock_ms=lambda: CREATED_MS + 7_000,
            )

    async def says(self, words: str) -> None:
        while not any(words in sentence for sentence in self.said):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)


async def test_the_past_of_a_channel_is_read_and_that_is_all(server: FakeServer, tmp_path: Path) -> None:
    for text in ("one", "two"):
        server.say(text)
    taking = Taking(server, tmp_path / "t", Bounds(is_past=True), thread_1=Start.BEGINNING)
    await taking.run()
    header, lines = read_traffic(tmp_path / "t")
    assert (header.channels, [line.text for line in lines]) == (["thread:1"], ["one", "two"])
    assert (taking.taken.events, taking.said) == (2, ["thread:1 has been read"])


async def test_live_events_are_written_until_there_are_enough(server: FakeServer, tmp_path: Path) -> None:
    server.say("before")
    taking = Taking(server, tmp_path / "t", Bounds(events=2), thread_1=Start.NOW, thread_2=Start.BEGINNING)
    running = asyncio.create_task(taking.run())
    await taking.says("thread:1 is recorded live")
    await taking.says("thread:2 is recorded live")
    server.say("first")
    server.cut_all()
    await taking.says("next try in")
    server.say("second")
    await running
    lines = read_traffic(tmp_path / "t")[1]
    assert [line.text for line in lines] == ["first", "second"]
    assert taking.taken.ended == "2 events are enough"


async def test_it_ends_when_its_time_is_over_and_what_there_is_stays(server: FakeServer, tmp_path: Path) -> None:
    taking = Taking(server, tmp_path / "t", Bounds(duration_s=0.1), thread_1=Start.NOW)
    await taking.run()
    assert (taking.taken.ended, read_traffic(tmp_path / "t")[1]) == ("the time is over", [])


async def test_it_ends_when_the_file_is_large_enough(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 2**20 + 100)
    server.say("one")
    taking = Taking(server, tmp_path / "t", Bounds(), thread_1=Start.BEGINNING)
    await taking.run()
    assert (taking.taken.events, taking.taken.ended) == (1, "the file is as large as it may be")


async def test_channel_that_is_refused_is_told_and_the_last_one_ends_it(server: FakeServer, tmp_path: Path) -> None:
    server.unknown_channels |= {"thread:1", "thread:2"}
    taking = Taking(server, tmp_path / "t", Bounds(), thread_1=Start.NOW, thread_2=Start.NOW)
    with pytest.raises(FollowRefused, match="There is no such channel"):
        await taking.run()
    assert len(taking.said) == 1


def test_recording_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("precious")
    with pytest.raises(ClientError, match="is there already"), new_file(tmp_path / "t"):
        pass
    with pytest.raises(ClientError, match="cannot be written"), new_file(tmp_path / "no" / "t"):
        pass
    assert (tmp_path / "t").read_text() == "precious"
