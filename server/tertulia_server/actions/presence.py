"""Whether a member is named among the readers of threads."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.store.members import set_hides_presence
from tertulia_wire.codes import Code


async def hide_presence(actions: Actions, visitor: Visitor, *, hides: bool) -> int:
    """Name the visitor no longer, or again; their id. Open pages are the caller's to tell. ``UNAUTHENTICATED``."""
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    await actions.store.write(set_hides_presence, visitor.member_id, hides=hides)
    return visitor.member_id
