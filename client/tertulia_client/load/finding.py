"""`--find`: runs of one request in several sizes, and what each of them showed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rich.console import Console

from tertulia_client.errors import ClientError
from tertulia_client.load.conditions import Condition
from tertulia_client.load.figures import figures_of
from tertulia_client.load.live_view import looked_on
from tertulia_client.load.report import Report
from tertulia_client.load.request import MAX_RATE_PER_S, MAX_READERS, Request, check_amounts, perform
from tertulia_client.load.search import Found, Look, find_largest

READERS: Final = "readers"
POSTS: Final = "posts"
SATURATED: Final = "INVALID: the generator was saturated"


def check_findable(what: str, request: Request, *, has_files: bool) -> None:
    """`ClientError` for what cannot be looked for."""
    if what not in {READERS, POSTS}:
        raise ClientError(f"--find takes readers or posts, not {what!r}.")
    if request.stages and what == POSTS:
        raise ClientError("--find posts looks for one rate: leave out the stages.")
    if has_files:
        raise ClientError(
            "--find makes many runs and prints a table of them (--json as values): leave out --html, --csv, --junit and"
            " --save, and ask for them with a run of the size that was found."
        )


class Finding:
    """The search for the largest ``what`` with which the condition holds."""

    def __init__(
        self, request: Request, what: str, condition: Condition, *, tolerates_busy: bool, say: Callable[[str], None]
    ) -> None:
        self._request = request
        self._what = what
        self._condition = condition
        self._tolerates_busy = tolerates_busy
        self._say = say
        amount, self._most = (request.readers, MAX_READERS) if what == READERS else (request.rate, MAX_RATE_PER_S)
        self._first = max(1, round(amount))
        self._has_begun = False

    @property
    def words(self) -> str:
        return READERS if self._what == READERS else "posts a second"

    async def search(self) -> Found:
        """`ClientError` when the first size cannot begin."""
        return await find_largest(self._attempt, first=self._first, most=self._most)

    async def _attempt(self, size: int) -> Look:
        request = self._request
        sized = replace(request, readers=size) if self._what == READERS else replace(request, rate=float(size))
        try:
            check_amounts(sized)
            with looked_on(Console(stderr=True), lambda _: None) as (say, on_moment):
                say(f"trying {size:,} {self.words}")
                report = await perform(sized, say, on_moment=on_moment)
        except (ClientError, ExceptionGroup) as error:
            if not self._has_begun:
                raise
            look = Look([f"it could not begin: {sentence_of(error)}"], is_final=True)
        else:
            if report.is_cut_short and report.gone_at_s is None:
                raise asyncio.CancelledError  # Ctrl-C is for the search, whatever the run is still good for
            self._has_begun = True
            look = self._look(report)
        found = ", ".join(f"{words}: {value}" for words, value in look.found.items())
        self._say(f"{size:,} {self.words}: {'; '.join(look.broken) or 'holds'}{f' ({found})' if found else ''}")
        return look

    def _look(self, report: Report) -> Look:
        figures = figures_of(report)
        found = {**self._condition.found(figures), "generator": f"{figures['cpu']:.0%}"}
        broken = [f"not {term.words}" for term in self._condition.terms if not term.holds(figures)]
        if report.gone_at_s is not None:
            broken.append("the server ended")
        if not report.is_valid and not self._tolerates_busy:
            broken.append(SATURATED)
        return Look(broken, found)


def sentence_of(error: ClientError | ExceptionGroup[Exception]) -> ClientError:
    """One for all; what else is in a group is raised."""
    if isinstance(error, ClientError):
        return error
    told, others = error.split(ClientError)
    if told is None or others is not None:
        raise error
    return _first(told)


def _first(group: ExceptionGroup[ClientError]) -> ClientError:
    """One of what all say alike."""
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ClientError)  # noqa: S101 - the group was split by this type
    return error
