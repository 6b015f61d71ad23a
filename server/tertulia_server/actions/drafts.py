"""Keeping what somebody is writing, so that another device has it too."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.characters import clean
from tertulia_server.forum.drafts import MAX_DRAFT_CHARS, MAX_DRAFT_TITLE_CHARS, Place
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store import drafts
from tertulia_server.store.drafts import NewDraft, Saved
from tertulia_wire.codes import Code


async def save_draft(
    actions: Actions, visitor: Visitor, place: Place, title: str, text: str, *, base: int = 0, age_ms: int = 0
) -> Saved | None:
    """Keep a text that grew out of version ``base`` of the draft, and was last written in ``age_ms`` ago.

    An age and not a time: the clocks of two devices may differ. None for a text of nothing, which drops the draft.
    `Refusal`: as `check_may_write`, and ``POST_TOO_LONG`` beyond twice the length of a post.
    """
    member_id = _writer(visitor)
    if len(text) > MAX_DRAFT_CHARS or len(title) > MAX_DRAFT_TITLE_CHARS:
        raise Refusal(Code.POST_TOO_LONG, Sentence("A draft has at most %(most)s characters.", most=MAX_DRAFT_CHARS))
    title, text = clean(title), clean(text)
    now_ms = actions.now_ms()
    if not title.strip() and not text.strip():
        await actions.store.write(drafts.discard_draft, member_id, place, version=base)
        return None
    came = NewDraft(place, title, text, base, now_ms - max(0, age_ms))
    return await actions.store.write(drafts.save_draft, member_id, came, now_ms=now_ms)


async def discard_draft(actions: Actions, visitor: Visitor, place: Place, *, version: int) -> bool:
    """Drop the draft unless there is a newer version of it; whether it was dropped. `Refusal` as `save_draft`."""
    return await actions.store.write(drafts.discard_draft, _writer(visitor), place, version=version)


def _writer(visitor: Visitor) -> int:
    check_may_write(visitor)
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    return visitor.member_id
