"""What writers were told and what followers saw, as lines of files: all that the checker is given.

Times are milliseconds since the run began, by the monotonic clock of the process that writes and follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TextIO

from tertulia_wire.cursors import Cursor

TOKEN: Final = re.compile(r"\btok[0-9a-f]{10}\b")
"""Each text that a writer sends holds one such word, used nowhere else: so a text is known again in any frame."""


class Acknowledged(NamedTuple):
    """A 201 or 200 that a writer got. ``name`` is that of the event; ``seq`` 0 where the answer did not tell it.

    ``key_hash`` is of the idempotency key; ``token`` the word of the text that the post holds since ("" for none).
    """

    at_ms: int
    writer: str
    name: str
    channel: str
    forum_channel: str
    seq: int
    post_id: int
    number: int
    version: int
    key_hash: str
    token: str


class Started(NamedTuple):
    """The first line of a history: the cursor of each channel (EPOCH.SEQ), or "" for from now on."""

    at_ms: int
    cursors: dict[str, str]


class Subscribed(NamedTuple):
    """A server accepted the channel at this cursor. ``transport`` is how the follower listens."""

    at_ms: int
    channel: str
    cursor: str
    head: int
    transport: str


class Seen(NamedTuple):
    """An event that came. It was sent after ``sent_after_ms``: the server had answered a question asked then.

    ``tokens`` are all that were found anywhere in it; ``post_id`` is 0 for an event that is not about a post.
    """

    at_ms: int
    sent_after_ms: int
    channel: str
    seq: int
    name: str
    post_id: int
    version: int
    number: int
    is_removed: bool
    tokens: list[str]


class WasReset(NamedTuple):
    """The server said to start over behind this cursor."""

    at_ms: int
    channel: str
    cursor: str
    reason: str


class Unsubscribed(NamedTuple):
    """The server said that the channel is no longer followed, or refused it for good."""

    at_ms: int
    channel: str
    reason: str


class Paused(NamedTuple):
    """The follower stops reading, of its own will."""

    at_ms: int


class Resumed(NamedTuple):
    """It reads again."""

    at_ms: int


class Lost(NamedTuple):
    """The connection is gone, or was left: ``is_wanted`` when the follower went by itself."""

    at_ms: int
    reason: str
    is_wanted: bool


class Ended(NamedTuple):
    """The last line. ``is_present``: it waited for the end of the log; else it left before."""

    at_ms: int
    is_present: bool


Record = Started | Subscribed | Seen | WasReset | Unsubscribed | Paused | Resumed | Lost | Ended

_KINDS: Final[dict[str, Any]] = {
    kind.__name__: kind
    for kind in (Acknowledged, Started, Subscribed, Seen, WasReset, Unsubscribed, Paused, Resumed, Lost, Ended)
}


class History(NamedTuple):
    """One follower from its start to its end, in the order in which it wrote."""

    follower: str
    records: list[Record]


class RecordFile:
    """Appends records as lines of JSON; each is written out at once, so a broken run can be read too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def write(self, record: Record | Acknowledged) -> None:
        self._file.write(json.dumps([type(record).__name__, *record]) + "\n")


def read_records(path: Path) -> list[Any]:
    """The records of a file, as they were written."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_KINDS[kind](*fields) for kind, *fields in map(json.loads, lines)]


def read_history(path: Path) -> History:
    return History(path.stem, read_records(path))


def seq_of(cursor: str) -> int:
    return Cursor.parse(cursor).seq


def tokens_in(frame: bytes | str) -> list[str]:
    """The words that make texts known again, wherever they stand in a frame."""
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
    return sorted(set(TOKEN.findall(text)))


def retired_tokens(acknowledged: Iterable[Acknowledged]) -> dict[str, int]:
    """Each text that was replaced or removed, and when its writer was told so."""
    retired: dict[str, int] = {}
    by_post: dict[int, list[Acknowledged]] = {}
    for entry in acknowledged:
        by_post.setdefault(entry.post_id, []).append(entry)
    for entries in by_post.values():
        entries.sort(key=lambda entry: entry.version)
        for before, after in pairwise(entries):
            if before.token and before.token != after.token:
                retired[before.token] = after.at_ms
    return retired
