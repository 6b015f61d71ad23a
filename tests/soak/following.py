"""One follower's history against the log: each event of its channels once, in order, from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tertulia_wire.cursors import Cursor
from tests.soak.records import Ended, History, Record, Seen, Started, Subscribed, Unsubscribed, WasReset, seq_of
from tests.soak.verdict import Kind, LoggedEvent, ReadPost, Truth, Violation


class _Place:
    """How far a follower has got in one channel."""

    def __init__(self, text: str) -> None:
        self.epoch, self.seq = Cursor.parse(text)
        self.seen: dict[int, int] = {}
        self.skipped: dict[int, int] = {}


class HistoryCheck:
    """Plays one history through. ``renewed_ms``: when the epoch was renewed on purpose, which allows resets.

    ``acknowledged_ms`` tells of an event, by channel and seq, when its writer was told; for those that never came.
    """

    def __init__(
        self,
        history: History,
        truth: Truth,
        *,
        acknowledged_ms: Mapping[tuple[str, int], int],
        renewed_ms: Sequence[int] = (),
    ) -> None:
        self._history = history
        self._truth = truth
        self._logs = {channel: {event.seq: event for event in log} for channel, log in truth.logs.items()}
        self._acknowledged_ms = acknowledged_ms
        self._renewed_ms = renewed_ms
        self._places: dict[str, _Place] = {}
        self._held: dict[int, Seen] = {}
        self._now_ms = 0

    def violations(self) -> Iterator[Violation]:
        has_ended = False
        for record in self._history.records:
            self._now_ms = record.at_ms
            has_ended = isinstance(record, Ended)
            yield from self._take(record)
        if not has_ended:
            yield self._violation(Kind.UNTRUE, "", 0, "its history has no end")

    def _take(self, record: Record) -> Iterator[Violation]:
        match record:
            case Started(_, cursors):
                self._places = {channel: _Place(cursor) for channel, cursor in cursors.items() if cursor}
            case Subscribed(_, channel, cursor):
                self._places.setdefault(channel, _Place(cursor))
            case Seen():
                yield from self._take_event(record)
            case WasReset(_, channel, cursor, reason):
                yield from self._take_reset(channel, cursor, reason)
            case Unsubscribed(_, channel, reason):
                yield self._violation(Kind.UNTRUE, channel, 0, f"no longer followed: {reason}")
            case Ended(_, is_present):
                yield from self._end(is_present=is_present)

    def _take_event(self, event: Seen) -> Iterator[Violation]:
        place = self._places.get(event.channel)
        if place is None:
            yield self._violation(Kind.UNTRUE, event.channel, event.seq, "came without a subscription")
            return
        if event.seq in place.seen:
            yield self._violation(
                Kind.DUPLICATE, event.channel, event.seq, f"came at {place.seen[event.seq]} ms already"
            )
        elif event.seq in place.skipped:
            del place.skipped[event.seq]
            yield self._violation(Kind.DISORDER, event.channel, event.seq, f"came after {place.seq}")
        elif event.seq <= place.seq:
            yield self._violation(Kind.DUPLICATE, event.channel, event.seq, f"lies before the start, {place.seq}")
        place.skipped |= dict.fromkeys(range(place.seq + 1, event.seq), event.at_ms)
        place.seq = max(place.seq, event.seq)
        place.seen.setdefault(event.seq, event.at_ms)
        yield from self._compare_event(event)
        held = self._held.get(event.post_id)
        if event.post_id and (held is None or held.version <= event.version):
            self._held[event.post_id] = event

    def _compare_event(self, event: Seen) -> Iterator[Violation]:
        logged = self._logs.get(event.channel, {}).get(event.seq)
        if logged is None:
            yield self._violation(Kind.UNTRUE, event.channel, event.seq, f"{event.name} is not in the log")
        elif (logged.name, logged.post_id) != (event.name, event.post_id):
            words = f"{event.name} of post {event.post_id}, but in the log {_words(logged)}"
            yield self._violation(Kind.UNTRUE, event.channel, event.seq, words)

    def _take_reset(self, channel: str, cursor: str, reason: str) -> Iterator[Violation]:
        place = self._places.get(channel)
        is_renewed = any(renewed_ms <= self._now_ms for renewed_ms in self._renewed_ms)
        if not is_renewed or place is None or place.epoch == Cursor.parse(cursor).epoch:
            yield self._violation(Kind.UNTRUE, channel, seq_of(cursor), f"reset without cause: {reason}")
        self._places[channel] = _Place(cursor)
        self._held = {post_id: held for post_id, held in self._held.items() if held.channel != channel}

    def _end(self, *, is_present: bool) -> Iterator[Violation]:
        is_whole = True
        for channel, place in self._places.items():
            until = self._truth.head(channel) if is_present else place.seq
            missing = place.skipped | dict.fromkeys(range(place.seq + 1, until + 1), self._now_ms)
            is_whole = is_whole and not missing
            for seq, noticed_ms in sorted(missing.items()):
                yield self._missing(channel, seq, noticed_ms)
        if is_present and is_whole:
            yield from self._compare_posts()

    def _missing(self, channel: str, seq: int, noticed_ms: int) -> Violation:
        at_ms = self._acknowledged_ms.get((channel, seq), noticed_ms)
        event = self._logs.get(channel, {}).get(seq)
        never = "never came" if event is None else f"{_words(event)} never came"
        return Violation(Kind.MISSING, at_ms, channel, seq, f"{self._history.follower}: {never}")

    def _compare_posts(self) -> Iterator[Violation]:
        """What it holds, each post by its highest version, is what a fresh reader sees."""
        for post_id, held in self._held.items():
            token = "".join(held.tokens[:1])
            mine = ReadPost(held.channel, held.number, held.version, held.is_removed, token)
            true = self._truth.posts.get(post_id)
            if true is None or mine[1:] != true[1:]:
                words = f"post {post_id} is held as {_state(mine)}, read as {_state(true)}"
                yield self._violation(Kind.UNTRUE, held.channel, held.seq, words)

    def _violation(self, kind: Kind, channel: str, seq: int, words: str) -> Violation:
        return Violation(kind, self._now_ms, channel, seq, f"{self._history.follower}: {words}")


def _words(event: LoggedEvent) -> str:
    return f"{event.name} of post {event.post_id}" if event.post_id else event.name


def _state(post: ReadPost | None) -> str:
    if post is None:
        return "nothing"
    text = "removed" if post.is_removed else repr(post.token)
    return f"number {post.number} version {post.version} {text}"
