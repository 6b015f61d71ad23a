"""What others show of a thread: search engines by structured data (schema.org), messengers by Open Graph.

Only of what everybody may read, and only full addresses that the operator has named: pages are kept for all guests,
and a request could name any host.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tertulia_server.forum.models import Audience
from tertulia_server.store.pages import ThreadPage
from tertulia_server.web.rendering import forum_url, post_url, thread_url
from tertulia_wire.data import PostData, ThreadData

MAX_DESCRIPTION_CHARS: Final = 200
MAX_STRUCTURED_CHARS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Preview:
    """``url`` is empty where the address of the site is not known; ``structured`` is None but on a first page."""

    description: str
    url: str
    structured: dict[str, Any] | None


def thread_preview(page: ThreadPage, address: str) -> Preview | None:
    """The preview of a page of a thread; None if not everybody may read it, or nothing is left to show."""
    first = next((post for post in page.posts if post["text"]), None)
    if page.rules.audience is not Audience.PUBLIC or first is None:
        return None
    is_opening = first["number"] == 1
    return Preview(
        description=shorten(first["text"] or "", MAX_DESCRIPTION_CHARS),
        url=address and address + thread_url(page.thread, page.page),
        structured=_structured(page, first, address) if is_opening else None,
    )


def shorten(text: str, max_chars: int) -> str:
    """A text on one line, cut between words."""
    line = " ".join(text[: 2 * max_chars].split())
    if len(line) <= max_chars:
        return line
    return (line[:max_chars].rpartition(" ")[0] or line[:max_chars]) + "…"


def _structured(page: ThreadPage, first: PostData, address: str) -> dict[str, Any]:
    """https://schema.org/DiscussionForumPosting: the thread by its first post, and how many answers it has."""
    published = _published(first, page.thread)
    answers = max(0, page.thread["post_count"] - 1)
    return {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": page.thread["title"],
        "url": address + thread_url(page.thread),
        "mainEntityOfPage": address + thread_url(page.thread),
        "author": {"@type": "Person", "name": first["author"]["name"]},
        "text": shorten(first["text"] or "", MAX_STRUCTURED_CHARS),
        **({"datePublished": published} if published else {}),
        "commentCount": answers,
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/CommentAction",
            "userInteractionCount": answers,
        },
        "isPartOf": {"@type": "WebPage", "name": page.forum["name"], "url": address + forum_url(page.forum)},
        "comment": [_comment(page, post, address) for post in page.posts if post["text"] and post is not first],
    }


def _comment(page: ThreadPage, post: PostData, address: str) -> dict[str, Any]:
    published = _published(post, page.thread)
    return {
        "@type": "Comment",
        "url": address + post_url(page.thread, post, page.page),
        "author": {"@type": "Person", "name": post["author"]["name"]},
        "text": shorten(post["text"] or "", MAX_DESCRIPTION_CHARS),
        **({"datePublished": published} if published else {}),
    }


def _published(post: PostData, thread: ThreadData) -> str | None:
    if post["created_ms"] is not None:
        return datetime.fromtimestamp(post["created_ms"] / 1000, UTC).isoformat(timespec="seconds")
    return post["created_day"] or (thread["started_day"] if post["number"] == 1 else None)
