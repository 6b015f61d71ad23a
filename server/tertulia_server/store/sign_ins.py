"""Sign-ins of people and tokens of programs. Rows hold the hash of a secret, never the secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from tertulia_server.forum.models import Visitor
from tertulia_server.store.members import member_columns, member_of_values
from tertulia_server.store.moderators import read_visitors
from tertulia_server.store.schema import api_tokens, members, sign_ins

MAX_SIGN_INS_PER_MEMBER: Final = 50
"""Browsers that one member can be signed in with; a further one ends the oldest."""


class Standing(NamedTuple):
    """Who proved to be somebody, with the rights of now, and when the proof ends (None: only when it is revoked)."""

    visitor: Visitor
    expires_ms: int | None

    def holds(self, now_ms: int) -> bool:
        return self.expires_ms is None or self.expires_ms > now_ms


_BY_SIGN_IN: Final = (
    select(sign_ins.c.token_hash, sign_ins.c.expires_ms, *member_columns)
    .join_from(sign_ins, members, sign_ins.c.member_id == members.c.id)
    .where(sign_ins.c.token_hash.in_(bindparam("hashes", expanding=True)))
)
_BY_TOKEN: Final = (
    select(api_tokens.c.token_hash, api_tokens.c.expires_ms, *member_columns)
    .join_from(api_tokens, members, api_tokens.c.member_id == members.c.id)
    .where(api_tokens.c.token_hash.in_(bindparam("hashes", expanding=True)))
)


def insert_sign_in(conn: Connection, token_hash: str, member_id: int, *, created_ms: int, expires_ms: int) -> None:
    """Keep a sign-in; the member's expired ones, and the oldest beyond the limit, end here."""
    mine = sign_ins.c.member_id == member_id
    conn.execute(delete(sign_ins).where(mine, sign_ins.c.expires_ms <= created_ms))
    newest_first = select(sign_ins.c.token_hash).where(mine).order_by(sign_ins.c.created_ms.desc())
    kept = conn.execute(newest_first.limit(MAX_SIGN_INS_PER_MEMBER - 1)).scalars().all()
    conn.execute(delete(sign_ins).where(mine, sign_ins.c.token_hash.not_in(kept)))
    conn.execute(
        insert(sign_ins).values(
            token_hash=token_hash, member_id=member_id, created_ms=created_ms, expires_ms=expires_ms
        )
    )


def find_visitors_by_sign_in(conn: Connection, token_hashes: Sequence[str]) -> dict[str, Standing]:
    """Who signed in with each of these tokens, in one query; what is not kept is left out."""
    return _find_visitors(conn, _BY_SIGN_IN, token_hashes)


def find_visitor_by_sign_in(conn: Connection, token_hash: str, now_ms: int) -> Visitor | None:
    """Who signed in with this token, if that has not ended; rights as they are now."""
    return _visitor_of(find_visitors_by_sign_in(conn, [token_hash]).get(token_hash), now_ms)


def delete_sign_in(conn: Connection, token_hash: str) -> None:
    """End one sign-in; one that is not there has ended already."""
    conn.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))


def delete_sign_ins(conn: Connection, member_id: int) -> None:
    """End all sign-ins of a member."""
    conn.execute(delete(sign_ins).where(sign_ins.c.member_id == member_id))


def insert_api_token(
    conn: Connection,
    token_hash: str,
    member_id: int,
    label: str,
    *,
    created_ms: int,
    expires_ms: int | None = None,
) -> None:
    """Keep a program's token; without ``expires_ms`` it holds until it is revoked."""
    conn.execute(
        insert(api_tokens).values(
            token_hash=token_hash, member_id=member_id, label=label, created_ms=created_ms, expires_ms=expires_ms
        )
    )


def find_visitors_by_token(conn: Connection, token_hashes: Sequence[str]) -> dict[str, Standing]:
    """Whose programs' tokens these are, in one query; what is not kept, or was revoked, is left out."""
    return _find_visitors(conn, _BY_TOKEN, token_hashes)


def find_visitor_by_token(conn: Connection, token_hash: str, now_ms: int) -> Visitor | None:
    """Whose token this is, if it still holds; rights as they are now."""
    return _visitor_of(find_visitors_by_token(conn, [token_hash]).get(token_hash), now_ms)


def delete_api_token(conn: Connection, token_hash: str) -> None:
    """Revoke one token."""
    conn.execute(delete(api_tokens).where(api_tokens.c.token_hash == token_hash))


def _find_visitors(conn: Connection, statement: Select[Any], token_hashes: Sequence[str]) -> dict[str, Standing]:
    rows = conn.execute(statement, {"hashes": sorted(set(token_hashes))})
    found = [(token_hash, expires_ms, member_of_values(values)) for token_hash, expires_ms, *values in rows]
    visitors = read_visitors(conn, [member for _, _, member in found])
    return {token_hash: Standing(visitors[member.id], expires_ms) for token_hash, expires_ms, member in found}


def _visitor_of(standing: Standing | None, now_ms: int) -> Visitor | None:
    return standing.visitor if standing is not None and standing.holds(now_ms) else None
