"""What an action about a post answers, and how all others hear of it."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.store.posting import Written, find_written
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import PostData, ThreadData


@dataclass(frozen=True, slots=True)
class PostOutcome:
    """The post and its thread as they are now; ``cursor`` is of the thread's channel, just after what was done.

    ``is_replayed``: this was done before, by a request with the same key.
    """

    post: PostData
    thread: ThreadData
    cursor: Cursor
    is_replayed: bool


def publish(actions: Actions, written: Written) -> PostOutcome:
    """Tell everybody what was committed. Where this is never reached, the workers' sweeps find it in the log."""
    actions.tell(written.announcement)
    return PostOutcome(written.post, written.thread, written.cursor, written.is_replayed)


async def find_first_outcome(actions: Actions, visitor: Visitor, key: str, *, otherwise: Refusal) -> PostOutcome:
    """What the first request with this key did; if there was none, the refusal of the present one is raised."""
    written = await actions.store.read(find_written, visitor, key)
    if written is None:
        raise otherwise
    return publish(actions, written)
