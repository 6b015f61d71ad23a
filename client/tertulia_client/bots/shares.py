"""Several copies of one bot share its work: each handles the threads of its parts, by leases of the server.

A copy says every second that it lives and how far it has come. When it dies, its parts are another's a few seconds
later, from there. One that was only slow may still be at work then: its answers have the same keys, and change nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tertulia_client.api import Api
from tertulia_client.errors import ApiError, ClientError, NotTertulia, ServerUnreachable
from tertulia_wire.codes import Action
from tertulia_wire.cursors import Cursor

RENEW_S: Final = 1.0
DEADLINE_S: Final = 2.0
"""Of one request: shorter than a lease, so that a lost answer is no lost lease."""

_NAME: Final = re.compile(r"[0-9a-z-]{1,32}")

log = logging.getLogger("tertulia_client.bot")


def check_share(name: str) -> str:
    """A share's name: 1 to 32 small letters, digits and hyphens; `ClientError` for all else."""
    if not _NAME.fullmatch(name):
        raise ClientError(f"A share is called by 1 to 32 small letters, digits and hyphens, not {name!r}.")
    return name


@dataclass(slots=True)
class Part:
    """A part that is held. ``places``: where to go on from, and how far we have come since; ``news``: not told yet."""

    fence: int
    places: dict[str, Cursor]
    news: dict[str, Cursor] = field(default_factory=dict)


class Share:
    """What we hold changes in `renew`, and ``on_change`` is called then; `keep` takes places, which it tells."""

    def __init__(self, api: Api, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._name = name
        self._clock = clock
        self._holder = secrets.token_urlsafe(12)
        self._lease_end_s = 0.0
        self._let_go: set[int] = set()
        self.is_abandoned = False
        """Whether nothing is said any more, not even good-bye: the leases end by themselves."""
        self.count = 1
        """Into so many parts the threads are divided."""
        self.held: dict[int, Part] = {}
        self._excess: set[int] = set()
        self.on_change: Callable[[], None] = lambda: None

    @property
    def active(self) -> dict[int, Part]:
        """What is held and not about to be let go: others have too little."""
        return {part: one for part, one in self.held.items() if part not in self._excess | self._let_go}

    def keep(self, part: int, fence: int, places: Mapping[str, Cursor]) -> None:
        """So far have we come; nothing if the part is no longer ours by this fence."""
        held = self.held.get(part)
        if held is not None and held.fence == fence:
            held.places.update(places)
            held.news.update(places)

    def let_go_excess(self) -> None:
        """Nothing of theirs is at work any more: others may have them, with the next word of ours."""
        self._let_go |= self._excess
        self._excess = set()

    async def run(self) -> None:
        """Renew what we hold until cancelled. `ClientError` when the server refuses for good."""
        while True:
            await self.renew()
            await asyncio.sleep(RENEW_S)

    async def renew(self) -> None:
        """One word to the server, and what follows from its answer; without one, what we held ends with its lease."""
        try:
            await self._ask(is_leaving=False)
        except (ServerUnreachable, ApiError) as error:
            if isinstance(error, ApiError) and error.action is not Action.RETRY:
                raise
            log.warning("What we share could not be renewed: %s", error)
            if self.held and self._clock() >= self._lease_end_s:
                self._hold({}, set())

    async def leave(self) -> None:
        """Tell our last places, and let everything go at once; if that fails, the leases end by themselves."""
        if self.is_abandoned:
            return
        try:
            await self._ask(is_leaving=True)
        except ClientError as error:
            log.warning("What we share could not be let go: %s", error)

    async def _ask(self, *, is_leaving: bool) -> None:
        told = {part: dict(one.news) for part, one in self.held.items()}
        asked_s = self._clock()
        let_go = set(self._let_go)
        held = [
            {"part": part, "fence": one.fence, "places": {name: list(at) for name, at in told[part].items()}}
            for part, one in self.held.items()
        ]
        body = {"holder": self._holder, "held": held, "let_go": sorted(let_go), "leaving": is_leaving}
        answer = await self._api.put_share(self._name, body, deadline_s=DEADLINE_S)
        for part, places in told.items():
            news = self.held[part].news
            for name, at in places.items():
                if news.get(name) == at:
                    del news[name]
        self._take(answer, asked_s, let_go)

    def _take(self, answer: Mapping[str, Any], asked_s: float, let_go: set[int]) -> None:
        try:
            self.count = int(answer["parts"])
            self._lease_end_s = asked_s + answer["lease_ms"] / 1000
            held = {
                one["part"]: Part(one["fence"], {name: Cursor(*at) for name, at in one["places"].items()})
                for one in answer["held"]
            }
            excess = {part for part in answer["excess"] if part in held}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NotTertulia("The server's answer cannot be read: is it a Tertulia server of this release?") from None
        for part, one in held.items():
            known = self.held.get(part)
            if known is not None and known.fence == one.fence:
                held[part] = known
        before = self._fences()
        self._let_go -= let_go
        self._hold(held, excess - self._let_go, before)

    def _hold(self, held: dict[int, Part], excess: set[int], before: Mapping[int, int] | None = None) -> None:
        before = self._fences() if before is None else before
        self.held, self._excess = held, excess
        if self._fences() != before:
            log.info("%d of %d parts of %s are ours", len(self.active), self.count, self._name)
            self.on_change()

    def _fences(self) -> dict[int, int]:
        return {part: one.fence for part, one in self.active.items()}


async def serve_share(share: Share, serve: Callable[[asyncio.Event], Awaitable[None]], stopping: asyncio.Event) -> None:
    """Call ``serve`` with what ends it, again and again, each time that the parts which we hold have changed."""
    changed = asyncio.Event()
    share.on_change = changed.set
    tasks = [asyncio.create_task(share.run()), asyncio.create_task(_wait(stopping))]
    for task in tasks:
        task.add_done_callback(lambda _: changed.set())
    try:
        while not any(task.done() for task in tasks):
            changed.clear()
            share.let_go_excess()
            await (serve(changed) if share.active else changed.wait())
        if tasks[0].done():
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await share.leave()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
