from __future__ import annotations

import asyncio

import hiredis
import pytest

from tertulia_server.broker import speaker as module
from tertulia_server.broker.names import plain_names
from tertulia_server.broker.outbox import Outbox
from tertulia_server.broker.speaker import Speaker
from tests.server.broker.peer import RecordingLine


class Scene:
    """A speaker, its line, and what it says to its owner."""

    def __init__(self, outbox: Outbox | None = None) -> None:
        self.line = RecordingLine()
        self.refusals: list[str] = []
        self.answers: list[None] = []
        self.speaker = Speaker(
            plain_names(0), outbox or Outbox(), self.refusals.append, lambda: self.answers.append(None)
        )

    def commands(self) -> list[list[bytes]]:
        parser = hiredis.Reader()
        parser.feed(b"".join(self.line.written))
        found = []
        while (command := parser.gets()) is not False:
            found.append(command)
        return found


async def test_commands_are_as_redis_reads_them() -> None:
    scene = Scene()
    scene.speaker.use(scene.line)
    scene.speaker.publish(7, b"one\r\ntwo")
    scene.speaker.publish(63, b"")
    await asyncio.sleep(0)
    assert scene.commands() == [[b"PUBLISH", b"tertulia:0:7", b"one\r\ntwo"], [b"PUBLISH", b"tertulia:0:63", b""]]
    assert len([data for data in scene.line.written if data]) == 1


async def test_what_came_before_the_line_is_said_when_it_is_there() -> None:
    scene = Scene()
    scene.speaker.publish(7, b"early")
    assert len(scene.speaker.outbox) == 1
    scene.speaker.use(scene.line)
    assert scene.commands() == [[b"PUBLISH", b"tertulia:0:7", b"early"]]


async def test_no_more_is_written_than_redis_keeps_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_UNANSWERED", 3)
    scene = Scene()
    scene.speaker.use(scene.line)
    for _ in range(5):
        scene.speaker.publish(7, b"x")
    await asyncio.sleep(0)
    assert (len(scene.commands()), len(scene.speaker.outbox)) == (3, 2)
    scene.speaker.take_reply(1)
    await asyncio.sleep(0)
    assert (len(scene.commands()), len(scene.speaker.outbox)) == (4, 1)


async def test_line_that_is_full_is_waited_for() -> None:
    scene = Scene()
    scene.speaker.use(scene.line)
    scene.line.pause_writing()
    scene.speaker.publish(7, b"x")
    await asyncio.sleep(0)
    assert scene.commands() == []
    scene.line.resume_writing()
    assert len(scene.commands()) == 1


async def test_probe_is_answered_after_all_that_was_written_before_it() -> None:
    scene = Scene()
    scene.speaker.use(scene.line)
    scene.speaker.publish(7, b"x")
    await asyncio.sleep(0)
    scene.speaker.probe(b"me", 12)
    scene.speaker.publish(7, b"y")
    await asyncio.sleep(0)
    assert scene.commands()[1] == [b"PUBLISH", b"me", b"12"]
    scene.speaker.take_reply(1)
    assert not scene.speaker.is_probe_answered
    scene.speaker.take_reply(1)
    assert scene.speaker.is_probe_answered
    scene.speaker.take_reply(1)
    assert (scene.answers, scene.speaker.published_count) == ([None], 2)


async def test_refusal_is_told_and_counted_as_lost() -> None:
    scene = Scene()
    scene.speaker.use(scene.line)
    scene.speaker.publish(7, b"x")
    await asyncio.sleep(0)
    scene.speaker.take_reply(hiredis.ReplyError("NOPERM no"))
    assert scene.refusals == ["Redis refuses PUBLISH: NOPERM no"]
    assert (scene.speaker.lost_count, scene.speaker.published_count) == (1, 0)


@pytest.mark.parametrize(("answered", "lost"), [(0, 3), (2, 1), (3, 0), (4, 0)])
async def test_what_nobody_answered_when_the_line_broke_counts_as_lost(answered: int, lost: int) -> None:
    """Three parcels, then a probe, which is no parcel."""
    scene = Scene()
    scene.speaker.use(scene.line)
    for _ in range(3):
        scene.speaker.publish(7, b"x")
    await asyncio.sleep(0)
    scene.speaker.probe(b"me", 1)
    for _ in range(answered):
        scene.speaker.take_reply(0)
    scene.speaker.leave()
    assert scene.speaker.lost_count == lost
    scene.speaker.publish(7, b"y")
    await asyncio.sleep(0)
    assert (len(scene.commands()), len(scene.speaker.outbox)) == (4, 1)
