from __future__ import annotations

from tertulia_server.forum.webhooks import Outcome
from tertulia_server.webhooks.figures import WebhookFigures


def test_oldest_is_counted_from_when_it_was_first_seen() -> None:
    now = [100.0]
    figures = WebhookFigures(lambda: now[0])
    assert figures.oldest_waiting_s == 0
    figures.note_due([1], 0)
    now[0] = 103
    figures.note_due([1, 2], 0)
    now[0] = 104
    assert figures.oldest_waiting_s == 4
    figures.note_due([2], 0)
    assert figures.oldest_waiting_s == 1
    figures.note_due([2], 60_000)
    assert figures.oldest_waiting_s == 60
    figures.note_due([], 0)
    assert figures.oldest_waiting_s == 0


def test_attempts_are_counted_by_outcome() -> None:
    figures = WebhookFigures()
    figures.count(Outcome.TIMEOUT)
    figures.count(Outcome.TIMEOUT)
    assert figures.attempt_counts[Outcome.TIMEOUT] == 2
    assert sum(figures.attempt_counts.values()) == 2
