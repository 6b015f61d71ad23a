"""What `bench/writes.py` serves: the real application, and the same handlers with a store that keeps nothing."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

from starlette.applications import Starlette

from tertulia_server import app as wiring
from tertulia_server.app import create_app, create_app_from_environment
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.settings import read_settings
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.posting import Written, write_post
from tertulia_server.store.replay import RenderedEvent
from tertulia_server.store.sign_ins import Standing, find_visitors_by_token
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import CardData, PostData, PostEventData, ThreadData

__all__ = ["create_app_from_environment", "create_app_without_store"]


class NoStore:
    """Answers the two operations of a post at once, as they would be answered; all else goes to a real store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = count(1)

    async def read(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        if operation is find_visitors_by_token:
            return dict.fromkeys(args[0], Standing(Visitor(1, "member", Role.MEMBER), None))
        return await self._store.read(operation, *args, **kwargs)

    async def write(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        if operation is not write_post:
            return await self._store.write(operation, *args, **kwargs)
        _, thread_id, draft = args[:3]
        return _written(thread_id, draft, next(self._numbers))

    def state(self) -> int | None:
        return self._store.state()

    async def close(self) -> None:
        await self._store.close()


def create_app_without_store() -> Starlette:
    """The application with its store taken out."""

    async def open_none(url: str, **options: Any) -> Any:
        return NoStore(await open_store(url, **options))

    wiring.open_store = open_none  # type: ignore[attr-defined]  # put in its place
    return create_app(read_settings(port=int(os.environ.get("BENCH_PORT", "0"))))


def _written(thread_id: int, draft: Any, number: int) -> Written:
    card = CardData(
        id=draft.author_id, version=number, name="member", rank="MEMBER", is_banned=False, is_bot=False,
        joined_day="2026-11-23", positive=0, messages=number, negative=0,
    )  # fmt: skip
    post = PostData(
        id=number, version=1, thread_id=thread_id, number=number, author=card, format="markdown", text=draft.text,
        html=draft.html, created_ms=draft.now_ms, created_day=None, edited_ms=None, is_removed=False, positive=0,
        negative=0,
    )  # fmt: skip
    thread = ThreadData(
        id=thread_id, version=number, forum_id=1, title="The fair", slug="the-fair", starter="member",
        started_ms=draft.now_ms, started_day=None, post_count=number, last_number=number, last_post_ms=draft.now_ms,
        last_post_by="member", is_locked=False, is_pinned=False, is_merged=False, moved_count=0,
    )  # fmt: skip
    data = PostEventData(post=post, thread=thread, key_hash="0123456789abcdef")
    events = [
        RenderedEvent(channel, number, "post.created", number, data) for channel in (f"thread:{thread_id}", "forum:1")
    ]
    return Written(post, thread, Cursor("epoch", number), Announcement("epoch", events))
