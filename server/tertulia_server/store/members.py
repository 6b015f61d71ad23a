"""Members: finding, adding and changing accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from tertulia_server.errors import Refusal
from tertulia_server.forum.cards import Member, card_of, visitor_of
from tertulia_server.forum.models import Role
from tertulia_server.forum.names import name_key
from tertulia_server.store.schema import members
from tertulia_wire.codes import Code
from tertulia_wire.data import CardData

__all__ = [
    "Member",
    "card_of",
    "find_member_by_name",
    "get_member",
    "get_password_hash",
    "insert_member",
    "member_columns",
    "member_of",
    "member_of_values",
    "read_cards",
    "read_members",
    "set_hides_presence",
    "set_password_hash",
    "set_rank",
    "visitor_of",
]

_IDS_PER_QUERY: Final = 500

member_columns: Final = (
    members.c.id,
    members.c.version,
    members.c.name,
    members.c.role,
    members.c.rank,
    members.c.is_bot,
    members.c.is_imported,
    members.c.is_banned,
    members.c.joined_ms,
    members.c.joined_day,
    members.c.base_positive,
    members.c.base_messages,
    members.c.base_negative,
    members.c.positive,
    members.c.messages,
    members.c.negative,
    members.c.ban_reason,
    members.c.banned_until_ms,
    members.c.hides_presence,
)
"""What `member_of` needs, in its order: that of the fields of `Member`."""

_BY_ID: Final = select(*member_columns).where(members.c.id == bindparam("member"))
_BY_NAME: Final = select(*member_columns).where(members.c.name_key == bindparam("key_of_name"))
_BY_IDS: Final = select(*member_columns).where(members.c.id.in_(bindparam("ids", expanding=True)))


def member_of(row: Row[*tuple[Any, ...]]) -> Member:
    """Build a member of a row of `member_columns`."""
    return member_of_values(row)


def member_of_values(values: Sequence[Any]) -> Member:
    """The same of the values in the order of `member_columns`."""
    member_id, version, name, role, *rest = values
    return Member(member_id, version, name, Role(role), *rest)


def get_member(conn: Connection, member_id: int) -> Member | None:
    """The member with this id, if there is one."""
    row = conn.execute(_BY_ID, {"member": member_id}).one_or_none()
    return None if row is None else member_of(row)


def find_member_by_name(conn: Connection, name: str) -> Member | None:
    """The member whose name this is, or looks like."""
    row = conn.execute(_BY_NAME, {"key_of_name": name_key(name)}).one_or_none()
    return None if row is None else member_of(row)


def read_members(conn: Connection, member_ids: Iterable[int]) -> dict[int, Member]:
    """The members with these ids, by id; ids that nobody has are left out."""
    wanted = sorted(set(member_ids))
    found: dict[int, Member] = {}
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        some = wanted[start : start + _IDS_PER_QUERY]
        rows = conn.execute(_BY_IDS, {"ids": some})
        found.update((row.id, member_of(row)) for row in rows)
    return found


def read_cards(conn: Connection, member_ids: Iterable[int]) -> dict[int, CardData]:
    """The cards of these members, by id."""
    return {member_id: card_of(member) for member_id, member in read_members(conn, member_ids).items()}


def insert_member(
    conn: Connection,
    name: str,
    *,
    joined_ms: int | None,
    role: Role = Role.MEMBER,
    is_bot: bool = False,
    password_hash: str | None = None,
) -> int:
    """Add an account and return its id. Raises `Refusal` with ``NAME_TAKEN`` if the name is one that is there."""
    if find_member_by_name(conn, name) is not None:
        raise Refusal(Code.NAME_TAKEN)
    values = {
        "name": name,
        "name_key": name_key(name),
        "role": role.value,
        "is_bot": is_bot,
        "password_hash": password_hash,
        "joined_ms": joined_ms,
    }
    try:
        member_id: int = conn.execute(insert(members).values(values).returning(members.c.id)).scalar_one()
    except IntegrityError as error:  # another transaction took the name since we looked
        raise Refusal(Code.NAME_TAKEN) from error
    return member_id


def get_password_hash(conn: Connection, member_id: int) -> str | None:
    """The hash, or None for members who cannot sign in."""
    return conn.execute(select(members.c.password_hash).where(members.c.id == member_id)).scalar_one_or_none()


def set_password_hash(conn: Connection, member_id: int, password_hash: str | None) -> bool:
    """Change the hash; False if there is no such member, or an import made it: those never sign in."""
    changed = conn.execute(
        update(members)
        .where(members.c.id == member_id, members.c.is_imported.is_(False))
        .values(password_hash=password_hash)
    )
    return changed.rowcount == 1


def set_rank(conn: Connection, member_id: int, rank: str | None) -> int:
    """Set a member's rank, None for that of the ladder; the card's new version, 0 if it was so already.

    `Refusal` with ``NOT_FOUND`` for nobody.
    """
    changed = (
        update(members)
        .where(members.c.id == member_id, members.c.rank.is_distinct_from(rank))
        .values(rank=rank, version=members.c.version + 1)
        .returning(members.c.version)
    )
    version: int | None = conn.execute(changed).scalar_one_or_none()
    if version is None and get_member(conn, member_id) is None:
        raise Refusal(Code.NOT_FOUND, "There is no such member.")
    return version or 0


def set_hides_presence(conn: Connection, member_id: int, *, hides: bool) -> None:
    """Whether the member is named among the readers of threads; ``NOT_FOUND`` for nobody."""
    changed = conn.execute(update(members).where(members.c.id == member_id).values(hides_presence=hides))
    if changed.rowcount == 0:
        raise Refusal(Code.NOT_FOUND, "There is no such member.")
