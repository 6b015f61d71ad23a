"""Posts and threads as readers see them, for tests without a store."""

from __future__ import annotations

from typing import Any, cast

from tertulia_wire.data import CardData, PostData, ThreadData

CARD = CardData(
    id=7,
    version=1,
    name="ada",
    rank="FULL MEMBER",
    is_banned=False,
    is_bot=False,
    joined_day="2009-08-09",
    positive=1,
    messages=8024,
    negative=2,
)


def post_data(**changes: Any) -> PostData:
    post = PostData(
        id=431,
        version=1,
        thread_id=17,
        number=31,
        author=CARD,
        format="markdown",
        text="Hello",
        html="<p>Hello</p>",
        created_ms=1_795_420_800_000,
        created_day=None,
        edited_ms=None,
        is_removed=False,
        positive=0,
        negative=0,
    )
    return cast("PostData", {**post, **changes})


def thread_data(**changes: Any) -> ThreadData:
    thread = ThreadData(
        id=17,
        version=1,
        forum_id=3,
        title="The fair",
        slug="the-fair",
        starter="ada",
        started_ms=None,
        started_day="2011-10-21",
        post_count=31,
        last_number=31,
        last_post_ms=None,
        last_post_by="ada",
        is_locked=False,
        is_pinned=False,
        is_merged=False,
        moved_count=0,
    )
    return cast("ThreadData", {**thread, **changes})
