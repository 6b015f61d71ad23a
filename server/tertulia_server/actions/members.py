"""Accounts as whoever has the database makes them; signing in and out; tokens for programs."""

from __future__ import annotations

from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.actions.passwords import check_password, hash_password, is_password
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import ALL_SCOPES, Role, Scope
from tertulia_server.forum.names import MAX_STORED_NAME_CHARS, check_name
from tertulia_server.forum.titles import check_title
from tertulia_server.forum.tokens import API_TOKEN_PREFIX, hash_token, new_token
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.bots import check_room_for_token
from tertulia_server.store.members import (
    find_member_by_name,
    get_member,
    get_password_hash,
    insert_member,
    set_password_hash,
)
from tertulia_server.store.port import Connection
from tertulia_server.store.rights_log import member_rights, rights_changed
from tertulia_server.store.sign_ins import (
    delete_sign_in,
    delete_sign_ins,
    insert_api_token,
    insert_sign_in,
)
from tertulia_wire.codes import Code

MAX_LABEL_CHARS: Final = 64
DAY_MS: Final = 24 * 60 * 60 * 1000


async def create_member(
    actions: Actions,
    name: str,
    *,
    password: str | None = None,
    role: Role = Role.MEMBER,
    is_bot: bool = False,
) -> int:
    """Make an account and return its id; without a password it can only be used with tokens.

    Raises `Refusal`: ``INVALID`` for a name or password that may not be, ``NAME_TAKEN``.
    """
    name = check_name(name)
    if role is Role.GUEST:
        raise Refusal(Code.INVALID, "An account is no guest.")
    password_hash = None if password is None else await hash_password(check_password(password))
    return await actions.store.write(
        insert_member, name, joined_ms=actions.now_ms(), role=role, is_bot=is_bot, password_hash=password_hash
    )


async def set_password(actions: Actions, member_id: int, password: str) -> None:
    """Change the password and end all sign-ins. ``NOT_FOUND`` for nobody, and for members out of an archive."""
    password_hash = await hash_password(check_password(password))
    actions.tell(await actions.store.write(_set_password, member_id, password_hash))


async def sign_in(actions: Actions, name: str, password: str, *, days: int = 30, browser: str = "") -> str:
    """Return the token of a new sign-in, which ends by itself after ``days``; ``browser`` says which one it is of.

    Raises `Refusal` with ``SIGN_IN_FAILED``, after the same time whether the name is unknown, cannot sign in (bots,
    members out of an archive) or the password is wrong; ``OVERLOADED`` if too many are at the door.
    """
    member_id, password_hash = await actions.store.read(_find_password_hash, name)
    is_right = await is_password(password, password_hash)
    if member_id is None or not is_right:
        raise Refusal(Code.SIGN_IN_FAILED)
    token = new_token()
    now_ms = actions.now_ms()
    await actions.store.write(
        insert_sign_in,
        hash_token(token),
        member_id,
        created_ms=now_ms,
        expires_ms=now_ms + days * DAY_MS,
        browser=browser,
    )
    return token


async def sign_out(actions: Actions, token: str) -> None:
    """End the sign-in of this token, and what its browser's connections may follow; nothing happens if it has ended."""
    actions.tell(await actions.store.write(_sign_out, hash_token(token)))


async def create_api_token(
    actions: Actions, member_id: int, label: str, *, days: int | None = None, scopes: Scope = ALL_SCOPES
) -> str:
    """Return a new token for a program of this member; without ``days`` it holds until it is revoked.

    Raises `Refusal`: ``NOT_FOUND`` for nobody, ``FORBIDDEN`` for members out of an archive and where there are too
    many tokens, ``TITLE_INVALID`` or ``INVALID`` for the label.
    """
    label = check_label(label)
    token = new_token(API_TOKEN_PREFIX)
    now_ms = actions.now_ms()
    expires_ms = None if days is None else now_ms + days * DAY_MS
    await actions.store.write(write_api_token, hash_token(token), member_id, label, now_ms, expires_ms, scopes)
    return token


def check_label(label: str) -> str:
    """What a token is for, in a few words."""
    label = check_title(label)
    if len(label) > MAX_LABEL_CHARS:
        raise Refusal(
            Code.INVALID, Sentence("The label of a token has at most %(most)s characters.", most=MAX_LABEL_CHARS)
        )
    return label


def _find_password_hash(conn: Connection, name: str) -> tuple[int | None, str | None]:
    member = find_member_by_name(conn, name) if len(name) <= MAX_STORED_NAME_CHARS else None
    if member is None or member.is_imported:
        return None, None
    return member.id, get_password_hash(conn, member.id)


def _sign_out(conn: Connection, token_hash: str) -> Announcement | None:
    member_id = delete_sign_in(conn, token_hash)
    return None if member_id is None else rights_changed(conn, member_rights(member_id))


def _set_password(conn: Connection, member_id: int, password_hash: str) -> Announcement:
    if not set_password_hash(conn, member_id, password_hash):
        raise Refusal(Code.NOT_FOUND, "There is no such member.")
    delete_sign_ins(conn, member_id)
    return rights_changed(conn, member_rights(member_id))


def write_api_token(
    conn: Connection, token_hash: str, member_id: int, label: str, now_ms: int, expires_ms: int | None, scopes: Scope
) -> None:
    """Keep a token; `Refusal` as `create_api_token`."""
    member = get_member(conn, member_id)
    if member is None:
        raise Refusal(Code.NOT_FOUND, "There is no such member.")
    if member.is_imported:
        raise Refusal(Code.FORBIDDEN, "Members out of an archive have no tokens.")
    check_room_for_token(conn, member_id, now_ms)
    insert_api_token(conn, token_hash, member_id, label, created_ms=now_ms, expires_ms=expires_ms, scopes=scopes)
