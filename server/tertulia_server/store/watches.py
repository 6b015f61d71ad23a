"""Watches: who wants to hear of the replies of a thread, and what members want to be told of at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.forum.notifications import ALL_WANTED, NotificationChoices
from tertulia_server.store.schema import notification_choices as choices
from tertulia_server.store.schema import watches

_CHOICE_NAMES: Final = ("mention", "quote", "reply", "watch_on_reply")

_WATCH: Final = insert(watches).on_conflict_do_nothing()
_SET: Final = insert(watches)
_SET_WATCH: Final = _SET.on_conflict_do_update(
    index_elements=[watches.c.thread_id, watches.c.member_id], set_={"is_watching": _SET.excluded.is_watching}
)
_IS_WATCHING: Final = select(watches.c.is_watching).where(
    watches.c.thread_id == bindparam("watched"), watches.c.member_id == bindparam("watcher")
)
_WATCHERS: Final = (
    select(watches.c.member_id)
    .where(
        watches.c.thread_id == bindparam("watched"),
        watches.c.member_id > bindparam("after"),
        watches.c.is_watching.is_(True),
    )
    .order_by(watches.c.member_id)
    .limit(bindparam("limit"))
)
_CHOICES: Final = select(choices).where(choices.c.member_id.in_(bindparam("ids", expanding=True)))
_CHOOSE: Final = insert(choices)
_SET_CHOICES: Final = _CHOOSE.on_conflict_do_update(
    index_elements=[choices.c.member_id], set_={name: _CHOOSE.excluded[name] for name in _CHOICE_NAMES}
)


def watch_unless_refused(conn: Connection, thread_id: int, member_id: int) -> None:
    """Watch the thread, unless the member has said once that they do not want to."""
    conn.execute(_WATCH, {"thread_id": thread_id, "member_id": member_id, "is_watching": True})


def set_watching(conn: Connection, thread_id: int, member_id: int, *, is_watching: bool) -> None:
    """What the member says about the thread, whatever was before."""
    conn.execute(_SET_WATCH, {"thread_id": thread_id, "member_id": member_id, "is_watching": is_watching})


def is_watching(conn: Connection, thread_id: int, member_id: int) -> bool:
    """Whether the member hears of replies."""
    found = conn.execute(_IS_WATCHING, {"watched": thread_id, "watcher": member_id}).scalar_one_or_none()
    return bool(found)


def read_watchers(conn: Connection, thread_id: int, *, after: int, limit: int) -> list[int]:
    """The next members who watch the thread, by id."""
    rows = conn.execute(_WATCHERS, {"watched": thread_id, "after": after, "limit": limit})
    return [member_id for (member_id,) in rows]


def read_choices(conn: Connection, member_ids: Iterable[int]) -> dict[int, NotificationChoices]:
    """What these members chose; those who chose nothing want everything."""
    wanted = sorted(set(member_ids))
    found = dict.fromkeys(wanted, ALL_WANTED)
    for row in conn.execute(_CHOICES, {"ids": wanted}) if wanted else ():
        found[row.member_id] = NotificationChoices(**{name: getattr(row, name) for name in _CHOICE_NAMES})
    return found


def set_choices(conn: Connection, member_id: int, chosen: NotificationChoices) -> None:
    """What the member wants from now on."""
    conn.execute(_SET_CHOICES, {"member_id": member_id, **{name: getattr(chosen, name) for name in _CHOICE_NAMES}})
