"""`tertulia member`: accounts of people and bots, made by whoever has the database."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from tertulia_server.actions.bans import ban_member, unban_member
from tertulia_server.actions.members import create_api_token, create_member, set_password
from tertulia_server.actions.moderators import appoint_moderator, dismiss_moderator, set_administrator
from tertulia_server.actions.ranks import set_rank
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.options import Database
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role, Scope
from tertulia_server.forum.tokens import parse_scopes
from tertulia_server.settings import read_settings
from tertulia_server.store.forums import find_forum
from tertulia_server.store.members import Member, find_member_by_name
from tertulia_server.store.port import Store
from tertulia_wire.codes import Code

MAX_STDIN_CHARS = 4096
_DAY_MS = 24 * 60 * 60 * 1000

member = typer.Typer(help="Create members and bots, and give out tokens.", no_args_is_help=True, add_completion=False)

Name = Annotated[str, typer.Argument(help="The name of the member.")]
ForumName = Annotated[str | None, typer.Option("--forum", help="The name of the forum to moderate.")]
Admin = Annotated[bool, typer.Option("--admin", help="An administrator: moderates all, and shapes the forums.")]
PasswordFromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@member.command("create")
def create(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="May remove any post, and more.")] = False,
    bot: Annotated[bool, typer.Option("--bot", help="A program: signs in with tokens only.")] = False,
    password_stdin: PasswordFromStdin = False,
    database: Database = None,
) -> None:
    """Create a member, and ask for the password; a bot gets none."""
    if bot and password_stdin:
        raise Refusal(Code.INVALID, "A bot has no password: give it a token with `tertulia member token`.")
    password = None if bot else read_password(from_stdin=password_stdin)
    role = Role.ADMINISTRATOR if admin else Role.MEMBER
    member_id = asyncio.run(create_account(database, name, password, role, is_bot=bot))
    kind = "bot" if bot else role.value
    print(f"Member {member_id}: {name}, {kind}{'' if password or bot else ', cannot sign in without a password'}.")


@member.command("password")
def password(name: Name, password_stdin: PasswordFromStdin = False, database: Database = None) -> None:
    """Set a new password; it ends all sign-ins of the member."""
    fresh = read_password(from_stdin=password_stdin)
    if fresh is None:
        raise Refusal(Code.INVALID, "There is no terminal to ask at: send the password with --password-stdin.")
    asyncio.run(_set_password(database, name, fresh))
    print(f"{name} has a new password.")


@member.command("token")
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="What the token is for, so that one can tell tokens apart.")],
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it ends; without it, never.")] = None,
    scopes: Annotated[str, typer.Option(help="What it may be used for; without moderate, as a plain member.")] = (
        "read,post,moderate"
    ),
    database: Database = None,
) -> None:
    """Make a token for a program and print it: it is shown this once."""
    allowed = parse_scopes(word.strip() for word in scopes.split(",") if word.strip())
    print(asyncio.run(_create_token(database, name, label, days, allowed)))


@member.command("rank")
def rank(
    name: Name,
    words: Annotated[str, typer.Argument(help="What stands under the name; nothing leaves it to the ladder.")] = "",
    database: Database = None,
) -> None:
    """Set the rank of a member by hand, on every open page."""
    asyncio.run(_set_rank(database, name, words))
    print(f"{name}: {words or 'the rank that the ladder gives'}.")


@member.command("appoint")
def appoint(name: Name, forum: ForumName = None, admin: Admin = False, database: Database = None) -> None:
    """Make a member moderator of a forum, or administrator."""
    asyncio.run(_appoint(database, name, forum, is_admin=admin, is_on=True))
    print(f"{name} {'administers' if admin else f'moderates {forum}'}.")


@member.command("dismiss")
def dismiss(name: Name, forum: ForumName = None, admin: Admin = False, database: Database = None) -> None:
    """Take a forum to moderate, or the administrator's role, away again."""
    asyncio.run(_appoint(database, name, forum, is_admin=admin, is_on=False))
    print(f"{name} no longer {'administers' if admin else f'moderates {forum}'}.")


@member.command("ban")
def ban(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why: the member reads it.")],
    days: Annotated[float | None, typer.Option(min=0.0001, max=3660, help="How long; without it, for good.")] = None,
    database: Database = None,
) -> None:
    """Ban a member: they read what everybody reads and write nothing. A running server hears of it within a second."""
    asyncio.run(_ban(database, name, reason, None if days is None else int(days * _DAY_MS)))
    print(f"{name} is banned{' for good' if days is None else f' for {days:g} days'}.")


@member.command("unban")
def unban(name: Name, database: Database = None) -> None:
    """End a ban before its time."""
    asyncio.run(_unban(database, name))
    print(f"{name} is not banned.")


def read_password(*, from_stdin: bool) -> str | None:
    """The password from standard input, or asked for at the terminal; None where there is neither."""
    if from_stdin:
        return sys.stdin.readline(MAX_STDIN_CHARS).rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


async def create_account(
    database: str | None, name: str, password: str | None, role: Role, *, is_bot: bool = False
) -> int:
    """Make an account in this database; its id."""
    async with offline_actions(read_settings(database=database).database) as actions:
        return await create_member(actions, name, password=password, role=role, is_bot=is_bot)


async def _set_password(database: str | None, name: str, password: str) -> None:
    async with offline_actions(read_settings(database=database).database, create=False) as actions:
        found = await find_member(actions.store, name)
        await set_password(actions, found.id, password)


async def _set_rank(database: str | None, name: str, words: str) -> None:
    async with offline_actions(read_settings(database=database).database, create=False) as actions:
        await set_rank(actions, (await find_member(actions.store, name)).id, words)


async def _create_token(database: str | None, name: str, label: str, days: int | None, scopes: Scope) -> str:
    async with offline_actions(read_settings(database=database).database, create=False) as actions:
        found = await find_member(actions.store, name)
        return await create_api_token(actions, found.id, label, days=days, scopes=scopes)


async def _appoint(database: str | None, name: str, forum: str | None, *, is_admin: bool, is_on: bool) -> None:
    if is_admin is (forum is not None):
        raise Refusal(Code.INVALID, "Say what for: either --forum NAME, or --admin.")
    async with offline_actions(read_settings(database=database).database, create=False) as actions:
        if forum is None:
            await set_administrator(actions, None, name, is_one=is_on)
            return
        forum_id = await actions.store.read(find_forum, forum)
        if forum_id is None:
            raise Refusal(Code.NOT_FOUND, f"There is no forum named {forum!r}.")
        change = appoint_moderator if is_on else dismiss_moderator
        await change(actions, None, name, forum_id)


async def _ban(database: str | None, name: str, reason: str, for_ms: int | None) -> None:
    async with offline_actions(read_settings(database=database).database, create=False) as actions:
        found = await find_member(actions.store, name)
        await ban_member(actions, None, found.id, reason, for_ms=for_ms)


async def _unban(database: str | None, name: str) -> None:
    async with offline_actions(read_settings(database=database).database, create=False) as actions:
        found = await find_member(actions.store, name)
        await unban_member(actions, None, found.id)


async def find_member(store: Store, name: str) -> Member:
    """The member of this name; ``NOT_FOUND``."""
    found = await store.read(find_member_by_name, name)
    if found is None:
        raise Refusal(Code.NOT_FOUND, f"There is no member named {name!r}.")
    return found
