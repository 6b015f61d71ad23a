"""A token for this user's own tools, such as load tests: there while a server runs on loopback, gone with it."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.errors import StartError
from tertulia_server.forum.models import Scope
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.sign_ins import delete_api_token
from tertulia_wire.local_token import FILE_MODE, FOLDER_MODE, is_private, local_token_path

BOT_NAME: Final = "load"
"""The bot that the token belongs to; it is made when first needed."""

TOKEN_DAYS: Final = 30
"""A server that is killed cannot revoke its token; it ends by itself."""


SCOPES: Final = Scope.READ | Scope.POST | Scope.TRIAL


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def issue(actions: Actions, port: int) -> str:
    """Make a token and leave it in the file for this port. `StartError` if there can be no such bot or file."""
    bot = await actions.store.read(find_member_by_name, BOT_NAME)
    if bot is not None and not (bot.is_bot and not bot.is_imported):
        raise StartError(f"The member {BOT_NAME!r} is a person, so tools get no token.")
    bot_id = await create_member(actions, BOT_NAME, is_bot=True) if bot is None else bot.id
    token = await create_api_token(actions, bot_id, f"local, port {port}", days=TOKEN_DAYS, scopes=SCOPES)
    _write(local_token_path(port), token)
    return token


async def withdraw(actions: Actions, token: str) -> None:
    """Revoke the token."""
    await actions.store.write(delete_api_token, hash_token(token))


def remove(port: int, token: str) -> None:
    """Remove the file of the token, unless another server has put its own there."""
    path = local_token_path(port)
    if path.is_file() and path.read_text(encoding="ascii") == token:
        path.unlink()


def discard(port: int) -> None:
    """Remove what a server that was killed left behind for this port: it is no token of the one that serves now."""
    path = local_token_path(port)
    if path.parent.is_dir() and is_private(path.parent):
        path.unlink(missing_ok=True)


def _write(path: Path, token: str) -> None:
    """Complete or not at all, and for nobody else's eyes at any moment."""
    path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if not is_private(path.parent):
        raise StartError(f"The folder {path.parent} is not this user's alone, so tools get no token.")
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    fresh.replace(path)
