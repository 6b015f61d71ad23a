"""`tertulia db`: the database as a whole, for whoever runs the server."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tertulia_server.cli.options import Database
from tertulia_server.errors import Refusal
from tertulia_server.settings import read_settings
from tertulia_server.store.backup import back_up, copy_forum, restore_forum, url_of
from tertulia_server.store.bulk import bulk_reading
from tertulia_server.store.copying import Copied, check_source, count_rows
from tertulia_server.store.heads import NO_HEAD, forget_foreign_touched, read_heads
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Connection
from tertulia_server.store.trimming import trim_all, trim_channel
from tertulia_wire.codes import Code

SHOWN_CHECKSUM_CHARS: Final = 12
PIPE_COLUMNS: Final = 1_000
"""Where nobody looks at a terminal, no line is broken: a program may read it."""

db = typer.Typer(
    help="Migrate, copy, back up, restore and trim the database.", no_args_is_help=True, add_completion=False
)

From = Annotated[str, typer.Argument(metavar="FROM", help="The database that is read. It stays as it is.")]
To = Annotated[str, typer.Argument(metavar="TO", help="A new or empty database, which nobody uses yet.")]
Backup = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]
OptionalUrl = Annotated[
    str | None, typer.Argument(metavar="URL", help="The database; without it TERTULIA_DATABASE, else the default.")
]
Channel = Annotated[str | None, typer.Argument(metavar="CHANNEL", help="Such as thread:17; or --all.")]


@db.command("migrate")
def migrate(url: OptionalUrl = None) -> None:
    """Make the tables, or bring them to the shape that this release knows.

    A server does this by itself when it starts; here it is done before.
    """
    chosen = read_settings(database=url).database
    asyncio.run(_open_and_close(chosen))
    print(f"The tables of {_shown(chosen)} are those of this release.")


@db.command("copy")
def copy(from_url: From, to_url: To) -> None:
    """Copy a forum into another database, such as from SQLite to PostgreSQL.

    Ids, seqs, epoch and cursors stay what they are: point the servers at the new database, and no reader notices.
    What is written to the old one after the copy began is not in the new one, so stop the servers before.
    """
    with _Bars() as bars:
        copied = asyncio.run(_copy(from_url, to_url, bars))
    _show_copied(copied)
    print(f"{_shown(to_url)} holds the same as {_shown(from_url)}, compared row by row.")


@db.command("backup")
def backup(file: Backup, database: Database = None) -> None:
    """Write a backup while servers go on: one SQLite file, whichever database it comes from.

    It holds hashes of passwords and tokens, so only this user may read it.
    """
    url = read_settings(database=database).database
    with _Bars() as bars:
        size_bytes = asyncio.run(back_up(url, file, bars.read, bars.verified))
    print(f"{file} is a sound copy of {_shown(url)}: {size_bytes:,} bytes, on the disk.")


@db.command("restore")
def restore(file: Backup, to_url: To) -> None:
    """Make a forum of a backup. It gets a new epoch: readers who know later events are told to start over."""
    with _Bars() as bars:
        copied = asyncio.run(_restore(file, to_url, bars))
    _show_copied(copied)
    print(f"{_shown(to_url)} holds what {file} holds, compared row by row, with a new epoch.")


@db.command("new-epoch")
def new_epoch(database: Database = None) -> None:
    """Make the log another one: every reader is told to start over.

    Do it when the database was put back to an earlier state by other means than `tertulia db restore`.
    """
    url = read_settings(database=database).database
    print(f"The log of {_shown(url)} has the epoch {asyncio.run(_renew(url))}. All cursors given before are reset.")


@db.command("trim")
def trim(
    channel: Channel = None,
    every: Annotated[bool, typer.Option("--all", help="All channels; with --keep-events.")] = False,
    keep_events: Annotated[
        int | None, typer.Option("--keep-events", min=0, metavar="N", help="Keep the last N events of a channel.")
    ] = None,
    up_to: Annotated[
        int | None, typer.Option("--up-to", min=1, metavar="SEQ", help="Remove events up to this seq.")
    ] = None,
    database: Database = None,
) -> None:
    """Shorten the log; posts stay. Readers who stand behind what is left are told to start over."""
    if (channel is None) != every:
        raise Refusal(Code.INVALID, "Name one channel, or --all.")
    if (keep_events is None) == (up_to is None) or (every and keep_events is None):
        raise Refusal(Code.INVALID, "Say --keep-events N, or for one channel --up-to SEQ.")
    url = read_settings(database=database).database
    print(asyncio.run(_trim(url, channel, keep_events, up_to)))


async def _open_and_close(url: str) -> None:
    await (await open_store(url)).close()


async def _copy(from_url: str, to_url: str, bars: _Bars) -> Copied:
    await bars.expect(from_url)
    return await copy_forum(from_url, to_url, bars.read, bars.verified)


async def _restore(file: Path, to_url: str, bars: _Bars) -> Copied:
    await bars.expect(url_of(file))
    return await restore_forum(file, to_url, bars.read, bars.verified)


async def _renew(url: str) -> str:
    def renew(conn: Connection) -> str:
        forget_foreign_touched(conn)
        return renew_epoch(conn)

    store = await open_store(url, create=False)
    try:
        return await store.write(renew)
    finally:
        await store.close()


async def _trim(url: str, channel: str | None, keep_events: int | None, up_to: int | None) -> str:
    store = await open_store(url, create=False)
    try:
        if channel is None:
            trimmed = await trim_all(store, keep_events=keep_events or 0)
            return f"Removed {trimmed.events:,} events of {trimmed.channels:,} channels."
        head = (await store.read(read_heads, [channel]))[channel]
        if head == NO_HEAD:
            raise Refusal(Code.NOT_FOUND, f"Nothing has happened in {channel!r}.")
        first_seq = up_to + 1 if up_to is not None else head.seq - (keep_events or 0) + 1
        events = await trim_channel(store, channel, first_seq)
        left = (await store.read(read_heads, [channel]))[channel]
        rest = f"it begins with event {left.first_seq:,}" if left.first_seq <= left.seq else "nothing is left of it"
        return f"Removed {events:,} events of {channel}; {rest}, and the next is {left.seq + 1:,}."
    finally:
        await store.close()


def _shown(url: str) -> str:
    """The URL without what is secret in it."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _show_copied(copied: Copied) -> None:
    console = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Table")
    table.add_column("Rows", justify="right")
    table.add_column("Checksum on both sides")
    for name, sums in copied.sums.items():
        table.add_row(name, f"{sums.rows:,}", sums.checksum[:SHOWN_CHECKSUM_CHARS])
    console.print(table)


@dataclass
class _Bars:
    """Two bars at a terminal, reading and comparing; nothing where nobody looks."""

    _progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, disable=not sys.stdout.isatty(), transient=True)
        self._reading = self._progress.add_task("Copying", total=None)
        self._verifying = self._progress.add_task("Comparing", total=None, visible=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    async def expect(self, url: str) -> None:
        """Learn how much there is to do. `StartError` if the tables are not those of this release."""
        async with bulk_reading(url) as source:
            await source.run(check_source)
            total = sum((await source.run(count_rows)).values())
        for task in (self._reading, self._verifying):
            self._progress.update(task, total=total)

    def read(self, _table: str, rows: int) -> None:
        self._progress.advance(self._reading, rows)

    def verified(self, _table: str, rows: int) -> None:
        self._progress.update(self._verifying, advance=rows, visible=True)
