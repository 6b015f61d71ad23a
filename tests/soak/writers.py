"""Writers: each posts, edits and removes, and repeats each request under its key until it is answered."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_REMOVED, key_hash
from tests.soak.records import Acknowledged, RecordFile
from tests.soak.world import Clock, Writing

ANSWER_LIMIT_S: Final = 4.0
"""After that a request is taken for lost, and repeated at another worker."""

RETRY_S: Final = (0.05, 0.4)
REMEMBERED_POSTS: Final = 50
LONG_TEXT_CHARS: Final = 9_000
WORDS: Final = ("the", "square", "is", "full", "of", "people", "who", "talk", "all", "night", "and", "listen")


@dataclass
class OwnPost:
    """A post of the writer's own, as it knows it."""

    thread_id: int
    id: int
    number: int
    version: int
    token: str


class RefusedError(AssertionError):
    """The server said that a right request was wrong."""


class Writer:
    """A member, by number, who writes. ``pace_s``: the mean pause between two requests that were answered."""

    def __init__(
        self, number: int, writing: Writing, doors: Sequence[str], clock: Clock, dice: random.Random, file: RecordFile
    ) -> None:
        self.name = file.path.stem
        self.pace_s = 0.25
        self.acknowledged_count = 0
        self.retry_count = 0
        self._writing = writing
        self._doors = doors
        self._clock = clock
        self._dice = dice
        self._file = file
        self._own: deque[OwnPost] = deque(maxlen=REMEMBERED_POSTS)
        self._token = writing.tokens[number % len(writing.tokens)]
        self._http = httpx2.AsyncClient(timeout=ANSWER_LIMIT_S, trust_env=False)

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Write until told; the request under way is brought to its end, whatever it takes."""
        while not is_over():
            await self._choose()()
            await asyncio.sleep(self._dice.expovariate(1 / self.pace_s))

    async def close(self) -> None:
        await self._http.aclose()
        self._file.close()

    async def post_long(self, count: int, thread_id: int | None = None) -> None:
        """A burst of long posts, so that whoever does not read has much that waits."""
        for _ in range(count):
            await self.post(thread_id, size_chars=LONG_TEXT_CHARS)

    async def post(self, thread_id: int | None = None, size_chars: int = 0) -> None:
        thread_id = thread_id or self._dice.choice(sorted(self._writing.threads))
        key, token = f"key-{self._dice.getrandbits(80):020x}", self._new_token()
        body = {"text": self._text(token, size_chars)}
        answer = await self._ask("POST", f"/api/threads/{thread_id}/posts", self._token, body, key)
        own = OwnPost(thread_id, answer["post"]["id"], answer["post"]["number"], 1, token)
        self._own.append(own)
        self._note(POST_CREATED, own, answer["cursor"][1], key_hash(key))

    async def edit(self) -> None:
        """Change the text of one of our posts; a repeated change is told to be stale, and then looked up."""
        own = self._dice.choice(self._own)
        token = self._new_token()
        body = {"text": self._text(token), "version": own.version}
        answer = await self._ask("PATCH", f"/api/posts/{own.id}", self._token, body)
        post = answer["post"]
        if token not in (post["text"] or ""):
            raise RefusedError(f"{self.name}: post {own.id} has changed under us: {post}")
        own.version, own.token = post["version"], token
        self._note(POST_EDITED, own, answer["cursor"][1] if "cursor" in answer else 0)

    async def remove(self) -> None:
        """Have one of our posts removed; a second removal changes nothing, so it may be repeated."""
        own = self._dice.choice(self._own)
        retries_before = self.retry_count
        answer = await self._ask("DELETE", f"/api/posts/{own.id}", self._writing.admin_token)
        self._own.remove(own)
        own.version, own.token = answer["post"]["version"], ""
        self._note(POST_REMOVED, own, answer["cursor"][1] if self.retry_count == retries_before else 0)

    def _choose(self) -> Callable[[], Any]:
        roll = self._dice.random()
        if not self._own or roll < 0.8:
            return self.post
        return self.edit if roll < 0.93 else self.remove

    def _note(self, name: str, own: OwnPost, seq: int, hashed: str = "") -> None:
        forum_id = self._writing.threads[own.thread_id]
        channels = (thread_channel(own.thread_id), forum_channel(forum_id))
        post = (own.id, own.number, own.version)
        self._file.write(Acknowledged(self._clock(), self.name, name, *channels, seq, *post, hashed, own.token))
        self.acknowledged_count += 1

    async def _ask(self, method: str, path: str, token: str, body: object = None, key: str = "") -> Any:
        """Until it is answered. 4xx ends the run, but for a stale version after a retry: the first try went through."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        has_retried = False
        while True:
            url = f"http://{self._dice.choice(self._doors)}{path}"
            try:
                response = await self._http.request(method, url, headers=headers, json=body)
                answer = response.json()
            except (httpx2.TransportError, ValueError):
                pass
            else:
                if response.status_code < 300:
                    return answer
                if has_retried and answer.get("code") == Code.STALE_VERSION and method == "PATCH":
                    method, body = "GET", None
                elif response.status_code < 500 and response.status_code != Code.RATE_LIMITED.status:
                    raise RefusedError(f"{self.name}: {method} {path} was answered {answer}")
            has_retried = True
            self.retry_count += 1
            await asyncio.sleep(self._dice.uniform(*RETRY_S))

    def _new_token(self) -> str:
        return f"tok{self._dice.getrandbits(40):010x}"

    def _text(self, token: str, size_chars: int = 0) -> str:
        words = self._dice.choices(WORDS, k=max(self._dice.randint(3, 30), size_chars // 5))
        return f"{token} {' '.join(words)}"
