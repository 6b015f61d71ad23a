"""Made-up members, threads and posts, in the shapes of the wire."""

from __future__ import annotations

from typing import Final

from tertulia_wire.data import CardData, PostData, ThreadData

FORUM_ID: Final = 3
CREATED_MS: Final = 1_700_000_000_000


def card(member_id: int, name: str, *, is_bot: bool = False, rank: str = "MEMBER") -> CardData:
    """The card of somebody who has done nothing yet."""
    return {
        "id": member_id,
        "version": 1,
        "name": name,
        "rank": rank,
        "is_banned": False,
        "is_bot": is_bot,
        "joined_day": None,
        "positive": 0,
        "messages": 0,
        "negative": 0,
    }


BOT: Final = card(7, "Bot", is_bot=True, rank="BOT")
ANA: Final = card(1, "Ana")


def thread_data(thread_id: int, posts: int = 0) -> ThreadData:
    """A thread with so many posts."""
    return {
        "id": thread_id,
        "version": posts + 1,
        "forum_id": FORUM_ID,
        "title": f"Thread {thread_id}",
        "slug": "thread",
        "starter": "Ana",
        "started_ms": None,
        "started_day": None,
        "post_count": posts,
        "last_number": posts,
        "last_post_ms": None,
        "last_post_by": None,
        "is_locked": False,
        "is_pinned": False,
        "is_merged": False,
        "moved_count": 0,
    }


def post_data(post_id: int, thread_id: int, number: int, text: str, author: CardData = ANA) -> PostData:
    """A post; its HTML is its text in one paragraph."""
    return {
        "id": post_id,
        "version": 1,
        "thread_id": thread_id,
        "number": number,
        "author": author,
        "format": "markdown",
        "text": text,
        "html": f"<p>{text}</p>",
        "created_ms": CREATED_MS,
        "created_day": None,
        "edited_ms": None,
        "is_removed": False,
        "positive": 0,
        "negative": 0,
    }
