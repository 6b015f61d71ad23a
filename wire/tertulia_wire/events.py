"""Names of events and signals. The sets are open: an unknown name still moves the cursor."""

from __future__ import annotations

import hashlib
from typing import Final

POST_CREATED: Final = "post.created"
POST_EDITED: Final = "post.edited"
POST_REMOVED: Final = "post.removed"
POST_RATED: Final = "post.rated"
THREAD_CREATED: Final = "thread.created"
THREAD_CHANGED: Final = "thread.changed"
MEMBER_CHANGED: Final = "member.changed"
NOTIFIED: Final = "notified"
VOID: Final = "void"
"""Nothing to see: the thing no longer belongs to the channel; the seq is used all the same."""


def key_hash(key: str) -> str:
    """The first 16 hex digits of the SHA-256 of an idempotency key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]
