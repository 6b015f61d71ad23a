"""Drafts: what a member is writing, for all of their devices.

Two devices may write at one place. Each says which version of the draft its text grew out of. If another one is there
now, the text that was written in last takes the place and the other is given to whoever asked: nothing disappears
without having been shown to somebody.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.forum.drafts import DRAFT_MS, MAX_DRAFTS, Place, PlaceKind, wins
from tertulia_server.store.moved_lines import find_end
from tertulia_server.store.schema import drafts

_OWN: Final = (drafts.c.member_id == bindparam("owner_id")) & (drafts.c.place == bindparam("at"))
_ONE: Final = select(drafts).where(_OWN)
_LOCKED: Final = _ONE.with_for_update()
_ALL: Final = (
    select(
        drafts.c.place,
        drafts.c.title,
        func.substr(drafts.c.text, 1, bindparam("chars")).label("text"),
        drafts.c.version,
        drafts.c.changed_ms,
    )
    .where(drafts.c.member_id == bindparam("owner_id"), drafts.c.saved_ms >= bindparam("oldest_ms"))
    .order_by(drafts.c.saved_ms.desc(), drafts.c.place)
    .limit(MAX_DRAFTS)
)
# PostgreSQL's construct compiles for SQLite as well, so that there is one statement for all engines.
_INSERT: Final = insert(drafts)
_PUT: Final = _INSERT.on_conflict_do_update(
    index_elements=[drafts.c.member_id, drafts.c.place],
    set_={name: _INSERT.excluded[name] for name in ("title", "text", "version", "changed_ms", "saved_ms")},
)
_DELETE: Final = delete(drafts).where(_OWN, drafts.c.version <= bindparam("up_to"))
_EXPIRED: Final = (
    select(drafts.c.member_id, drafts.c.place).where(drafts.c.saved_ms < bindparam("oldest_ms")).limit(MAX_DRAFTS)
)
_BEYOND: Final = (
    select(drafts.c.member_id, drafts.c.place)
    .where(drafts.c.member_id == bindparam("owner_id"))
    .order_by(drafts.c.saved_ms.desc(), drafts.c.place)
    .offset(MAX_DRAFTS)
    .limit(MAX_DRAFTS)
)

EXCERPT_CHARS: Final = 200


class StoredDraft(NamedTuple):
    """A draft; ``changed_ms`` is when somebody last wrote in it."""

    place: str
    title: str
    text: str
    version: int
    changed_ms: int


class NewDraft(NamedTuple):
    """A text that comes in, and the version of the draft that it grew out of (0: out of none)."""

    place: Place
    title: str
    text: str
    base: int
    changed_ms: int


class Saved(NamedTuple):
    """``draft`` is what is kept now. ``other`` is a draft of the same place that had to give way, if there is one:
    the one that was kept, or the one that came (``is_taken`` is False then)."""

    draft: StoredDraft
    other: StoredDraft | None
    is_taken: bool


def read_draft(conn: Connection, member_id: int, place: Place, *, now_ms: int) -> StoredDraft | None:
    """The member's draft for this place, unless it has expired."""
    row = conn.execute(_ONE, {"owner_id": member_id, "at": _at(conn, place)}).one_or_none()
    return None if row is None or row.saved_ms < now_ms - DRAFT_MS else _draft(row)


def read_drafts(conn: Connection, member_id: int, *, now_ms: int) -> list[StoredDraft]:
    """All drafts of a member, the last saved first, with the beginning of their texts."""
    values = {"owner_id": member_id, "oldest_ms": now_ms - DRAFT_MS, "chars": EXCERPT_CHARS}
    return [StoredDraft(*row) for row in conn.execute(_ALL, values)]


def save_draft(conn: Connection, member_id: int, new: NewDraft, *, now_ms: int) -> Saved:
    """Keep a text, or the one that is there if that was written in later and this one did not grow out of it.

    What has expired goes with it, and what a member has beyond `MAX_DRAFTS`.
    """
    at = _at(conn, new.place)
    row = conn.execute(_LOCKED, {"owner_id": member_id, "at": at}).one_or_none()
    kept = None if row is None else _draft(row)
    changed_ms = min(new.changed_ms, now_ms)
    came = StoredDraft(at, new.title, new.text, _next_version(kept, now_ms), changed_ms)
    is_other = kept is not None and kept.version != new.base and (kept.title, kept.text) != (new.title, new.text)
    if kept is not None and is_other and not wins(came.changed_ms, kept.changed_ms):
        return Saved(kept, came, is_taken=False)
    _put(conn, member_id, came, now_ms)
    return Saved(came, kept if is_other else None, is_taken=True)


def discard_draft(conn: Connection, member_id: int, place: Place, *, version: int) -> bool:
    """Drop the draft, unless it is newer than ``version``: that has been written on another device since."""
    values = {"owner_id": member_id, "at": _at(conn, place), "up_to": version}
    return conn.execute(_DELETE, values).rowcount > 0


def _at(conn: Connection, place: Place) -> str:
    """What is written in a thread that was merged meanwhile belongs to the other one."""
    return str(place if place.kind is not PlaceKind.THREAD else place._replace(id=find_end(conn, place.id)))


def _put(conn: Connection, member_id: int, draft: StoredDraft, now_ms: int) -> None:
    conn.execute(_PUT, {"member_id": member_id, **draft._asdict(), "saved_ms": now_ms})
    gone = [
        *conn.execute(_EXPIRED, {"oldest_ms": now_ms - DRAFT_MS}).all(),
        *conn.execute(_BEYOND, {"owner_id": member_id}).all(),
    ]
    if gone:
        values = [{"owner_id": row.member_id, "at": row.place, "up_to": _FAR} for row in gone]
        conn.execute(_DELETE, values)


def _next_version(kept: StoredDraft | None, now_ms: int) -> int:
    """From the clock, so that a draft which is begun again after another was dropped is not taken for that one."""
    return now_ms if kept is None else max(now_ms, kept.version + 1)


def _draft(row: Row[tuple[object, ...]]) -> StoredDraft:
    return StoredDraft(row.place, row.title, row.text, row.version, row.changed_ms)


_FAR: Final = 2**62
