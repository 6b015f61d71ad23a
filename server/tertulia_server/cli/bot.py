"""`tertulia bot create`: an account for a program and its token, made by whoever has the database."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.cli.member import find_member
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.options import Database
from tertulia_server.forum.models import Scope
from tertulia_server.forum.names import check_name
from tertulia_server.forum.tokens import parse_scopes, scope_words
from tertulia_server.settings import read_settings
from tertulia_server.store.bots import insert_bot


def create(
    name: Annotated[str, typer.Argument(help="The name of the bot.")],
    owner: Annotated[str, typer.Option(help="The member whose bot it is; without one, it is the operator's.")] = "",
    scopes: Annotated[str, typer.Option(help="What its token may be used for: read, post, moderate.")] = "read,post",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it ends; without it, never.")] = None,
    label: Annotated[str, typer.Option(help="What the token is for.")] = "first token",
    database: Database = None,
) -> None:
    """Make a bot and print its token: it is shown this once."""
    allowed = parse_scopes(word.strip() for word in scopes.split(",") if word.strip())
    bot_id, token = asyncio.run(_create(database, name, owner, label, allowed, days))
    print(f"Bot {bot_id}: {name}. Its token, with the scopes {', '.join(scope_words(allowed))}:", file=sys.stderr)
    print(token)


async def _create(
    database: str | None, name: str, owner: str, label: str, scopes: Scope, days: int | None
) -> tuple[int, str]:
    async with offline_actions(read_settings(database=database).database) as actions:
        if owner:
            owner_id = (await find_member(actions.store, owner)).id
            bot_id = await actions.store.write(insert_bot, check_name(name), owner_id, actions.now_ms())
        else:
            bot_id = await create_member(actions, name, is_bot=True)
        return bot_id, await create_api_token(actions, bot_id, label, days=days, scopes=scopes)
