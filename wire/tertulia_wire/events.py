"""Names of events. The set is open: a client that does not know a name still moves its cursor."""

from __future__ import annotations

import hashlib
from typing import Final

from tertulia_wire.data import (
    MemberEventData,
    ModerationEventData,
    NotifiedEventData,
    PostEventData,
    ThreadEventData,
    VoidEventData,
)

POST_CREATED: Final = "post.created"
POST_EDITED: Final = "post.edited"
POST_REMOVED: Final = "post.removed"
POST_RATED: Final = "post.rated"
THREAD_CREATED: Final = "thread.created"
THREAD_CHANGED: Final = "thread.changed"
MEMBER_CHANGED: Final = "member.changed"
NOTIFIED: Final = "notified"
"""In `member:` channels."""
MODERATION_CHANGED: Final = "moderation.changed"
"""In `moderation`: something was reported, or done. What, is told to nobody here: not all who follow may know."""
VOID: Final = "void"
"""Nothing to see: the thing no longer belongs to the channel; the seq is used all the same."""

EVENT_DATA: Final[dict[str, type]] = {
    POST_CREATED: PostEventData,
    POST_EDITED: PostEventData,
    POST_REMOVED: PostEventData,
    POST_RATED: PostEventData,
    THREAD_CREATED: ThreadEventData,
    THREAD_CHANGED: ThreadEventData,
    MEMBER_CHANGED: MemberEventData,
    NOTIFIED: NotifiedEventData,
    MODERATION_CHANGED: ModerationEventData,
    VOID: VoidEventData,
}
"""Each event to the shape of its data."""


def key_hash(key: str) -> str:
    """The first 16 hex digits of the SHA-256 of an idempotency key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]
