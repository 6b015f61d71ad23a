"""`tertulia forum`: forums, made by whoever has the database."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from tertulia_server.actions.forums import FIRST_CATEGORY, create_forum
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.options import Database
from tertulia_server.forum.models import Audience
from tertulia_server.settings import read_settings

forum = typer.Typer(help="Make forums.", no_args_is_help=True, add_completion=False)


@forum.callback()
def _group() -> None:
    """Make forums."""


@forum.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The name of the forum.")],
    category: Annotated[str, typer.Option(help="The part of the index; made if it is missing.")] = FIRST_CATEGORY,
    description: Annotated[str, typer.Option(help="A line below the name.")] = "",
    audience: Annotated[Audience, typer.Option(help="Who may read it.")] = Audience.PUBLIC,
    posting: Annotated[Audience, typer.Option(help="Who of its readers may post.")] = Audience.MEMBERS,
    database: Database = None,
) -> None:
    """Make a forum."""
    forum_id = asyncio.run(_create(database, name, category, description, audience, posting))
    print(f"Forum {forum_id}: {' '.join(name.split())}, readable by {audience.value}.")


async def _create(
    database: str | None, name: str, category: str, description: str, audience: Audience, posting: Audience
) -> int:
    async with offline_actions(read_settings(database=database).database) as actions:
        return await create_forum(
            actions, name, category=category, description=description, audience=audience, posting=posting
        )
