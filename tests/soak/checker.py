"""The history checker. Pure: it knows what writers were told, what followers wrote, and one fresh read at the end.

It asks nothing that had a part in delivering. What it states is the promise, sentence by sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tertulia_wire.events import POST_CREATED, POST_REMOVED
from tests.soak.following import HistoryCheck
from tests.soak.records import Acknowledged, History, Seen, retired_tokens
from tests.soak.verdict import Kind, LoggedEvent, Truth, Violation

FORGET_LIMIT_MS: Final = 2000
"""From so long after its removal or change was acknowledged, no frame may be sent that shows the old text."""


def check(
    acknowledged: Sequence[Acknowledged],
    histories: Iterable[History],
    truth: Truth,
    *,
    renewed_ms: Sequence[int] = (),
) -> list[Violation]:
    """Everything in which the promise was broken; empty when it was kept."""
    violations = [*check_log(truth), *check_acknowledged(acknowledged, truth)]
    acknowledged_ms = {(entry.channel, entry.seq): entry.at_ms for entry in acknowledged}
    retired = retired_tokens(acknowledged)
    for history in histories:
        played = HistoryCheck(history, truth, acknowledged_ms=acknowledged_ms, renewed_ms=renewed_ms)
        violations += played.violations()
        violations += check_forgotten(history, retired)
    return violations


def check_log(truth: Truth) -> Iterator[Violation]:
    """The log by itself: no hole, each post created once in a channel, each key used once, each number given once."""
    for channel, log in truth.logs.items():
        for place, event in enumerate(log, log[0].seq if log else 1):
            if event.seq != place:
                yield Violation(Kind.LOST, 0, channel, place, f"the log has {event.seq} in its place")
                break
        created = [event for event in log if event.name == POST_CREATED]
        for name, values in (
            ("post", [(event.post_id, event) for event in created]),
            ("the key with hash", [(event.key_hash, event) for event in created if event.key_hash]),
        ):
            yield from _repeated(channel, name, values)
    numbers = Counter((post.thread_channel, post.number) for post in truth.posts.values())
    for (channel, number), count in numbers.items():
        if count > 1:
            yield Violation(Kind.DUPLICATE, 0, channel, 0, f"number {number} was given {count} times")


def check_acknowledged(acknowledged: Iterable[Acknowledged], truth: Truth) -> Iterator[Violation]:
    """Each acknowledged change is in its channels' logs, where its writer was told, and in what a fresh reader sees."""
    events = {(channel, event.seq): event for channel, log in truth.logs.items() for event in log}
    logged = {(channel, event.name, event.post_id) for (channel, _), event in events.items()}
    for entry in acknowledged:
        for channel in (entry.channel, entry.forum_channel):
            if (channel, entry.name, entry.post_id) not in logged:
                yield _lost(entry, channel, f"{entry.name} of post {entry.post_id} is not in the log")
        event = events.get((entry.channel, entry.seq))
        if entry.seq and not _is_told(entry, event):
            yield _lost(entry, entry.channel, f"post {entry.post_id}: the log has {event} at that seq")
        yield from _check_post(entry, truth)


def check_forgotten(history: History, retired: dict[str, int]) -> Iterator[Violation]:
    """No text in a frame that was sent too long after the text was removed or replaced.

    When a frame was sent is known from below: after the last question of the follower that was answered before it.
    """
    for record in history.records:
        if isinstance(record, Seen):
            for token in record.tokens:
                if record.sent_after_ms > retired.get(token, record.sent_after_ms) + FORGET_LIMIT_MS:
                    words = f"the text {token} of post {record.post_id} was gone since {retired[token]} ms"
                    at = (record.at_ms, record.channel, record.seq)
                    yield Violation(Kind.UNTRUE, *at, f"{history.follower}: {words}")


def _repeated(channel: str, name: str, values: Sequence[tuple[object, LoggedEvent]]) -> Iterator[Violation]:
    seen: dict[object, int] = {}
    for value, event in values:
        if value in seen:
            yield Violation(Kind.DUPLICATE, 0, channel, event.seq, f"{name} {value} was created at {seen[value]} too")
        seen.setdefault(value, event.seq)


def _is_told(entry: Acknowledged, event: LoggedEvent | None) -> bool:
    if event is None or (event.name, event.post_id) != (entry.name, entry.post_id):
        return False
    return entry.name != POST_CREATED or event.key_hash in ("", entry.key_hash)


def _check_post(entry: Acknowledged, truth: Truth) -> Iterator[Violation]:
    post = truth.posts.get(entry.post_id)
    if post is None:
        yield _lost(entry, entry.channel, f"post {entry.post_id} is not there")
    elif (post.thread_channel, post.number) != (entry.channel, entry.number):
        yield _lost(entry, entry.channel, f"post {entry.post_id} is number {post.number} of {post.thread_channel}")
    elif post.version < entry.version or (entry.name == POST_REMOVED and not post.is_removed):
        yield _lost(entry, entry.channel, f"post {entry.post_id} is back at version {post.version}")
    elif post.version == entry.version and post.token != entry.token:
        yield _lost(entry, entry.channel, f"post {entry.post_id} has the text {post.token!r}, not {entry.token!r}")


def _lost(entry: Acknowledged, channel: str, words: str) -> Violation:
    return Violation(Kind.LOST, entry.at_ms, channel, entry.seq, f"acknowledged to {entry.writer}: {words}")
