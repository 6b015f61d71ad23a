"""The truth of the model: posts with versions, a log per channel, one epoch. What a store is to the real hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_server.hub.ports import LogRead, ReadDone
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_REMOVED
from tertulia_wire.messages import Event
from tests.server.hub.clock import VirtualClock

FORUM: Final = "forum:1"
THREADS: Final = ("thread:1", "thread:2", "thread:3")
CHANNELS: Final = (FORUM, *THREADS)

View = dict[int, tuple[int, str | None]]
"""What somebody sees of a channel: per post its version and text (None: removed)."""


@dataclass
class Post:
    thread: str
    version: int
    text: str | None


class Truth:
    """A `LogSource` as well. A read takes its snapshot when it begins, and is answered ``delay_s`` later."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.epoch = "e1"
        self.posts: dict[int, Post] = {}
        self.logs: dict[str, list[tuple[str, int]]] = {channel: [] for channel in CHANNELS}
        self.first_seqs: dict[str, int] = dict.fromkeys(CHANNELS, 1)
        self.removal_seqs: dict[tuple[str, int], int] = {}
        self.delay_s = 0.005
        self.is_away = False

    def post(self, thread: str) -> list[Publication]:
        post_id = len(self.posts) + 1
        self.posts[post_id] = Post(thread, 1, f"post {post_id}, as it was written")
        return self._log(POST_CREATED, post_id)

    def edit(self, post_id: int) -> list[Publication]:
        post = self.posts[post_id]
        if post.text is None:
            return []
        post.version += 1
        post.text = f"post {post_id}, version {post.version}"
        return self._log(POST_EDITED, post_id)

    def remove(self, post_id: int) -> list[Publication]:
        post = self.posts[post_id]
        if post.text is None:
            return []
        post.version += 1
        post.text = None
        publications = self._log(POST_REMOVED, post_id)
        self.removal_seqs |= {(item.channel, post_id): item.seq for item in publications}
        return publications

    def renew_epoch(self) -> None:
        self.epoch = f"e{int(self.epoch[1:]) + 1}"

    def trim(self, channel: str, keep: int) -> None:
        self.first_seqs[channel] = max(self.first_seqs[channel], self.head(channel) - keep + 1)

    def head(self, channel: str) -> int:
        return len(self.logs[channel])

    @property
    def heads(self) -> dict[str, int]:
        return {channel: self.head(channel) for channel in CHANNELS}

    def page(self, channel: str) -> tuple[Cursor, View]:
        """A fresh read: the cursor and what it stands for."""
        view = {
            post_id: (post.version, post.text)
            for post_id, post in self.posts.items()
            if channel in (FORUM, post.thread)
        }
        return Cursor(self.epoch, self.head(channel)), view

    def publication(self, channel: str, seq: int) -> Publication:
        """The event as it is now."""
        name, post_id = self.logs[channel][seq - 1]
        post = self.posts[post_id]
        data = {"post": {"id": post_id, "version": post.version, "text": post.text}}
        payload = encode(Event(channel, seq, name, data), Encoding.MSGPACK)
        return Publication(channel, self.epoch, seq, name, post_id, payload)

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        if self.is_away:
            self.clock.call_later(self.delay_s, done, None)
            return
        first = max(after + 1, self.first_seqs[channel])
        found = [self.publication(channel, seq) for seq in range(first, min(until, self.head(channel)) + 1)]
        self.clock.call_later(self.delay_s, done, LogRead(self.epoch, self.first_seqs[channel], found))

    def _log(self, name: str, post_id: int) -> list[Publication]:
        publications = []
        for channel in (self.posts[post_id].thread, FORUM):
            self.logs[channel].append((name, post_id))
            publications.append(self.publication(channel, self.head(channel)))
        return publications
