"""Bots that belong to members, and the tokens of both as their owners see them: never the secret."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, or_, select

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.cards import Member
from tertulia_server.forum.tokens import SECRET_ID_CHARS
from tertulia_server.store.members import get_member, insert_member, member_columns, member_of
from tertulia_server.store.schema import api_tokens, bots, members
from tertulia_wire.codes import Code

MAX_BOTS_PER_OWNER: Final = 10
MAX_TOKENS_PER_MEMBER: Final = 50

_token_id: Final = func.substr(api_tokens.c.token_hash, 1, SECRET_ID_CHARS)


class Token(NamedTuple):
    """A token without its secret. ``id`` names it among those of its member; ``scopes`` are words, spaces between."""

    id: str
    member_id: int
    name: str
    label: str
    scopes: str
    created_ms: int
    expires_ms: int | None


def insert_bot(conn: Connection, name: str, owner_id: int, joined_ms: int) -> int:
    """Add a bot of this owner; its id. `Refusal`: ``NAME_TAKEN``, ``FORBIDDEN`` beyond `MAX_BOTS_PER_OWNER`."""
    count = conn.execute(select(func.count()).select_from(bots).where(bots.c.owner_id == owner_id)).scalar_one()
    if count >= MAX_BOTS_PER_OWNER:
        raise Refusal(Code.FORBIDDEN, Sentence("One member has at most %(most)s bots.", most=MAX_BOTS_PER_OWNER))
    bot_id = insert_member(conn, name, joined_ms=joined_ms, is_bot=True)
    conn.execute(insert(bots).values(member_id=bot_id, owner_id=owner_id))
    return bot_id


def read_bots(conn: Connection, owner_id: int) -> list[Member]:
    """The bots of this owner, by name."""
    statement = select(*member_columns).join_from(members, bots, bots.c.member_id == members.c.id)
    return [member_of(row) for row in conn.execute(statement.where(bots.c.owner_id == owner_id).order_by(members.c.id))]


def find_owner(conn: Connection, bot_id: int) -> Member | None:
    """Whose bot this is; None for all others."""
    owner_id = conn.execute(select(bots.c.owner_id).where(bots.c.member_id == bot_id)).scalar_one_or_none()
    return None if owner_id is None else get_member(conn, owner_id)


def is_own(conn: Connection, owner_id: int, member_id: int) -> bool:
    """Whether this member may give out tokens of that one: oneself, or a bot of one's own."""
    if owner_id == member_id:
        return True
    mine = select(bots.c.member_id).where(bots.c.member_id == member_id, bots.c.owner_id == owner_id)
    return conn.execute(mine).first() is not None


def read_tokens(conn: Connection, owner_id: int) -> list[Token]:
    """The tokens of a member and of the member's bots, newest first; those that have ended too."""
    statement = (
        select(
            _token_id,
            members.c.id,
            members.c.name,
            api_tokens.c.label,
            api_tokens.c.scopes,
            api_tokens.c.created_ms,
            api_tokens.c.expires_ms,
        )
        .select_from(
            api_tokens.join(members, members.c.id == api_tokens.c.member_id).outerjoin(
                bots, bots.c.member_id == members.c.id
            )
        )
        .where(or_(members.c.id == owner_id, bots.c.owner_id == owner_id))
        .order_by(api_tokens.c.created_ms.desc(), api_tokens.c.token_hash)
    )
    return [Token(*row) for row in conn.execute(statement)]


def check_room_for_token(conn: Connection, member_id: int, now_ms: int) -> None:
    """Forget the member's tokens that have ended; ``FORBIDDEN`` if there are too many left."""
    mine = api_tokens.c.member_id == member_id
    conn.execute(delete(api_tokens).where(mine, api_tokens.c.expires_ms <= now_ms))
    count = conn.execute(select(func.count()).select_from(api_tokens).where(mine)).scalar_one()
    if count >= MAX_TOKENS_PER_MEMBER:
        raise Refusal(
            Code.FORBIDDEN,
            Sentence("One account has at most %(most)s tokens: revoke some.", most=MAX_TOKENS_PER_MEMBER),
        )


def delete_token_by_id(conn: Connection, owner_id: int, token_id: str) -> int | None:
    """Revoke a token of a member or of the member's bots; whose it was, or None if there is no such token."""
    whose = [owner_id, *(bot.id for bot in read_bots(conn, owner_id))]
    found = api_tokens.c.member_id.in_(whose) & (_token_id == token_id)
    member_id: int | None = conn.execute(select(api_tokens.c.member_id).where(found)).scalar_one_or_none()
    conn.execute(delete(api_tokens).where(found))
    return member_id
