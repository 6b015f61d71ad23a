"""Handling one event: middleware, tries with waits between them, and at last the dead letters."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tertulia_client.backoff import full_jitter_s
from tertulia_client.bots.answers import Answers
from tertulia_client.bots.calls import Call
from tertulia_client.bots.collection import Middleware
from tertulia_client.bots.dead_letters import append_letter, letter_of
from tertulia_client.bots.health import Figures
from tertulia_client.errors import ApiError
from tertulia_client.events import Event, PostEvent, Reset
from tertulia_wire.codes import Action

log = logging.getLogger("tertulia_client.bot")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a handler that fails is called, and how long the waits between are: at random, up to a growing bound.

    Meanwhile the other events of its thread wait.
    """

    max_attempts: int = 5
    base_s: float = 0.5
    cap_s: float = 30.0

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("A handler is called at least once.")

    def delay_s(self, rng: random.Random, attempt: int) -> float:
        return full_jitter_s(rng, attempt, base_s=self.base_s, cap_s=self.cap_s)


class Work:
    """``answers`` makes the answers of a handler to an event; ``dead_letters`` is their file, or None for the log."""

    def __init__(
        self,
        *,
        middlewares: Callable[[], list[Middleware]],
        answers: Callable[[str, Event], Answers],
        executor: Executor,
        figures: Figures,
        retry: Retry,
        dead_letters: Path | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._middlewares = middlewares
        self._answers = answers
        self._executor = executor
        self._figures = figures
        self._retry = retry
        self._dead_letters = dead_letters
        self._rng = rng or random.Random()

    async def handle(self, event: Event | Reset, calls: list[Call]) -> bool:
        """Call all, each until it ends well or its tries are used up; whether all ended well.

        `ClientError` when a dead letter could not be written.
        """
        if len(calls) == 1:  # the usual case; the event is this call's alone
            outcomes = [await self._try(event, calls[0], is_shared=False)]
        else:
            outcomes = [await self._try(event, call) for call in calls]
        if all(outcomes):
            self._figures.handled += 1
        return all(outcomes)

    async def _try(self, event: Event | Reset, call: Call, *, is_shared: bool = True) -> bool:
        for attempt in range(self._retry.max_attempts):
            try:
                await self._call_once(self._answerable(event, call.title, is_shared=is_shared), call)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                log.warning("%s was cancelled from within", call.title)
                return True
            except Exception as error:
                self._figures.failed += 1
                is_last = attempt + 1 == self._retry.max_attempts or not _may_help(error)
                log.exception("%s failed on %s in %s", call.title, type(event).__name__, event.channel)
                if is_last:
                    await self._give_up(event, call, error, attempt + 1)
                    return False
            else:
                return True
            self._figures.retried += 1
            await asyncio.sleep(self._retry.delay_s(self._rng, attempt))
        raise AssertionError("the last try returns")

    async def _call_once(self, event: Event | Reset, call: Call) -> None:
        """One try, inside the middleware; a text that the function returns is the answer to the post."""
        around: Callable[[Event | Reset], Awaitable[Any]] = partial(self._invoke, call)
        for middleware in reversed(self._middlewares()):
            around = partial(middleware, call_next=around)  # type: ignore[call-arg]  # a middleware takes it by this name
        said = await around(event)
        if isinstance(said, str) and said and isinstance(event, PostEvent):
            await event.reply(said)

    async def _invoke(self, call: Call, event: Event | Reset) -> Any:
        if call.function is None:
            return call.answer
        if call.is_async:
            return await call.function(event, *call.values, **call.named)
        context = contextvars.copy_context()
        work = partial(context.run, call.function, event, *call.values, **call.named)
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _give_up(self, event: Event | Reset, call: Call, error: Exception, attempts: int) -> None:
        if isinstance(event, Reset):
            return
        self._figures.dead_letters += 1
        if self._dead_letters is None:
            log.error("%s gave up on seq %d of %s; a state file would keep it", call.title, event.seq, event.channel)
            return
        letter = letter_of(event, call.title, error, attempts)
        await asyncio.to_thread(append_letter, self._dead_letters, letter)
        log.error("%s gave up on seq %d of %s: it is in %s", call.title, event.seq, event.channel, self._dead_letters)

    def _answerable(self, event: Event | Reset, title: str, *, is_shared: bool) -> Event | Reset:
        """The event with answers that are counted from the first; a copy of it where others see it too."""
        if not isinstance(event, PostEvent):
            return event
        answers = self._answers(title, event)
        if is_shared:
            return replace(event, answers=answers)
        object.__setattr__(event, "answers", answers)  # a copy costs 10 us, as much as half of all else here
        return event


def _may_help(error: Exception) -> bool:
    """A refusal that asks for something else than patience will not change."""
    return not isinstance(error, ApiError) or error.action is Action.RETRY
