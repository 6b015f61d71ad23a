"""Sign-ins of people and tokens of programs. Rows hold the hash of a secret, never the secret."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from tertulia_server.forum.cards import visitor_of
from tertulia_server.forum.models import Visitor
from tertulia_server.store.members import member_columns, member_of
from tertulia_server.store.schema import api_tokens, members, sign_ins

MAX_SIGN_INS_PER_MEMBER: Final = 50
"""Browsers that one member can be signed in with; a further one ends the oldest."""


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


def find_visitor_by_sign_in(conn: Connection, token_hash: str, now_ms: int) -> Visitor | None:
    """Who signed in with this token, if that has not ended; rights as they are now."""
    return _find_visitor(
        conn,
        sign_ins.c.member_id == members.c.id,
        sign_ins.c.token_hash == token_hash,
        sign_ins.c.expires_ms > now_ms,
    )


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


def find_visitor_by_token(conn: Connection, token_hash: str, now_ms: int) -> Visitor | None:
    """Whose token this is, if it still holds; rights as they are now."""
    return _find_visitor(
        conn,
        api_tokens.c.member_id == members.c.id,
        api_tokens.c.token_hash == token_hash,
        or_(api_tokens.c.expires_ms.is_(None), api_tokens.c.expires_ms > now_ms),
    )


def delete_api_token(conn: Connection, token_hash: str) -> None:
    """Revoke one token."""
    conn.execute(delete(api_tokens).where(api_tokens.c.token_hash == token_hash))


def _find_visitor(conn: Connection, *conditions: ColumnElement[bool]) -> Visitor | None:
    row = conn.execute(select(*member_columns).where(*conditions)).one_or_none()
    return None if row is None else visitor_of(member_of(row))
