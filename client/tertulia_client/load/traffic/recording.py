"""From the events of channels to the lines of a recording."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from tertulia_client.load.traffic.disguise import disguise
from tertulia_client.load.traffic.lines import Line
from tertulia_client.notices import EventReceived
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.events import POST_CREATED, POST_EDITED, THREAD_CHANGED, THREAD_CREATED
from tertulia_wire.messages import Event

TELLS_TEXT: Final = frozenset({POST_CREATED, POST_EDITED})
TELLS_TITLE: Final = frozenset({THREAD_CREATED, THREAD_CHANGED})


class Numbers:
    """Ids in the order in which they were first met, from 1."""

    def __init__(self) -> None:
        self._given: dict[int, int] = {}

    def of(self, identity: object) -> int:
        """0 for what is no id."""
        if not isinstance(identity, int):
            return 0
        return self._given.setdefault(identity, len(self._given) + 1)


class Recorder:
    """Takes events as they come, live or out of the log; times never go back.

    ``keeps_texts``: what was written is in the lines; otherwise text of the same shape, by ``rng``.
    """

    def __init__(self, *, keeps_texts: bool, rng: random.Random) -> None:
        self._keeps_texts = keeps_texts
        self._rng = rng
        self._threads = Numbers()
        self._posts = Numbers()
        self._members = Numbers()
        self._began_ms: int | None = None
        self._at_ms = 0

    def take(self, event: EventReceived, now_ms: int | None) -> Line:
        """``now_ms`` is when a live event came; None for one out of the log, whose post knows its own time."""
        post, thread = _part(event.data, "post"), _part(event.data, "thread")
        title = thread.get("title") if event.name in TELLS_TITLE else None
        return Line(
            at_ms=self._note_time(_written_ms(event.name, post, thread) if now_ms is None else now_ms),
            channel=event.channel,
            name=event.name,
            size_bytes=len(encode(Event(event.channel, event.seq, event.name, event.data), Encoding.MSGPACK)),
            thread=self._threads.of(thread.get("id")),
            post=self._posts.of(post.get("id")),
            version=_count(post.get("version", thread.get("version"))),
            author=self._members.of(_part(post, "author").get("id")),
            text=self._said(post.get("text")) if event.name in TELLS_TEXT else None,
            title=self._said(title),
            positive=_count(post.get("positive")),
            negative=_count(post.get("negative")),
        )

    def _note_time(self, moment_ms: int | None) -> int:
        """Since the first; what knows no time of its own is as late as what came before it."""
        if moment_ms is not None:
            if self._began_ms is None:
                self._began_ms = moment_ms
            self._at_ms = max(self._at_ms, moment_ms - self._began_ms)
        return self._at_ms

    def _said(self, text: object) -> str | None:
        if not isinstance(text, str):
            return None
        return text if self._keeps_texts else disguise(text, self._rng)


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _written_ms(name: str, post: Mapping[str, Any], thread: Mapping[str, Any]) -> int | None:
    """When the thing itself says that it happened, as far as it knows."""
    moment_ms = thread.get("started_ms") if name == THREAD_CREATED else None
    if name == POST_CREATED:
        moment_ms = post.get("created_ms")
    elif name == POST_EDITED:
        moment_ms = post.get("edited_ms")
    return moment_ms if isinstance(moment_ms, int) else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
