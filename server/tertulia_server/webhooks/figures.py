"""What the sender of a worker counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from tertulia_server.forum.webhooks import Outcome

OUTCOMES: Final[Sequence[Outcome]] = tuple(outcome for outcome in Outcome if outcome is not Outcome.GONE)


class WebhookFigures:
    """Attempts by outcome, and how long the one that has waited longest has."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._seen_due_s: dict[int, float] = {}
        self._failing_s = 0.0
        self.attempt_counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)

    def count(self, outcome: Outcome) -> None:
        self.attempt_counts[outcome] += 1

    def note_due(self, due: Sequence[int], failing_ms: int) -> None:
        """These wait for their turn now, and the longest failure is so old; a failing one waits when it is not due."""
        now_s = self._now_s()
        self._seen_due_s = {webhook_id: self._seen_due_s.get(webhook_id, now_s) for webhook_id in due}
        self._failing_s = failing_ms / 1000

    @property
    def oldest_waiting_s(self) -> float:
        """0 while nothing waits. What is not failing is known since this worker saw it."""
        oldest_s = min(self._seen_due_s.values(), default=None)
        return max(self._failing_s, 0.0 if oldest_s is None else self._now_s() - oldest_s)
