"""`tertulia import`: archived thread pages into the database, or a look at what they hold."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tertulia_server.actions.importing import import_archive as add_archive
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.options import Database
from tertulia_server.errors import Refusal
from tertulia_server.forum.archive import MAX_ARCHIVE_FILES, ArchivedThread, read_archive
from tertulia_server.forum.archive_lines import MAX_ARCHIVE_FILE_BYTES, MONTHS, ArchiveError
from tertulia_server.forum.names import name_key
from tertulia_server.forum.titles import thread_path
from tertulia_server.settings import read_settings
from tertulia_server.store.archive import ImportOutcome

STATUS_BROKEN = 1
"""Exit status for files that cannot be imported; nothing was changed then."""

PIPE_COLUMNS = 1_000
"""Where nobody looks at a terminal, no line is broken: a program may read it."""

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        exists=True,
        dir_okay=False,
        readable=True,
        show_default=False,
        help="Pages of one thread, in their order.",
    ),
]
ForumName = Annotated[
    str | None, typer.Option("--forum", metavar="NAME", help="Place the thread in this forum, not in that of the file.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what the files hold, and change nothing.")]


def import_archive(files: Files, database: Database = None, dry_run: DryRun = False, forum: ForumName = None) -> int:
    """Read archived thread pages into the forum.

    Each FILE is the text of one page of a XenForo thread; all of them are pages of one thread. Posts that are there
    already stay as they are, so that the same command again changes nothing.
    """
    console = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS, highlight=False, emoji=False)
    try:
        archive = read_archive(_read_files(files))
        if dry_run:
            _show_archive(console, archive, forum)
            _show_report(console, archive, archive.notes)
            console.print("Dry run: nothing was changed.")
            return 0
        outcome = asyncio.run(_import(archive, read_settings(database=database).database, forum))
    except Refusal as error:
        print(f"tertulia: {error} Nothing was changed.", file=sys.stderr)
        return STATUS_BROKEN
    _show_report(console, archive, outcome.notes)
    _show_outcome(console, outcome)
    return 0


def _read_files(files: list[Path]) -> list[tuple[str, bytes]]:
    if len(files) > MAX_ARCHIVE_FILES:
        raise ArchiveError(str(files[0]), 0, f"At most {MAX_ARCHIVE_FILES:,} files make one thread.")
    return [(str(file), _read_file(file)) for file in files]


def _read_file(file: Path) -> bytes:
    """At most one byte more than may be read: enough to see that it is too much."""
    try:
        with file.open("rb") as content:
            return content.read(MAX_ARCHIVE_FILE_BYTES + 1)
    except OSError as error:
        raise ArchiveError(str(file), 0, f"The file cannot be read: {error.strerror}.") from error


async def _import(archive: ArchivedThread, database: str, forum: str | None) -> ImportOutcome:
    async with offline_actions(database) as actions:
        return await add_archive(actions, archive, forum_name=forum)


def _show_archive(console: Console, archive: ArchivedThread, forum: str | None) -> None:
    first, last = archive.posts[0].number, archive.posts[-1].number
    _show_fact(console, "Forum", archive.forum if forum is None else f"{forum} (in the file: {archive.forum})")
    _show_fact(console, "Title", archive.title)
    _show_fact(console, "Started", f"by {archive.starter} on {_written(archive.started)}")
    _show_fact(console, "Posts", f"{len(archive.posts):,}, numbered {first} to {last}")
    _show_fact(console, "Members", f"{len(archive.members):,}")
    console.print()
    console.print(_members_table(archive))
    console.print()


def _show_fact(console: Console, name: str, value: str) -> None:
    console.print(Text.assemble((f"{name:<9}", "bold"), value), soft_wrap=True)


def _members_table(archive: ArchivedThread) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Member", "Rank", "Joined", "+ / messages / -"):
        table.add_column(heading, overflow="fold")
    table.add_column("Posts here", justify="right")
    counts = Counter(name_key(post.card.name) for post in archive.posts)
    for member in archive.members:
        card = member.card
        cells = (member.name, card.rank, _written(card.joined), card.counts.written, f"{counts[name_key(member.name)]}")
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _show_report(console: Console, archive: ArchivedThread, notes: tuple[str, ...]) -> None:
    if archive.stray_lines:
        console.print(Text("Lines that belong to no post, and were left out:", "bold"))
        for line in archive.stray_lines:
            _show_entry(console, f"{line.file}:{line.line}: {line.text}  ({line.reason})")
    if notes:
        console.print(Text("To be known:", "bold"))
        for note in notes:
            _show_entry(console, note)
    if archive.stray_lines or notes:
        console.print()


def _show_entry(console: Console, words: str) -> None:
    console.print(Text(f"  {words}"), soft_wrap=True)


def _show_outcome(console: Console, outcome: ImportOutcome) -> None:
    path = thread_path(outcome.thread_id, outcome.slug)
    if outcome.added_posts == 0:
        words = f"Nothing to do: all {outcome.present_posts:,} posts of these files are there already: {path}"
    else:
        new = f"{outcome.added_members:,} new members, {outcome.changed_members:,} changed cards"
        place = f"{'the new forum' if outcome.is_new_forum else 'the forum'} '{outcome.forum}'"
        words = f"Imported {outcome.added_posts:,} posts into {place} ({new}): {path}"
    console.print(Text(words), soft_wrap=True)


def _written(day: date) -> str:
    return f"{MONTHS[day.month - 1].title()} {day.day}, {day.year}"
