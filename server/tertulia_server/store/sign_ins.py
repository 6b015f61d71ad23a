"""Sign-ins of people and tokens of programs. Rows hold the hash of a secret, never the secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from tertulia_server.forum.models import ALL_SCOPES, Scope, Visitor
from tertulia_server.forum.tokens import SECRET_ID_CHARS, read_scopes, scope_words
from tertulia_server.store.members import member_columns, member_of_values
from tertulia_server.store.moderators import read_visitors
from tertulia_server.store.schema import api_tokens, bots, members, sign_ins

MAX_SIGN_INS_PER_MEMBER: Final = 50
"""Browsers that one member can be signed in with; a further one ends the oldest."""


class Standing(NamedTuple):
    """Who proved to be somebody, with the rights of now, and when the proof ends (None: only when it is revoked)."""

    visitor: Visitor
    expires_ms: int | None

    def holds(self, now_ms: int) -> bool:
        return self.expires_ms is None or self.expires_ms > now_ms


class SignIn(NamedTuple):
    """One browser of a member. ``id`` names it among that member's, and is no secret."""

    id: str
    created_ms: int
    expires_ms: int
    browser: str


_owner = members.alias("owner")
_sign_in_id: Final = func.substr(sign_ins.c.token_hash, 1, SECRET_ID_CHARS)

_BY_SIGN_IN: Final = (
    select(sign_ins.c.token_hash, sign_ins.c.expires_ms, *member_columns)
    .join_from(sign_ins, members, sign_ins.c.member_id == members.c.id)
    .where(sign_ins.c.token_hash.in_(bindparam("hashes", expanding=True)))
)
_BY_TOKEN: Final = (
    select(
        api_tokens.c.token_hash,
        api_tokens.c.expires_ms,
        api_tokens.c.scopes,
        func.coalesce(_owner.c.is_banned, False),
        *member_columns,
    )
    .select_from(
        api_tokens.join(members, api_tokens.c.member_id == members.c.id)
        .outerjoin(bots, bots.c.member_id == members.c.id)
        .outerjoin(_owner, _owner.c.id == bots.c.owner_id)
    )
    .where(api_tokens.c.token_hash.in_(bindparam("hashes", expanding=True)))
)


def insert_sign_in(
    conn: Connection, token_hash: str, member_id: int, *, created_ms: int, expires_ms: int, browser: str = ""
) -> None:
    """Keep a sign-in; the member's expired ones, and the oldest beyond the limit, end here."""
    mine = sign_ins.c.member_id == member_id
    conn.execute(delete(sign_ins).where(mine, sign_ins.c.expires_ms <= created_ms))
    newest_first = select(sign_ins.c.token_hash).where(mine).order_by(sign_ins.c.created_ms.desc())
    kept = conn.execute(newest_first.limit(MAX_SIGN_INS_PER_MEMBER - 1)).scalars().all()
    conn.execute(delete(sign_ins).where(mine, sign_ins.c.token_hash.not_in(kept)))
    conn.execute(
        insert(sign_ins).values(
            token_hash=token_hash, member_id=member_id, created_ms=created_ms, expires_ms=expires_ms, browser=browser
        )
    )


def find_visitors_by_sign_in(conn: Connection, token_hashes: Sequence[str]) -> dict[str, Standing]:
    """Who signed in with each of these tokens, in one query; what is not kept is left out."""
    rows = conn.execute(_BY_SIGN_IN, {"hashes": sorted(set(token_hashes))})
    found = [(token_hash, expires_ms, member_of_values(values)) for token_hash, expires_ms, *values in rows]
    visitors = read_visitors(conn, [member for _, _, member in found])
    return {token_hash: Standing(visitors[member.id], expires_ms) for token_hash, expires_ms, member in found}


def find_visitor_by_sign_in(conn: Connection, token_hash: str, now_ms: int) -> Visitor | None:
    """Who signed in with this token, if that has not ended; rights as they are now."""
    return _visitor_of(find_visitors_by_sign_in(conn, [token_hash]).get(token_hash), now_ms)


def delete_sign_in(conn: Connection, token_hash: str) -> int | None:
    """End one sign-in: whose it was, or None if it had ended already."""
    ended = delete(sign_ins).where(sign_ins.c.token_hash == token_hash).returning(sign_ins.c.member_id)
    member_id: int | None = conn.execute(ended).scalar_one_or_none()
    return member_id


def delete_sign_ins(conn: Connection, member_id: int) -> None:
    """End all sign-ins of a member."""
    conn.execute(delete(sign_ins).where(sign_ins.c.member_id == member_id))


def read_sign_ins(conn: Connection, member_id: int, now_ms: int) -> list[SignIn]:
    """The sign-ins of a member that have not ended, newest first; at most `MAX_SIGN_INS_PER_MEMBER`."""
    rows = conn.execute(
        select(_sign_in_id, sign_ins.c.created_ms, sign_ins.c.expires_ms, sign_ins.c.browser)
        .where(sign_ins.c.member_id == member_id, sign_ins.c.expires_ms > now_ms)
        .order_by(sign_ins.c.created_ms.desc(), sign_ins.c.token_hash)
    )
    return [SignIn(*row) for row in rows]


def delete_sign_in_by_id(conn: Connection, member_id: int, sign_in_id: str) -> bool:
    """End one of a member's sign-ins; False if there is none with this id."""
    return (
        conn.execute(delete(sign_ins).where(sign_ins.c.member_id == member_id, _sign_in_id == sign_in_id)).rowcount > 0
    )


def insert_api_token(
    conn: Connection,
    token_hash: str,
    member_id: int,
    label: str,
    *,
    created_ms: int,
    expires_ms: int | None = None,
    scopes: Scope = ALL_SCOPES,
) -> None:
    """Keep a program's token; without ``expires_ms`` it holds until it is revoked."""
    conn.execute(
        insert(api_tokens).values(
            token_hash=token_hash,
            member_id=member_id,
            label=label,
            created_ms=created_ms,
            expires_ms=expires_ms,
            scopes=" ".join(scope_words(scopes)),
        )
    )


def find_visitors_by_token(conn: Connection, token_hashes: Sequence[str]) -> dict[str, Standing]:
    """Whose programs' tokens these are, in one query; what is not kept, or was revoked, is left out.

    A bot is banned with its owner.
    """
    rows = conn.execute(_BY_TOKEN, {"hashes": sorted(set(token_hashes))})
    found = [(*proof, member_of_values(values)) for *proof, values in ((*row[:4], row[4:]) for row in rows)]
    visitors = read_visitors(conn, [member for *_, member in found])
    standings = {}
    for token_hash, expires_ms, scopes, is_owner_banned, member in found:
        visitor = visitors[member.id].within(_scopes_of(scopes))
        if is_owner_banned and not visitor.is_banned:
            visitor = replace(visitor, is_banned=True)
        standings[token_hash] = Standing(visitor, expires_ms)
    return standings


@lru_cache(maxsize=64)
def _scopes_of(words: str) -> Scope:
    return read_scopes(words.split())


def find_visitor_by_token(conn: Connection, token_hash: str, now_ms: int) -> Visitor | None:
    """Whose token this is, if it still holds; rights as they are now."""
    return _visitor_of(find_visitors_by_token(conn, [token_hash]).get(token_hash), now_ms)


def delete_api_token(conn: Connection, token_hash: str) -> None:
    """Revoke one token."""
    conn.execute(delete(api_tokens).where(api_tokens.c.token_hash == token_hash))


def _visitor_of(standing: Standing | None, now_ms: int) -> Visitor | None:
    return standing.visitor if standing is not None and standing.holds(now_ms) else None
