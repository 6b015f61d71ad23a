"""What members do with their own accounts: register, change the password, end sign-ins."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import DAY_MS
from tertulia_server.actions.passwords import check_password, hash_password, is_password
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.names import check_name
from tertulia_server.forum.tokens import hash_token, new_token
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.members import get_password_hash, insert_member, set_password_hash
from tertulia_server.store.port import Connection
from tertulia_server.store.rights_log import member_rights, rights_changed
from tertulia_server.store.sign_ins import delete_sign_in_by_id, delete_sign_ins, insert_sign_in
from tertulia_wire.codes import Code


async def register(actions: Actions, name: str, password: str, *, days: int, browser: str = "") -> str:
    """Make an account for whoever asks, and sign in with it: the token of the sign-in.

    `Refusal`: ``INVALID`` for a name or a password that may not be, ``NAME_TAKEN``, ``OVERLOADED``.
    """
    name, password = check_name(name), check_password(password)
    token, now_ms = new_token(), actions.now_ms()
    password_hash = await hash_password(password)
    expires_ms = now_ms + days * DAY_MS
    await actions.store.write(_register, name, password_hash, hash_token(token), now_ms, expires_ms, browser)
    return token


async def change_password(
    actions: Actions, visitor: Visitor, present: str, fresh: str, *, days: int, browser: str = ""
) -> str:
    """Change one's own password. It ends all sign-ins; the token of the one new sign-in is returned.

    `Refusal`: ``SIGN_IN_FAILED`` if ``present`` is not the password, ``INVALID`` for ``fresh``, ``OVERLOADED``.
    """
    member_id = member_of(visitor)
    fresh = check_password(fresh)
    if not await is_password(present, await actions.store.read(get_password_hash, member_id)):
        raise Refusal(Code.SIGN_IN_FAILED, "The present password is not right.")
    token, now_ms = new_token(), actions.now_ms()
    password_hash = await hash_password(fresh)
    expires_ms = now_ms + days * DAY_MS
    ended = await actions.store.write(
        _replace, member_id, password_hash, hash_token(token), now_ms, expires_ms, browser
    )
    actions.tell(ended)
    return token


async def sign_out_everywhere(actions: Actions, visitor: Visitor) -> None:
    """End all sign-ins of one's own. Tokens of programs are revoked one by one."""
    actions.tell(await actions.store.write(_end_all, member_of(visitor)))


async def end_sign_in(actions: Actions, visitor: Visitor, sign_in_id: str) -> None:
    """End one of one's own sign-ins; ``NOT_FOUND`` if there is none with this id."""
    actions.tell(await actions.store.write(_end_one, member_of(visitor), sign_in_id))


def member_of(visitor: Visitor) -> int:
    """Whose account it is; ``UNAUTHENTICATED`` for guests. The banned may put their accounts in order too."""
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    return visitor.member_id


def _register(
    conn: Connection, name: str, password_hash: str, token_hash: str, now_ms: int, expires_ms: int, browser: str
) -> None:
    member_id = insert_member(conn, name, joined_ms=now_ms, password_hash=password_hash)
    insert_sign_in(conn, token_hash, member_id, created_ms=now_ms, expires_ms=expires_ms, browser=browser)


def _replace(
    conn: Connection, member_id: int, password_hash: str, token_hash: str, now_ms: int, expires_ms: int, browser: str
) -> Announcement:
    if not set_password_hash(conn, member_id, password_hash):
        raise Refusal(Code.NOT_FOUND, "There is no such member.")
    delete_sign_ins(conn, member_id)
    insert_sign_in(conn, token_hash, member_id, created_ms=now_ms, expires_ms=expires_ms, browser=browser)
    return rights_changed(conn, member_rights(member_id))


def _end_all(conn: Connection, member_id: int) -> Announcement:
    delete_sign_ins(conn, member_id)
    return rights_changed(conn, member_rights(member_id))


def _end_one(conn: Connection, member_id: int, sign_in_id: str) -> Announcement:
    if not delete_sign_in_by_id(conn, member_id, sign_in_id):
        raise Refusal(Code.NOT_FOUND, "This sign-in has ended already.")
    return rights_changed(conn, member_rights(member_id))
