"""Rating a post: one mark of each member, changeable, on any post but one's own."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.outcomes import PostOutcome, publish
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store.ratings import NewRating, write_rating


async def rate_post(actions: Actions, visitor: Visitor, post_id: int, mark: Mark) -> PostOutcome:
    """Give a post one's mark in the place of an earlier one; `Mark.NONE` takes it back. The same again changes nothing.

    `Refusal`: ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``FORBIDDEN`` for one's own post, ``POST_REMOVED``,
    ``RATE_LIMITED``.
    """
    check_may_write(visitor)
    rating = NewRating(mark, actions.now_ms(), actions.rating_pace_ms(visitor))
    return publish(actions, await actions.store.write(write_rating, visitor, post_id, rating))
