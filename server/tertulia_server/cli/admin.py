"""`tertulia admin`: the first administrator, made by whoever has the database."""

from __future__ import annotations

import asyncio

import typer

from tertulia_server.cli.member import Name, PasswordFromStdin, create_account, read_password
from tertulia_server.cli.options import Database
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role
from tertulia_wire.codes import Code

admin = typer.Typer(help="Make administrators.", no_args_is_help=True, add_completion=False)


@admin.callback()
def _group() -> None:
    """Make administrators."""


@admin.command("create")
def create(name: Name, password_stdin: PasswordFromStdin = False, database: Database = None) -> None:
    """Make an administrator, and ask for the password.

    A member becomes one with `tertulia member appoint NAME --admin`.
    """
    password = read_password(from_stdin=password_stdin)
    if password is None:
        raise Refusal(Code.INVALID, "There is no terminal to ask at: send the password with --password-stdin.")
    member_id = asyncio.run(create_account(database, name, password, Role.ADMINISTRATOR))
    print(f"Administrator {member_id}: {name}. Sign in with this name and the password.")
