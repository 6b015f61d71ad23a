from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from tertulia_client.bots.answers import Answers
from tertulia_client.bots.calls import Call
from tertulia_client.bots.collection import Middleware
from tertulia_client.bots.dead_letters import read_letters
from tertulia_client.bots.health import Figures
from tertulia_client.bots.work import Retry, Work
from tertulia_client.errors import ApiError, ClientError
from tertulia_client.events import Event, PostCreated, Reset
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tests.client.bots.samples import post_created

AT_ONCE = Retry(max_attempts=3, base_s=0, cap_s=0)
POST = post_created("hello")


class SaidAnswers:
    """Keeps what was said, and how often a handler's answers were begun anew."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun = 0

    def __call__(self, title: str, event: Event) -> Answers:
        self.begun += 1
        return cast("Answers", self)

    async def reply(self, thread_id: int, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


class Bench:
    def __init__(self, executor: ThreadPoolExecutor, tmp_path: Path) -> None:
        self.answers, self.figures, self.middlewares = SaidAnswers(), Figures(), cast("list[Middleware]", [])
        self.letters = tmp_path / "letters"
        self.work = Work(
            middlewares=lambda: self.middlewares,
            answers=self.answers,
            executor=executor,
            figures=self.figures,
            retry=AT_ONCE,
            dead_letters=self.letters,
        )

    async def handle(self, *functions: Any, event: Event | Reset = POST) -> bool:
        return await self.work.handle(event, [Call(one.__name__, one) for one in functions])


@pytest.fixture
def bench(executor: ThreadPoolExecutor, tmp_path: Path) -> Bench:
    return Bench(executor, tmp_path)


async def test_text_that_is_returned_is_the_answer(bench: Bench) -> None:
    async def said(post: PostCreated) -> str:
        return "returned"

    async def replied(post: PostCreated) -> None:
        await post.reply("replied")

    async def silent(post: PostCreated) -> str:
        return ""

    assert await bench.handle(said, replied, silent)
    assert bench.answers.said == ["returned", "replied"]
    assert bench.figures.handled == 1


async def test_answer_without_a_function_is_said(bench: Bench) -> None:
    assert await bench.work.handle(POST, [Call("!help", answer="My commands:")])
    assert bench.answers.said == ["My commands:"]


async def test_plain_function_runs_in_a_thread(bench: Bench) -> None:
    def where(post: PostCreated) -> str:
        return threading.current_thread().name

    assert await bench.handle(where)
    assert bench.answers.said != [threading.current_thread().name]


async def test_handler_that_fails_is_called_again_with_answers_from_the_first(bench: Bench) -> None:
    tries: list[int] = []

    async def fragile(post: PostCreated) -> None:
        tries.append(len(tries))
        await post.reply("said again, which the key forgives")
        if len(tries) < 3:
            raise ValueError("not yet")

    assert await bench.handle(fragile)
    assert (len(tries), bench.answers.begun) == (3, 3)
    assert (bench.figures.failed, bench.figures.retried, bench.figures.dead_letters) == (2, 2, 0)


async def test_handler_that_never_ends_well_goes_to_the_dead_letters_and_others_are_called(bench: Bench) -> None:
    async def broken(post: PostCreated) -> None:
        raise ValueError("broken on purpose")

    async def fine(post: PostCreated) -> str:
        return "fine"

    assert not await bench.handle(broken, fine)
    [letter] = read_letters(bench.letters)
    assert (letter.handler, letter.attempts, letter.error) == ("broken", 3, "ValueError: broken on purpose")
    assert letter.as_event() == POST
    assert bench.answers.said == ["fine"]


async def test_refusal_that_patience_will_not_change_is_not_tried_again(bench: Bench) -> None:
    tries: list[int] = []

    async def refused(post: PostCreated) -> None:
        tries.append(1)
        raise ApiError(int(Code.FORBIDDEN), 403, "No.")

    assert not await bench.handle(refused)
    assert len(tries) == 1


async def test_dead_letter_that_cannot_be_written_ends_the_bot(bench: Bench, tmp_path: Path) -> None:
    async def broken(post: PostCreated) -> None:
        raise ValueError

    bench.letters.mkdir()
    with pytest.raises(ClientError, match="cannot be written"):
        await bench.handle(broken)


async def test_reset_is_no_letter(bench: Bench) -> None:
    async def broken(reset: Reset) -> None:
        raise ValueError

    assert not await bench.handle(broken, event=Reset("thread:1", Cursor("e", 1), "epoch"))
    assert not bench.letters.exists()


async def test_middleware_stands_around_each_handler_the_first_outside(bench: Bench) -> None:
    seen: list[str] = []

    async def outer(event: Any, call_next: Any) -> Any:
        seen.append("outer")
        return f"<{await call_next(event)}>"

    async def inner(event: Any, call_next: Any) -> Any:
        seen.append("inner")
        return await call_next(event)

    async def said(post: PostCreated) -> str:
        return "said"

    bench.middlewares += [outer, inner]
    assert await bench.handle(said)
    assert (seen, bench.answers.said) == (["outer", "inner"], ["<said>"])


async def test_who_ends_the_bot_ends_the_tries(bench: Bench) -> None:
    began = asyncio.Event()

    async def slow(post: PostCreated) -> None:
        began.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(bench.handle(slow))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.figures.failed == 0


def test_waits_grow_up_to_a_bound() -> None:
    retry, dice = Retry(base_s=1, cap_s=4), random.Random(1)
    for attempt, bound_s in enumerate((1, 2, 4, 4)):
        assert all(0 <= retry.delay_s(dice, attempt) <= bound_s for _ in range(50))
    with pytest.raises(ValueError, match="at least once"):
        Retry(max_attempts=0)
