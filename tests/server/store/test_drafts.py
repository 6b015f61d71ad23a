from __future__ import annotations

from sqlalchemy import Connection, func, select

from tertulia_server.forum.drafts import DRAFT_MS, MAX_DRAFTS, Place, PlaceKind
from tertulia_server.store.drafts import (
    EXCERPT_CHARS,
    NewDraft,
    Saved,
    StoredDraft,
    discard_draft,
    read_draft,
    read_drafts,
    save_draft,
)
from tertulia_server.store.schema import drafts
from tests.server.town import NOW_MS, Town

PLACE = Place(PlaceKind.THREAD, 17)


def save(
    conn: Connection,
    town: Town,
    text: str,
    *,
    base: int = 0,
    changed_ms: int = NOW_MS,
    now_ms: int = NOW_MS,
    place: Place = PLACE,
) -> Saved:
    return save_draft(conn, town.ada.member_id or 0, NewDraft(place, "", text, base, changed_ms), now_ms=now_ms)


def read(conn: Connection, town: Town, *, now_ms: int = NOW_MS) -> StoredDraft | None:
    return read_draft(conn, town.ada.member_id or 0, PLACE, now_ms=now_ms)


def test_draft_is_kept_for_its_member_and_place(conn: Connection, town: Town) -> None:
    saved = save(conn, town, "I think")
    assert saved == Saved(StoredDraft("thread:17", "", "I think", NOW_MS, NOW_MS), None, is_taken=True)
    assert read(conn, town) == saved.draft
    assert read_draft(conn, town.bob.member_id or 0, PLACE, now_ms=NOW_MS) is None
    assert read_draft(conn, town.ada.member_id or 0, Place(PlaceKind.POST, 17), now_ms=NOW_MS) is None


def test_draft_that_grew_takes_the_place_of_what_it_grew_out_of(conn: Connection, town: Town) -> None:
    first = save(conn, town, "I think").draft
    second = save(conn, town, "I think so", base=first.version)
    assert (second.other, second.draft.version) == (None, first.version + 1)
    assert read(conn, town) == second.draft


def test_of_two_drafts_the_newer_wins_and_the_other_is_given_back(conn: Connection, town: Town) -> None:
    phone = save(conn, town, "from the phone", changed_ms=NOW_MS - 5_000).draft
    desk = save(conn, town, "from the desk", changed_ms=NOW_MS - 1_000)
    assert (desk.draft.text, desk.other, desk.is_taken) == ("from the desk", phone, True)
    train = save(conn, town, "from the train", base=phone.version, changed_ms=NOW_MS - 3_000)
    assert (train.draft, train.is_taken) == (desk.draft, False)
    assert train.other is not None
    assert train.other.text == "from the train"
    assert read(conn, town) == desk.draft


def test_the_same_text_twice_is_no_conflict(conn: Connection, town: Town) -> None:
    save(conn, town, "the same")
    again = save(conn, town, "the same", changed_ms=NOW_MS - 60_000)
    assert (again.other, again.is_taken) == (None, True)


def test_change_from_the_future_counts_as_one_of_now(conn: Connection, town: Town) -> None:
    assert save(conn, town, "hm", changed_ms=NOW_MS + 99).draft.changed_ms == NOW_MS


def test_draft_is_dropped_unless_it_is_newer(conn: Connection, town: Town) -> None:
    first = save(conn, town, "I think").draft
    save(conn, town, "I think so", base=first.version)
    assert not discard_draft(conn, town.ada.member_id or 0, PLACE, version=first.version)
    assert discard_draft(conn, town.ada.member_id or 0, PLACE, version=first.version + 1)
    assert read(conn, town) is None
    later = save(conn, town, "Anew", now_ms=NOW_MS + 5)
    assert later.draft.version == NOW_MS + 5, "no version is used twice"


def test_draft_expires(conn: Connection, town: Town) -> None:
    save(conn, town, "long ago")
    late_ms = NOW_MS + DRAFT_MS + 1
    assert read(conn, town, now_ms=late_ms) is None
    assert read_drafts(conn, town.ada.member_id or 0, now_ms=late_ms) == []
    save_draft(conn, town.bob.member_id or 0, NewDraft(PLACE, "", "x", 0, late_ms), now_ms=late_ms)
    assert conn.execute(select(func.count()).select_from(drafts)).scalar_one() == 1


def test_number_of_drafts_is_bounded(conn: Connection, town: Town) -> None:
    for number in range(1, MAX_DRAFTS + 3):
        save(conn, town, "x" * (EXCERPT_CHARS + 1), now_ms=NOW_MS + number, place=Place(PlaceKind.THREAD, number))
    listed = read_drafts(conn, town.ada.member_id or 0, now_ms=NOW_MS)
    assert [one.place for one in listed] == [f"thread:{n}" for n in range(MAX_DRAFTS + 2, 2, -1)]
    assert {len(one.text) for one in listed} == {EXCERPT_CHARS}
    assert conn.execute(select(func.count()).select_from(drafts)).scalar_one() == MAX_DRAFTS
