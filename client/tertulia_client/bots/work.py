"""Handling one event: middleware, tries with waits between them, and at last the dead letters."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
from collections.abc import Callable
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
        outcomes = [await self._try(event, call) for call in calls]
        if all(outcomes):
            self._figures.handled += 1
        return all(outcomes)

    async def _try(self, event: Event | Reset, call: Call) -> bool:
        for attempt in range(self._retry.max_attempts):
            try:
                await self.call_once(event, call)
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

    async def call_once(self, event: Event | Reset, call: Call) -> None:
        """One try, inside the middleware; a text that the function returns is the answer to the post."""
        answerable = self._answerable(event, call.title)

        async def inner(given: Event | Reset) -> Any:
            return call.answer if call.function is None else await self._invoke(call, given)

        around = inner
        for middleware in reversed(self._middlewares()):
            around = partial(middleware, call_next=around)  # type: ignore[assignment, call-arg]
        said = await around(answerable)
        if isinstance(said, str) and said and isinstance(answerable, PostEvent):
            await answerable.reply(said)

    async def _invoke(self, call: Call, event: Event | Reset) -> Any:
        assert call.function is not None  # noqa: S101 - asked before
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

    def _answerable(self, event: Event | Reset, title: str) -> Event | Reset:
        return replace(event, answers=self._answers(title, event)) if isinstance(event, PostEvent) else event


def _may_help(error: Exception) -> bool:
    """A refusal that asks for something else than patience will not change."""
    return not isinstance(error, ApiError) or error.action is Action.RETRY
