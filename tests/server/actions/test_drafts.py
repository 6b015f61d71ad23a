from __future__ import annotations

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.drafts import discard_draft, save_draft
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.errors import Refusal
from tertulia_server.forum.drafts import MAX_DRAFT_CHARS, Place, PlaceKind
from tertulia_server.forum.models import GUEST
from tertulia_server.store.drafts import StoredDraft, read_draft
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town

PLACE = Place(PlaceKind.THREAD, 17)


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


async def kept(actions: Actions, town: Town, place: Place) -> StoredDraft | None:
    return await actions.store.read(read_draft, town.ada.member_id or 0, place, now_ms=NOW_MS)


async def test_draft_is_kept_with_the_time_it_was_written_in(actions: Actions, town: Town) -> None:
    saved = await save_draft(actions, town.ada, PLACE, "", "I\x00 think", age_ms=5_000)
    assert saved is not None
    assert (saved.draft.text, saved.draft.changed_ms) == ("I think", NOW_MS - 5_000)
    assert await kept(actions, town, PLACE) == saved.draft


async def test_draft_of_nothing_is_dropped(actions: Actions, town: Town) -> None:
    saved = await save_draft(actions, town.ada, PLACE, "", "I think")
    assert saved is not None
    assert await save_draft(actions, town.ada, PLACE, " ", "\n", base=saved.draft.version) is None
    assert await kept(actions, town, PLACE) is None


async def test_draft_is_for_members_in_good_standing_and_has_a_limit(actions: Actions, town: Town) -> None:
    with refuses(Code.UNAUTHENTICATED):
        await save_draft(actions, GUEST, PLACE, "", "x")
    with refuses(Code.BANNED):
        await discard_draft(actions, town.rob, PLACE, version=1)
    with refuses(Code.POST_TOO_LONG):
        await save_draft(actions, town.ada, PLACE, "", "x" * (MAX_DRAFT_CHARS + 1))


async def test_draft_goes_with_its_post_in_one_transaction(actions: Actions, town: Town, thread_id: int) -> None:
    for place, post in [
        (
            Place(PlaceKind.THREAD, thread_id),
            lambda key, version: create_post(actions, town.ada, thread_id, "Now.", key=key, kept_version=version),
        ),
        (
            Place(PlaceKind.FORUM, town.forum_id),
            lambda key, version: create_thread(
                actions, town.ada, town.forum_id, "Now", "Now.", key=key, kept_version=version
            ),
        ),
    ]:
        saved = await save_draft(actions, town.ada, place, "", "I think")
        assert saved is not None
        version = saved.draft.version
        await post(f"older-{place}", version - 1)
        assert await kept(actions, town, place) == saved.draft, "written on since, on another device"
        await post(f"newer-{place}", version)
        assert await kept(actions, town, place) is None
