"""What `tertulia` can do: one line per command.

A command's module is imported when it is called, not before: the command line starts quickly, and the client's
commands work where the server is not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Heading(Enum):
    """The parts of `tertulia --help`."""

    SERVER = "Run a server"
    CLIENT = "Talk to a server"
    HIDDEN = ""


@dataclass(frozen=True, slots=True)
class Command:
    """``attribute`` of ``module`` is a typed function or a `typer.Typer`; ``extra`` names what it needs installed.

    A name of two words belongs to a group whose other commands stand elsewhere: ``bot create`` is the server's.
    """

    name: str
    heading: Heading
    summary: str
    module: str
    attribute: str
    extra: str = ""


COMMANDS: Final = (
    Command(
        "serve",
        Heading.SERVER,
        "Serve the forum: pages, API and the live socket.",
        "tertulia_server.cli.serve",
        "serve",
        "server",
    ),
    Command(
        "settings",
        Heading.SERVER,
        "List every setting with its variable, default and value.",
        "tertulia_server.cli.settings",
        "settings",
        "server",
    ),
    Command(
        "import",
        Heading.SERVER,
        "Read archived thread pages into the forum.",
        "tertulia_server.cli.import_archive",
        "import_archive",
        "server",
    ),
    Command(
        "replay",
        Heading.SERVER,
        "Let an imported thread happen again, live.",
        "tertulia_server.cli.replay",
        "replay",
        "server",
    ),
    Command(
        "forum",
        Heading.SERVER,
        "Make forums.",
        "tertulia_server.cli.forum",
        "forum",
        "server",
    ),
    Command(
        "member",
        Heading.SERVER,
        "Create members and bots, and give out tokens.",
        "tertulia_server.cli.member",
        "member",
        "server",
    ),
    Command(
        "admin",
        Heading.SERVER,
        "Make administrators.",
        "tertulia_server.cli.admin",
        "admin",
        "server",
    ),
    Command(
        "webhook",
        Heading.SERVER,
        "List, make, test and end webhooks; see what was delivered.",
        "tertulia_server.cli.webhook",
        "webhook",
        "server",
    ),
    Command(
        "bot create",
        Heading.SERVER,
        "Make a bot, and print its token.",
        "tertulia_server.cli.bot",
        "create",
        "server",
    ),
    Command(
        "db",
        Heading.SERVER,
        "Migrate, copy, back up, restore and trim the database.",
        "tertulia_server.cli.db",
        "db",
        "server",
    ),
    Command(
        "demo",
        Heading.HIDDEN,
        "Prepare and serve the demo forum.",
        "tertulia_server.cli.demo",
        "demo",
        "server",
    ),
    Command(
        "post",
        Heading.CLIENT,
        "Write a post in a thread.",
        "tertulia_client.cli.post",
        "post",
    ),
    Command(
        "tail",
        Heading.CLIENT,
        "Print the events of a channel as they happen.",
        "tertulia_client.cli.tail",
        "tail",
    ),
    Command(
        "check",
        Heading.CLIENT,
        "See whether a proxy in front of a server is set up right.",
        "tertulia_client.cli.check",
        "check",
    ),
    Command(
        "bot",
        Heading.CLIENT,
        "Begin a bot of your own; look at its place and its dead letters.",
        "tertulia_client.cli.bot",
        "bot",
    ),
    Command(
        "load",
        Heading.CLIENT,
        "Measure a server with scripted readers and posts.",
        "tertulia_client.cli.load",
        "load",
    ),
)


def find_command(words: Sequence[str]) -> Command | None:
    """The command that the words begin with; of two words, if there is one."""
    for name in (" ".join(words[:2]), *words[:1]):
        for command in COMMANDS:
            if command.name == name:
                return command
    return None
