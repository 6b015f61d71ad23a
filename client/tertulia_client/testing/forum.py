"""The forum of the fake server: what is said in it, and who is listening. Without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from tertulia_client.testing.faults import Faults
from tertulia_client.testing.samples import ANA, BOT, FORUM_ID, post_data, thread_data
from tertulia_wire import messages as m
from tertulia_wire.codes import Code
from tertulia_wire.data import CardData, HelloData, PostData, ThreadData, WhoData
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_RATED, POST_REMOVED, key_hash
from tertulia_wire.hello import hello_data

HEARTBEAT_MS: Final = 25_000


class Listener(Protocol):
    """A connection. ``positions``: the last seq that was sent, by followed channel."""

    positions: dict[str, int]

    def serve(self, channel: str) -> None:
        """Send what the subscription of this channel has not been sent yet."""


class FakeForum:
    """Threads exist as soon as they are named. ``tokens``: the only ones that are taken; None takes any."""

    def __init__(self, *, tokens: frozenset[str] | None = None) -> None:
        self.epoch = "e1"
        self.logs: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.posts: list[PostData] = []
        self.marks: dict[int, str] = {}
        self.forum_ids = [FORUM_ID]
        self.listeners: set[Listener] = set()
        self.heartbeat_ms = HEARTBEAT_MS
        self.unknown_channels: set[str] = set()
        self.faults = Faults()
        self.kill_bot: Callable[[], None] = _nobody_to_kill
        """What `Faults.kill_before_writes` and `kill_after_writes` call; `Lives` puts itself here."""
        self._tokens = tokens
        self._changed = asyncio.Event()

    def publish(self, channel: str, name: str, data: Mapping[str, Any]) -> int:
        """Log an event and send it to those who follow; its seq."""
        log = self.logs.setdefault(channel, [])
        log.append((name, data))
        for listener in list(self.listeners):
            listener.serve(channel)
        return len(log)

    def say(self, text: str, *, thread_id: int = 1, author: CardData = ANA, key: str = "") -> dict[str, Any]:
        """A post by somebody; its event goes to the thread, and to its forum if that was ever followed."""
        number = sum(post["thread_id"] == thread_id for post in self.posts) + 1
        post = post_data(len(self.posts) + 1, thread_id, number, text, author)
        self.posts.append(post)
        self._changed.set()
        return self._tell(POST_CREATED, post, {"key_hash": key_hash(key)} if key else {})

    def edit(self, post_id: int, text: str) -> dict[str, Any]:
        post = self.posts[post_id - 1]
        post["text"], post["html"], post["version"] = text, f"<p>{text}</p>", post["version"] + 1
        return self._tell(POST_EDITED, post)

    def remove(self, post_id: int) -> dict[str, Any]:
        post = self.posts[post_id - 1]
        post["text"], post["html"], post["is_removed"], post["version"] = None, None, True, post["version"] + 1
        return self._tell(POST_REMOVED, post)

    def rate(self, post_id: int, mark: str) -> dict[str, Any]:
        """The bot's mark for a post, in place of an earlier one; the same again changes nothing."""
        post = self.posts[post_id - 1]
        if mark == self.marks.get(post_id, "none"):
            return self._outcome(post, len(self.logs.get(f"thread:{post['thread_id']}", [])))
        self.marks[post_id] = mark
        post["positive"], post["negative"] = int(mark == "positive"), int(mark == "negative")
        post["version"] += 1
        return self._tell(POST_RATED, post)

    async def has_posts(self, count: int) -> None:
        """Wait for so many posts, whoever wrote them."""
        while len(self.posts) < count:
            self._changed.clear()
            await self._changed.wait()

    @property
    def texts(self) -> list[str]:
        """Of all posts, in the order in which they were written."""
        return [post["text"] or "" for post in self.posts]

    def _tell(self, name: str, post: PostData, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = {"post": post.copy(), "thread": self._thread_of(post), **(more or {})}
        seq = self.publish(f"thread:{post['thread_id']}", name, data)
        if f"forum:{FORUM_ID}" in self.logs.keys() | self.followed:
            self.publish(f"forum:{FORUM_ID}", name, data)
        return self._outcome(post, seq)

    def _outcome(self, post: PostData, seq: int) -> dict[str, Any]:
        return {"post": post, "thread": self._thread_of(post), "cursor": [self.epoch, seq], "replayed": False}

    def _thread_of(self, post: PostData) -> ThreadData:
        thread_id = post["thread_id"]
        return thread_data(thread_id, max(one["number"] for one in self.posts if one["thread_id"] == thread_id))

    @property
    def followed(self) -> set[str]:
        return {channel for listener in self.listeners for channel in listener.positions}

    def refusal_of(self, channel: str, who: WhoData | None) -> m.Refused | None:
        """A channel that is not there, or another member's."""
        is_others = channel.startswith("member:") and (who is None or channel != f"member:{who['id']}")
        if is_others or channel in self.unknown_channels:
            return m.Refused(channel, Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL.sentence)
        return None

    def takes(self, authorization: str | None) -> bool:
        """Whether a request with this header is let in; one without is a guest's."""
        if authorization is None or self._tokens is None:
            return True
        return authorization.removeprefix("Bearer ") in self._tokens

    def who(self, authorization: str | None) -> WhoData | None:
        return None if authorization is None else {"id": BOT["id"], "name": BOT["name"]}

    def hello(self, who: WhoData | None) -> HelloData:
        return hello_data(heartbeat_ms=self.heartbeat_ms, member=who)


def _nobody_to_kill() -> None:
    raise AssertionError("A bot is killed only while it has lives: async with Lives(...).")
