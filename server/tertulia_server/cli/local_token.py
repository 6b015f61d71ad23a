"""A token for this user's own tools, such as load tests: there while a server runs on loopback, gone with it."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import os
import re
import socket
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

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

MAX_LOOKED_AT: Final = 2_000
"""Files of servers that were killed which one start looks at; the next start goes on."""

SCOPES: Final = Scope.READ | Scope.POST | Scope.TRIAL

_NAME: Final = re.compile(r"token-([0-9]{1,5})(?:\.[0-9]+)?", re.ASCII)
"""With the port; behind it the process, in the moment in which one is written."""


@dataclass(frozen=True, slots=True)
class LocalToken:
    """``file`` stays open and locked for as long as the server runs: the system unlocks it however that ends."""

    text: str
    file: IO[str]


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches what listens there; a name that is not ``localhost`` may be anything."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def issue(actions: Actions, port: int) -> LocalToken:
    """Make a token and leave it in the file for this port. `StartError` if there can be no such bot or file."""
    bot = await actions.store.read(find_member_by_name, BOT_NAME)
    if bot is not None and not (bot.is_bot and not bot.is_imported):
        raise StartError(f"The member {BOT_NAME!r} is a person, so tools get no token.")
    bot_id = await create_member(actions, BOT_NAME, is_bot=True) if bot is None else bot.id
    token = await create_api_token(actions, bot_id, f"local, port {port}", days=TOKEN_DAYS, scopes=SCOPES)
    return LocalToken(token, _write(local_token_path(port), token))


async def withdraw(actions: Actions, token: LocalToken) -> None:
    """Revoke the token."""
    await actions.store.write(delete_api_token, hash_token(token.text))


def remove(port: int, token: LocalToken) -> None:
    """Remove the file of the token, unless another server has put its own there."""
    path = local_token_path(port)
    if path.is_file() and path.read_text(encoding="ascii") == token.text:
        path.unlink()
    token.file.close()


def discard(port: int) -> None:
    """Remove what a server that was killed left behind for this port: it is no token of the one that serves now."""
    path = local_token_path(port)
    if path.parent.is_dir() and is_private(path.parent):
        path.unlink(missing_ok=True)


def clear_left_behind() -> int:
    """Remove the files of servers that were killed; how many. A port with nobody behind it has no use for a token.

    Only ours, which are in a folder that nobody else may write to; none whose server runs, in a container either.
    """
    folder = local_token_path(0).parent
    if not folder.is_dir() or not is_private(folder):
        return 0
    with os.scandir(folder) as entries:
        found = [
            (entry.path, match) for entry in islice(entries, MAX_LOOKED_AT) if (match := _NAME.fullmatch(entry.name))
        ]
    return sum(_remove_if_left(Path(path), int(match[1])) for path, match in found)


def _remove_if_left(path: Path, port: int) -> bool:
    with contextlib.suppress(OSError), path.open(encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_served(port):
            path.unlink()
            return True
    return False


def _is_served(port: int) -> bool:
    """Whether somebody listens on this port, at whatever address of ours: a server of a release that locked nothing.

    It listens before it has a token. Nobody is called; who binds every address is told.
    """
    with socket.socket(socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if line.family == socket.AF_INET6:
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            line.bind(("", port))
        except (OSError, OverflowError):
            return True
        return False


def _write(path: Path, token: str) -> IO[str]:
    """Complete or not at all, and for nobody else's eyes at any moment."""
    path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if not is_private(path.parent):
        raise StartError(f"The folder {path.parent} is not this user's alone, so tools get no token.")
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
    file = os.fdopen(descriptor, "w", encoding="ascii")
    try:
        with contextlib.suppress(OSError):  # a file system without locks: the port tells then
            fcntl.flock(file, fcntl.LOCK_EX)
        file.write(token)
        file.flush()
        fresh.replace(path)
    except BaseException:
        file.close()
        raise
    return file
