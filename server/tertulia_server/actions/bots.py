"""Bots and tokens of members: each gives out those of their own account and of their own bots."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import DAY_MS, check_label, write_api_token
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Scope, Visitor
from tertulia_server.forum.names import check_name
from tertulia_server.forum.rights import check_may_give_tokens
from tertulia_server.forum.tokens import API_TOKEN_PREFIX, hash_token, new_token
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.authors import check_standing
from tertulia_server.store.bots import delete_token_by_id, insert_bot, is_own
from tertulia_server.store.port import Connection
from tertulia_server.store.rights_log import member_rights, rights_changed
from tertulia_wire.codes import Code

MAX_TOKEN_DAYS = 3650


async def create_bot(actions: Actions, visitor: Visitor, name: str) -> int:
    """Make a bot that belongs to the visitor; its id.

    `Refusal`: as `check_may_give_tokens`, ``INVALID`` for the name, ``NAME_TAKEN``, ``FORBIDDEN`` for too many.
    """
    owner_id = check_may_give_tokens(visitor)
    name = check_name(name)
    return await actions.store.write(_create_bot, name, owner_id, actions.now_ms())


async def create_token(
    actions: Actions, visitor: Visitor, member_id: int, label: str, scopes: Scope, *, days: int | None
) -> str:
    """Return a new token of the visitor's account, or of one of the visitor's bots: it is told this once.

    `Refusal`: as `check_may_give_tokens`, ``NOT_FOUND`` for an account of somebody else's, ``TITLE_INVALID`` or
    ``INVALID`` for the label and the days, ``FORBIDDEN`` for too many tokens.
    """
    owner_id = check_may_give_tokens(visitor)
    label = check_label(label)
    if days is not None and not 1 <= days <= MAX_TOKEN_DAYS:
        raise Refusal(
            Code.INVALID, Sentence("A token holds for 1 to %(most)s days, or until it is revoked.", most=MAX_TOKEN_DAYS)
        )
    token, now_ms = new_token(API_TOKEN_PREFIX), actions.now_ms()
    expires_ms = None if days is None else now_ms + days * DAY_MS
    row = (hash_token(token), member_id, label, now_ms, expires_ms, scopes)
    await actions.store.write(_create_token, owner_id, *row)
    return token


async def revoke_token(actions: Actions, visitor: Visitor, token_id: str) -> None:
    """Revoke a token of the visitor's, or of one of the visitor's bots; ``NOT_FOUND`` if there is none. Also banned
    members may."""
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    actions.tell(await actions.store.write(_revoke, visitor.member_id, token_id))


def _create_bot(conn: Connection, name: str, owner_id: int, now_ms: int) -> int:
    check_standing(conn, owner_id)
    return insert_bot(conn, name, owner_id, now_ms)


def _create_token(
    conn: Connection,
    owner_id: int,
    token_hash: str,
    member_id: int,
    label: str,
    now_ms: int,
    expires_ms: int | None,
    scopes: Scope,
) -> None:
    check_standing(conn, owner_id)
    if not is_own(conn, owner_id, member_id):
        raise Refusal(Code.NOT_FOUND, "There is no such account of yours.")
    write_api_token(conn, token_hash, member_id, label, now_ms, expires_ms, scopes)


def _revoke(conn: Connection, owner_id: int, token_id: str) -> Announcement:
    member_id = delete_token_by_id(conn, owner_id, token_id)
    if member_id is None:
        raise Refusal(Code.NOT_FOUND, "There is no such token of yours.")
    return rights_changed(conn, member_rights(member_id))
