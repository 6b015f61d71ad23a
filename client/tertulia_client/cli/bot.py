"""`tertulia bot`: begin a bot of one's own, look at its place, and at what it could not handle."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from tertulia_client.address import parse_address
from tertulia_client.bots.dead_letters import DeadLetter, read_letters, write_letters
from tertulia_client.bots.scaffold import write_bot
from tertulia_client.bots.state import open_state
from tertulia_client.errors import ClientError
from tertulia_client.loading import load_bot

STATUS_FAILED = 1

bot = typer.Typer(help="Begin a bot of your own; look at its place and its dead letters.", add_completion=False)


@bot.callback()
def about() -> None:
    """Begin a bot of your own; look at its place and its dead letters."""


@bot.command()
def new(
    name: Annotated[str, typer.Argument(help="A word: the folder, and the name of the bot's file.")],
    folder: Annotated[Path, typer.Option(help="Where the folder is made.")] = Path(),
) -> None:
    """Write a bot that answers, with a test that passes: NAME/NAME.py and NAME/test_NAME.py."""
    made = write_bot(folder, name)
    print(f"Made {made}. Try it:\n")
    print(f"  cd {made}\n  pip install pytest pytest-asyncio\n  pytest\n  TERTULIA_TOKEN=... python {name}.py")


@bot.command()
def deadletters(
    file: Annotated[Path, typer.Argument(help="The file beside the bot's state: bot.db.deadletters.")],
    replay: Annotated[Path | None, typer.Option(help="Handle them again by the bot in this file: bot.py.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="With the traceback of each.")] = False,
) -> int:
    """List events that a bot gave up on, or hand them to its handlers once more.

    Those that end well then leave the file; the status is 1 while some are left.
    """
    letters = list(read_letters(file))
    if replay is None:
        for letter in letters:
            print(_line(letter))
            if verbose:
                print(letter.traceback)
        print("There are no dead letters." if not letters else f"{len(letters)} in all; --replay bot.py tries again.")
        return 0
    left = asyncio.run(load_bot(replay).replay(letters))
    write_letters(file, left)
    print(f"{len(letters) - len(left)} handled, {len(left)} left.")
    return STATUS_FAILED if left else 0


@bot.command()
def state(
    file: Annotated[Path, typer.Argument(help="The bot's state: bot.db.")],
    moved_to: Annotated[str | None, typer.Option(help="The address that its server has now.")] = None,
) -> None:
    """Show whose state a file is, and how far the bot has come; or tell it that the server has another address.

    While the bot runs, nobody else can open it.
    """
    if not file.is_file():
        raise ClientError(f"There is no file {file}.")
    with closing(open_state(file)) as opened:
        channels = opened.channels()
        if moved_to is not None:
            opened.set_fact("server", parse_address(moved_to).origin)
        print(f"{opened.owner or 'nobody'} at {opened.fact('server') or 'no server'}")
    for name, kept in sorted(channels.items()):
        print(f"{name}  {kept.cursor}" + (f" and {len(kept.done)} after it" if kept.done else ""))


def _line(letter: DeadLetter) -> str:
    place = f"{letter.channel} {letter.seq}"
    return f"{letter.at}  {place:<16} {letter.name:<14} {letter.handler}: {letter.error} ({letter.attempts} tries)"
