"""What is to be done to a forum, and when: the script that a player plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from tertulia_client.api import Mark
from tertulia_client.load.traffic.lines import Line
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_RATED, POST_REMOVED

MAX_THREADS: Final = 200
"""So many threads are made for a script; those of a larger recording share them."""

WITHOUT_TEXT: Final = "(This was removed before it was recorded.)"


class Doing(Enum):
    """The value is the row of the report."""

    POST = "post"
    EDIT = "edit"
    RATE = "rate"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Act:
    """``thread`` is a place among the threads of the run, from 0; ``post`` a number of the script's own."""

    at_s: float
    doing: Doing
    thread: int
    post: int
    text: str = ""
    mark: Mark = "none"


@dataclass(frozen=True, slots=True)
class Script:
    """In order of time. ``left_out`` counts what was recorded and is not played, by what it was."""

    acts: Sequence[Act]
    threads: int
    left_out: Mapping[str, int] = field(default_factory=dict)

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
    reading = _Reading(_places(lines))
    acts = [act for line in lines if (act := reading.act_of(line)) is not None]
    return Script(acts, max(1, min(MAX_THREADS, len(reading.places))), reading.left_out)


def _places(lines: Sequence[Line]) -> Mapping[int, int]:
    counts = Counter(line.thread for line in lines if line.name == POST_CREATED)
    return {thread: place for place, (thread, _) in enumerate(counts.most_common())}


class _Reading:
    """One pass over the lines: what is known of each post so far."""

    def __init__(self, places: Mapping[int, int]) -> None:
        self.places = places
        self.left_out: Counter[str] = Counter()
        self._seen: set[tuple[int, int]] = set()
        self._rated: dict[int, tuple[int, int]] = {}
        self._places_of_posts: dict[int, int] = {}
        """Where it was created: a post that is moved stays there."""

    def act_of(self, line: Line) -> Act | None:
        if line.name not in _DOINGS:
            self.left_out[line.name] += 1
            return None
        is_first = line.post not in self._rated
        if (line.post, line.version) in self._seen or (line.name == POST_CREATED and not is_first):
            return None  # the same event in another channel
        if line.name != POST_CREATED and is_first:
            self.left_out["about posts from before"] += 1
            return None
        self._seen.add((line.post, line.version))
        place = self._places_of_posts.setdefault(line.post, self.places.get(line.thread, 0) % MAX_THREADS)
        doing, mark = _DOINGS[line.name], self._mark(line)
        text = line.text or (WITHOUT_TEXT if doing in (Doing.POST, Doing.EDIT) else "")
        return Act(line.at_ms / 1000, doing, place, line.post, text, mark)

    def _mark(self, line: Line) -> Mark:
        """What has grown since the last event about this post."""
        before = self._rated.get(line.post, (0, 0))
        self._rated[line.post] = (line.positive, line.negative)
        if line.positive > before[0]:
            return "positive"
        return "negative" if line.negative > before[1] else "none"


_DOINGS: Final = {
    POST_CREATED: Doing.POST,
    POST_EDITED: Doing.EDIT,
    POST_RATED: Doing.RATE,
    POST_REMOVED: Doing.REMOVE,
}
