"""What is to be done to a forum, and when: the script that a player plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from tertulia_client.api import Mark
from tertulia_client.load.traffic.lines import Line
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_RATED, POST_REMOVED

MAX_THREADS: Final = 200
"""So many threads are made for a script; those of a larger recording share them."""

MAX_ACCOUNTS: Final = 40
"""So many members write and rate; those of a larger recording share them, who wrote most have one of their own."""

WITHOUT_TEXT: Final = "(This was removed before it was recorded.)"


class Doing(Enum):
    """The value is the row of the report."""

    POST = "post"
    EDIT = "edit"
    RATE = "rate"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Act:
    """``thread`` is a place among the threads of the run, from 0; ``post`` a number of the script's own.

    ``author`` is a place among those whose posts they are, from 0: who wrote most is the first. A rater gives ``mark``
    where it gave ``before``.
    """

    at_s: float
    doing: Doing
    thread: int
    post: int
    text: str = ""
    mark: Mark = "none"
    before: Mark = "none"
    author: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """In order of time. ``left_out`` counts what was recorded and is not played, by what it was."""

    acts: Sequence[Act]
    threads: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def accounts(self) -> int:
        """How many it takes so that everybody writes as themselves, and nobody rates a post of their own or twice."""
        marks = Counter(act.post for act in self.acts if act.doing is Doing.RATE and act.before == "none")
        authors = 1 + max((act.author for act in self.acts), default=0)
        return min(MAX_ACCOUNTS, max(2, authors, 1 + max(marks.values(), default=0)))

    @property
    def length_s(self) -> float:
        return self.acts[-1].at_s if self.acts else 0.0

    @property
    def posts(self) -> int:
        return sum(act.doing is Doing.POST for act in self.acts)

    def cut(self, length_s: float) -> Script:
        """Only what happens in so much time."""
        return Script([act for act in self.acts if act.at_s <= length_s], self.threads, self.left_out)


def script_of(lines: Sequence[Line]) -> Script:
    """Of a recording. What came in several channels is done once; the thread that was written in most is the first."""
    reading = _Reading(_ranks(line.thread for line in _posts(lines)), _ranks(line.author for line in _posts(lines)))
    acts = [act for line in lines for act in reading.acts_of(line)]
    return Script(acts, max(1, min(MAX_THREADS, len(reading.places))), reading.left_out)


def _posts(lines: Sequence[Line]) -> Iterator[Line]:
    return (line for line in lines if line.name == POST_CREATED)


def _ranks(numbers: Iterable[int]) -> Mapping[int, int]:
    """Places from 0: what is there most often is the first."""
    return {number: place for place, (number, _) in enumerate(Counter(numbers).most_common())}


class _Reading:
    """One pass over the lines: what is known of each post so far."""

    def __init__(self, places: Mapping[int, int], authors: Mapping[int, int]) -> None:
        self.places = places
        self._authors = authors
        self.left_out: Counter[str] = Counter()
        self._seen: set[tuple[int, int]] = set()
        self._rated: dict[int, tuple[int, int]] = {}
        self._places_of_posts: dict[int, int] = {}
        """Where it was created: a post that is moved stays there."""
        self._authors_of_posts: dict[int, int] = {}

    def acts_of(self, line: Line) -> Sequence[Act]:
        if line.name not in _DOINGS:
            self.left_out[line.name] += 1
            return []
        is_first = line.post not in self._rated
        if (line.post, line.version) in self._seen or (line.name == POST_CREATED and not is_first):
            return []  # the same event in another channel
        if line.name != POST_CREATED and is_first:
            self.left_out["about posts from before"] += 1
            return []
        self._seen.add((line.post, line.version))
        place = self._places_of_posts.setdefault(line.post, self.places.get(line.thread, 0) % MAX_THREADS)
        author = self._authors_of_posts.setdefault(line.post, self._authors.get(line.author, 0) % MAX_ACCOUNTS)
        doing, changes = _DOINGS[line.name], self._marks(line)
        text = line.text or (WITHOUT_TEXT if doing in (Doing.POST, Doing.EDIT) else "")
        act = Act(line.at_ms / 1000, doing, place, line.post, text, author=author)
        return [replace(act, before=before, mark=mark) for before, mark in changes] if doing is Doing.RATE else [act]

    def _marks(self, line: Line) -> Sequence[tuple[Mark, Mark]]:
        """What raters must have done since the last event about this post: the mark of each before, and then."""
        before = self._rated.get(line.post, (0, 0))
        self._rated[line.post] = (line.positive, line.negative)
        positive, negative = _bounded(line.positive - before[0]), _bounded(line.negative - before[1])
        minds = min(max(positive, 0), max(-negative, 0)) - min(max(-positive, 0), max(negative, 0))
        changes: list[tuple[int, Mark, Mark]] = [
            (minds, "negative", "positive"),
            (-minds, "positive", "negative"),
            (positive - minds, "none", "positive"),
            (minds - positive, "positive", "none"),
            (negative + minds, "none", "negative"),
            (-negative - minds, "negative", "none"),
        ]
        return [(mark, then) for count, mark, then in changes for _ in range(count)]


def _bounded(change: int) -> int:
    """There are no more accounts to rate."""
    return max(-MAX_ACCOUNTS, min(MAX_ACCOUNTS, change))


_DOINGS: Final = {
    POST_CREATED: Doing.POST,
    POST_EDITED: Doing.EDIT,
    POST_RATED: Doing.RATE,
    POST_REMOVED: Doing.REMOVE,
}
