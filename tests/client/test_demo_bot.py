from __future__ import annotations

import asyncio
import random

import pytest

from tertulia_client import demo_bot
from tertulia_client.demo_bot import MAX_ANSWERS_PER_HOUR, MAX_REMARKS, REMARKS, Manners, build
from tertulia_client.testing import BOT, FakeServer


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_greeting_and_question_are_always_answered_by_name(clock: Clock) -> None:
    for seed in range(20):
        manners = Manners(clock, random.Random(seed))
        assert "Ana" in (manners.answer_to("Ana", "Hello all") or "")
        assert "Ana" in (manners.answer_to("Ana", "Is it late?") or "") or manners.answer_to("Ana", "?") is not None


def test_word_that_holds_a_greeting_is_none(clock: Clock) -> None:
    answers = [Manners(clock, random.Random(seed)).answer_to("Ana", "This is the chimney") for seed in range(40)]
    assert None in answers


def test_answers_are_bounded_per_hour(clock: Clock) -> None:
    manners = Manners(clock, random.Random(1))
    assert all(manners.answer_to("Ana", "hello") for _ in range(MAX_ANSWERS_PER_HOUR))
    assert manners.answer_to("Ana", "hello") is None
    clock.now_s = 3601
    assert manners.answer_to("Ana", "hello") is not None


def test_remarks_do_not_repeat_soon_and_come_to_an_end(clock: Clock) -> None:
    manners = Manners(clock, random.Random(1))
    said = [manners.remark() for _ in range(MAX_REMARKS)]
    assert len(set(said[: len(REMARKS)])) == len(REMARKS)
    assert manners.remark() is None


async def test_demo_bot_answers_people_not_bots_and_remarks(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(demo_bot, "REMARK_INTERVAL_S", 0.05)
    async with asyncio.timeout(20), FakeServer() as server:
        bot = build(server.url, "t", ["forum:3", "thread:1"], Manners(clock, random.Random(1)))
        task = asyncio.create_task(bot.serve())
        while not bot.is_live:  # noqa: ASYNC110 - a bot tells nobody when it is live
            await asyncio.sleep(0.005)
        server.say("Hello!", author={**BOT, "id": 99, "name": "Robot"})
        server.say("Hello!")
        await server.has_posts(5)
        while not any("Ana" in text for text in server.texts):
            await server.has_posts(len(server.posts) + 1)
        bot.stop()
        await task
    written = [post["text"] or "" for post in server.posts if post["author"]["name"] == "Bot"]
    assert sum("Ana" in text for text in written) == 1
    assert not any("Robot" in text for text in written)
    assert any(text in REMARKS for text in written)


def test_main_reads_its_place_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []

    class Recorder:
        def run(self) -> None:
            built.append("ran")

    def fake_build(url: str, token: str, channels: list[str], manners: Manners) -> Recorder:
        built.append((url, token, channels))
        return Recorder()

    monkeypatch.setattr(demo_bot, "build", fake_build)
    for name, value in {"URL": "http://h:1", "TOKEN": "secret", "CHANNELS": "thread:1, forum:2"}.items():
        monkeypatch.setenv(f"TERTULIA_{name}", value)
    demo_bot.main()
    assert built == [("http://h:1", "secret", ["thread:1", "forum:2"]), "ran"]
