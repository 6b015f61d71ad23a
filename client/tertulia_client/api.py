"""The API of a server as calls: read, and write with a key that makes a repeated request post once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, cast

import httpx2

from tertulia_client.address import ServerAddress, parse_address
from tertulia_client.errors import NotTertulia
from tertulia_client.transport import DEADLINE_S, Transport
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ForumData, PostData, ThreadData

Mark = Literal["positive", "none", "negative"]
"""What one member thinks of another's post."""


def new_key() -> str:
    """A fresh idempotency key of 22 characters (128 bits of chance)."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class PostReceipt:
    """An acknowledged change: the post, its thread, and the place of its event in the thread's channel.

    ``is_replayed``: the key was known, and this is the outcome of its first use.
    """

    post: PostData
    thread: ThreadData
    cursor: Cursor
    is_replayed: bool = False


@dataclass(frozen=True, slots=True)
class PostsPage:
    """One page of a thread; events after ``cursor`` are not in it."""

    thread: ThreadData
    posts: Sequence[PostData]
    page: int
    page_count: int
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class LogBlock:
    """A stretch of a channel's log: (seq, name, data) in order; ``cursor`` is the place after it."""

    events: Sequence[tuple[int, str, Mapping[str, Any]]]
    cursor: Cursor
    head: int


class Api:
    """Calls raise `ApiError` for a refusal, `ServerUnreachable` when nobody answers within the deadline."""

    def __init__(
        self,
        url: str | ServerAddress,
        *,
        token: str | None = None,
        deadline_s: float = DEADLINE_S,
        wire: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = parse_address(url) if isinstance(url, str) else url
        self._transport = Transport(self.address, token, deadline_s=deadline_s, wire=wire)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    async def create_post(
        self, thread_id: int, text: str, *, key: str | None = None, deadline_s: float | None = None
    ) -> PostReceipt:
        """Write a post. The key (8 to 64 characters; made here if none is given) is kept over all tries."""
        _, answer = await self._transport.request(
            "POST",
            f"/api/threads/{thread_id}/posts",
            body={"text": text},
            key=key or new_key(),
            deadline_s=deadline_s,
        )
        return _receipt(answer)

    async def create_thread(self, forum_id: int, title: str, text: str, *, key: str | None = None) -> PostReceipt:
        """Begin a thread with its first post."""
        _, answer = await self._transport.request(
            "POST", f"/api/forums/{forum_id}/threads", body={"title": title, "text": text}, key=key or new_key()
        )
        return _receipt(answer)

    async def edit_post(self, post_id: int, text: str, *, version: int) -> PostReceipt:
        """Replace the text; `ApiError` with ``STALE_VERSION`` when the post is newer than ``version``.

        Tried again after a cut, it may find its own first try and be refused as stale: read the post then.
        """
        body = {"text": text, "version": version}
        _, answer = await self._transport.request("PATCH", f"/api/posts/{post_id}", body=body)
        return _receipt(answer)

    async def remove_post(self, post_id: int) -> PostReceipt:
        """Remove a post; its number stays."""
        _, answer = await self._transport.request("DELETE", f"/api/posts/{post_id}")
        return _receipt(answer)

    async def rate_post(self, post_id: int, mark: Mark) -> PostReceipt:
        """Give somebody else's post a mark in place of an earlier one; ``none`` takes it back."""
        _, answer = await self._transport.request("PUT", f"/api/posts/{post_id}/rating", body={"mark": mark})
        return _receipt(answer)

    async def read_forums(self) -> list[ForumData]:
        """The forums that we may read."""
        _, answer = await self._transport.request("GET", "/api/forums")
        forums = answer.get("forums") if isinstance(answer, dict) else answer
        return cast("list[ForumData]", [item.get("forum", item) for item in _shaped(forums, list)])

    async def read_thread(self, thread_id: int) -> ThreadData:
        _, answer = await self._transport.request("GET", f"/api/threads/{thread_id}")
        thread = _shaped(answer, dict)
        return cast("ThreadData", thread.get("thread", thread))

    async def read_posts(self, thread_id: int, page: int = 1) -> PostsPage:
        """One page of 20 numbers."""
        _, answer = await self._transport.request("GET", f"/api/threads/{thread_id}/posts", query={"page": page})
        try:
            return PostsPage(
                answer["thread"], answer["posts"], answer["page"], answer["page_count"], Cursor(*answer["cursor"])
            )
        except (KeyError, TypeError):
            raise _unclear() from None

    async def read_post(self, post_id: int) -> PostData:
        _, answer = await self._transport.request("GET", f"/api/posts/{post_id}")
        post = _shaped(answer, dict)
        return cast("PostData", post.get("post", post))

    async def read_log(self, channel: str, after: Cursor, *, until: int | None = None) -> LogBlock:
        """Events after a cursor; `ApiError` with status 410 when it cannot be resumed."""
        query: dict[str, str | int] = {"channel": channel, "after": str(after)}
        if until is not None:
            query["until"] = until
        _, answer = await self._transport.request("GET", "/api/log", query=query)
        try:
            events = [(seq, name, data) for _, seq, name, data in answer["events"]]
            return LogBlock(events, Cursor(*answer["cursor"]), answer["head"])
        except (KeyError, TypeError, ValueError):
            raise _unclear() from None

    async def put_share(self, name: str, body: Mapping[str, Any], *, deadline_s: float) -> Mapping[str, Any]:
        """One word of a copy of a bot that shares its work, as the reference of the API has it."""
        _, answer = await self._transport.request("PUT", f"/api/shares/{name}", body=body, deadline_s=deadline_s)
        return cast("Mapping[str, Any]", _shaped(answer, dict))

    async def read_webhooks(self) -> list[Mapping[str, Any]]:
        """Webhooks of the member whose token it is; to make and change them takes a sign-in."""
        _, answer = await self._transport.request("GET", "/api/webhooks")
        return _listed(answer, "webhooks")

    async def read_deliveries(self, webhook_id: int) -> list[Mapping[str, Any]]:
        """What became of the last deliveries of a webhook, the newest first."""
        _, answer = await self._transport.request("GET", f"/api/webhooks/{webhook_id}/deliveries")
        return _listed(answer, "deliveries")

    async def send_again(self, webhook_id: int, delivery_id: int) -> None:
        """Send a delivery once more, under its id and as it is now; what waits to be tried again is tried at once."""
        await self._transport.request("POST", f"/api/webhooks/{webhook_id}/deliveries/{delivery_id}/again")

    async def read_me(self) -> Mapping[str, Any]:
        """Who we are to the server."""
        _, answer = await self._transport.request("GET", "/api/me")
        return cast("Mapping[str, Any]", _shaped(answer, dict))


def _receipt(answer: Any) -> PostReceipt:
    try:
        is_replayed = bool(answer.get("replayed", False))
        return PostReceipt(answer["post"], answer["thread"], Cursor(*answer["cursor"]), is_replayed)
    except (AttributeError, KeyError, TypeError):
        raise _unclear() from None


def _listed(answer: Any, name: str) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", _shaped(_shaped(answer, dict).get(name), list))


def _shaped(answer: Any, kind: type) -> Any:
    if not isinstance(answer, kind):
        raise _unclear()
    return answer


def _unclear() -> NotTertulia:
    return NotTertulia("The server's answer cannot be read: is it a Tertulia server of this release?")
