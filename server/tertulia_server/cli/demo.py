"""`tertulia demo`: a forum to look at, with people who talk in it, an administrator and a bot. `make run` starts it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import typer

from tertulia_server.actions.context import Actions
from tertulia_server.actions.importing import import_archive
from tertulia_server.actions.members import create_api_token, create_member, set_password, sign_in, sign_out
from tertulia_server.cli.demo_forum import FOUNDED_DAYS_AGO, at, furnish
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.serve import serve_with
from tertulia_server.errors import Refusal, StartError
from tertulia_server.forum.archive import read_archive
from tertulia_server.forum.models import Role
from tertulia_server.forum.titles import thread_path
from tertulia_server.forum.tokens import hash_token
from tertulia_server.settings import read_settings
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.sign_ins import find_visitor_by_token

HOST: Final = "127.0.0.1"
"""The password of the demo is printed, so the demo is for this machine only."""

ADMINISTRATOR: Final = "Host"
BOT: Final = "Lamplighter"
OWN_BOT: Final = "Apprentice"
"""For the first bot that somebody tries to write: its token is printed."""

KEYS_FILE: Final = "keys.json"
DATABASE_FILE: Final = "forum.db"


@dataclass(slots=True)
class DemoKeys:
    """What lies in the folder beside the database, for this user only. ``thread_id`` is where the bot talks.

    ``is_furnished``: the forum has had all that it begins with. What people made of it since is theirs.
    """

    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    bot_token: str = ""
    own_bot_token: str = ""
    thread_id: int = 0
    is_furnished: bool = False


def demo(
    folder: Annotated[Path, typer.Option(help="Where the forum and its keys are kept; made if missing.")] = Path(
        "demo"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on, on this machine only.")] = 8000,
) -> None:
    """Prepare and serve the demo forum. What was posted in it stays."""
    database = f"sqlite:///{quote(str(folder.absolute() / DATABASE_FILE))}"
    settings = read_settings(host=HOST, port=port, database=database, broker="memory://", workers=1)
    _make(folder)
    path = asyncio.run(prepare(folder, database))
    keys = _read_keys(folder)
    print(f"The demo forum is kept in {folder}. Sign in as {ADMINISTRATOR}, password {keys.password}")
    print(f"A token for a bot of your own ({OWN_BOT}): {keys.own_bot_token}")
    print(f"A thread to begin with: http://{HOST}:{port}{path}", flush=True)
    serve_with(settings)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"The folder {folder} cannot be made: {error.strerror}.") from error


async def prepare(folder: Path, database: str) -> str:
    """Bring the forum to where a demo can begin, whatever is there already; return the path of its thread."""
    keys = _read_keys(folder)
    async with offline_actions(database) as actions:
        outcome = await import_archive(actions, read_archive(list(_thread_pages())))
        keys.thread_id = outcome.thread_id
        await _ensure_administrator(actions, keys.password)
        keys.bot_token = await _ensure_bot(actions, BOT, keys.bot_token)
        keys.own_bot_token = await _ensure_bot(actions, OWN_BOT, keys.own_bot_token)
        if not keys.is_furnished:
            await furnish(actions, ADMINISTRATOR)
            keys.is_furnished = True
    _write_keys(folder, keys)
    return thread_path(outcome.thread_id, outcome.slug)


def _thread_pages() -> Iterator[tuple[str, bytes]]:
    pages = files("tertulia_server").joinpath("demo").iterdir()
    for page in sorted(pages, key=lambda page: page.name):
        if page.name.endswith(".txt"):
            yield page.name, page.read_bytes()


async def _ensure_administrator(actions: Actions, password: str) -> None:
    """There is one, and the password that is printed is theirs."""
    found = await actions.store.read(find_member_by_name, ADMINISTRATOR)
    if found is None:
        founded = at(actions, FOUNDED_DAYS_AGO)
        await create_member(founded, ADMINISTRATOR, password=password, role=Role.ADMINISTRATOR)
        return
    try:
        await sign_out(actions, await sign_in(actions, ADMINISTRATOR, password, days=1))
    except Refusal:
        await set_password(actions, found.id, password)


async def _ensure_bot(actions: Actions, name: str, token: str) -> str:
    """A token of this bot that holds: the one it had, else a new one."""
    if await actions.store.read(find_visitor_by_token, hash_token(token), actions.now_ms()) is not None:
        return token
    found = await actions.store.read(find_member_by_name, name)
    bot_id = await create_member(actions, name, is_bot=True) if found is None else found.id
    return await create_api_token(actions, bot_id, "demo")


def _read_keys(folder: Path) -> DemoKeys:
    """The keys of the last time, so that a second run has the same; new ones if they are lost."""
    try:
        return DemoKeys(**json.loads(folder.joinpath(KEYS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return DemoKeys()


def _write_keys(folder: Path, keys: DemoKeys) -> None:
    fresh = folder / f"{KEYS_FILE}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file)
    fresh.replace(folder / KEYS_FILE)
