"""Delivers what webhooks wait for, beside everything else: no writer and no reader waits for it.

Each worker looks; the one that has the lease works. What was delivered stands in the store with the cursor of each
webhook, so another worker goes on where this one was killed: a delivery that was sent, but not yet written down, is
sent again under the same id. Webhooks are served side by side, each one delivery after the other.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from typing import Final

import structlog

from tertulia_server.actions.context import Actions
from tertulia_server.forum.webhooks import retry_after_ms
from tertulia_server.store.leases import release_lease, take_lease
from tertulia_server.store.webhook_results import Attempt, Turn, Written, write_attempt, write_without_sending
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Due, Job, find_work, look
from tertulia_server.turns import Turns, tell_failure
from tertulia_server.webhooks.figures import WebhookFigures
from tertulia_server.webhooks.posting import Poster, signed_headers

GATHER_S: Final = 0.02
"""What happens within this is one look."""

POLL_S: Final = 0.5
"""How long an event of another worker may stay unseen, and how often the lease is looked after."""

RENEW_S: Final = LEASE_MS / 1000 / 4
HOLD_S: Final = LEASE_MS / 1000 / 2
"""Whoever could not renew the lease for so long begins nothing more: another worker may soon have it."""

GRACE_S: Final = 2.0
"""What is on its way when a worker stops may end within this, so that it need not be sent again."""

MAX_AT_ONCE: Final = 32
MAX_FAILING_AT_ONCE: Final = 16
"""Those that hang until their time is up leave room for the others."""

MAX_IN_A_ROW: Final = 64
"""Deliveries of one webhook before the others have their turn."""

LONGEST_PAUSE_S: Final = 10.0
REST_S: Final = 10.0
"""After what came of a delivery could not be written down, its webhook waits: else it would be sent all the time."""

log = structlog.get_logger()


class WebhookSender:
    """One per worker; works between `start` and `close`."""

    def __init__(
        self,
        actions: Actions,
        poster: Poster,
        *,
        give_up_ms: int,
        is_wanted: bool = True,
        chance: Callable[[], float] = random.random,
        grace_s: float = GRACE_S,
    ) -> None:
        self.figures = WebhookFigures()
        self._actions = actions
        self._poster = poster
        self._give_up_ms = give_up_ms
        self._is_wanted = is_wanted
        self._chance = chance
        self._grace_s = grace_s
        self._holder = secrets.token_hex(8)
        self._fence: int | None = None
        self._renewed_s = 0.0
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._busy_failing: set[int] = set()
        self._is_any_on = True
        self._resting_until_s: dict[int, float] = {}
        self._turns = Turns(self._gather, failure="webhooks_failed", pause_s=lambda: POLL_S, longest_s=LONGEST_PAUSE_S)

    def start(self) -> None:
        if self._is_wanted:
            self._turns.call()
            self._turns.start()

    async def close(self) -> None:
        """Begin nothing more, let what is on its way end, and let another worker go on at once."""
        await self._turns.close()
        fence, self._fence = self._fence, None
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=self._grace_s)
        await self._abandon()
        await self._poster.close()
        if fence is not None:
            try:
                await self._actions.store.write(release_lease, LEASE, self._holder)
            except Exception as error:  # noqa: BLE001 - it ends by itself
                log.warning("lease_not_released", error=repr(error))

    def look(self) -> None:
        """Something happened here: do not wait for the next turn. Costs nothing where nobody has a webhook."""
        if self._is_any_on:
            self._turns.call()

    async def take_turn(self) -> bool:
        """See what is due, and begin with it; False if another worker is at it."""
        now_ms = self._actions.now_ms()
        seen = await self._actions.store.read(look, self._holder, now_ms)
        failing_ms = 0 if seen.failing_since_ms is None else now_ms - seen.failing_since_ms
        self.figures.note_due([one.id for one in seen.due], failing_ms)
        self._is_any_on = seen.on_count > 0
        waiting = [one for one in seen.due if self._is_free(one.id)]
        if seen.is_elsewhere:
            await self._abandon()
            return False
        is_stale = bool(self._busy) and time.monotonic() - self._renewed_s > RENEW_S
        if (waiting or is_stale) and not await self._renew():
            return False
        for one in waiting:
            if len(self._busy) >= MAX_AT_ONCE or (one.is_failing and len(self._busy_failing) >= MAX_FAILING_AT_ONCE):
                break
            self._begin(one, self._fence)
        return True

    async def wait_idle(self) -> None:
        """Until nothing is on its way."""
        while self._busy:
            await asyncio.wait(self._busy.values())

    async def _renew(self) -> bool:
        before_s = time.monotonic()
        taken = (LEASE, self._holder)
        fence = await self._actions.store.write(take_lease, *taken, now_ms=self._actions.now_ms(), lease_ms=LEASE_MS)
        if fence != self._fence:
            await self._abandon()
        self._fence, self._renewed_s = fence, before_s
        return fence is not None

    async def _abandon(self) -> None:
        """What is on its way belongs to somebody else now."""
        self._fence = None
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, one: Due, fence: int | None) -> None:
        task = asyncio.create_task(self._serve(one.id, fence))
        self._busy[one.id] = task
        if one.is_failing:
            self._busy_failing.add(one.id)
        task.add_done_callback(lambda task: self._ended(one.id, task))

    def _ended(self, webhook_id: int, task: asyncio.Task[None]) -> None:
        del self._busy[webhook_id]
        self._busy_failing.discard(webhook_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            tell_failure("webhook_not_served", error, webhook=webhook_id)
            self._resting_until_s[webhook_id] = time.monotonic() + REST_S
        else:
            self._turns.call()

    def _is_free(self, webhook_id: int) -> bool:
        if self._resting_until_s.get(webhook_id, 0.0) > time.monotonic():
            return False
        self._resting_until_s.pop(webhook_id, None)
        return webhook_id not in self._busy

    async def _serve(self, webhook_id: int, fence: int | None) -> None:
        """Its deliveries one after the other, as long as they are taken."""
        for _ in range(MAX_IN_A_ROW):
            if fence is None or fence != self._fence or time.monotonic() - self._renewed_s > HOLD_S:
                return
            work = await self._actions.store.read(find_work, webhook_id, self._actions.now_ms())
            if work is None:
                return
            if isinstance(work, Job):
                written = await self._deliver(work, fence)
            else:
                written = await self._actions.store.write(write_without_sending, self._turn(fence), work)
            self._actions.tell(written.announcement)
            if not written.is_held:
                return

    async def _deliver(self, job: Job, fence: int) -> Written:
        started_ms = self._actions.now_ms()
        headers = signed_headers(job.id, job.secrets, job.body, started_ms // 1000)
        answer = await self._poster.post(job.url, headers, job.body)
        self.figures.count(answer.outcome)
        attempt = Attempt(
            outcome=answer.outcome,
            status=answer.status,
            answer=answer.text,
            started_ms=started_ms,
            duration_ms=answer.duration_ms,
            next_ms=self._actions.now_ms() + retry_after_ms(job.attempt, self._chance(), answer.retry_after_ms),
            give_up_ms=self._give_up_ms,
        )
        return await self._actions.store.write(write_attempt, self._turn(fence), job, attempt)

    def _turn(self, fence: int) -> Turn:
        return Turn(self._holder, fence, self._actions.now_ms())

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER_S)
        await self.take_turn()
