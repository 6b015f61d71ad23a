"""Backups: one file of SQLite, whichever database it was made from, while servers go on; and forums made of them.

A restored forum is another log than the one that went on after the backup: it gets a new epoch.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection

from tertulia_server.errors import StartError
from tertulia_server.store.bulk import Bulk, bulk_reading, bulk_writing
from tertulia_server.store.copying import Copied, Progress, check_is_empty, check_source, copy_database
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.migrating import check_schema
from tertulia_server.store.opening import is_postgresql, open_store, path_of

PAGES_PER_STEP: Final = 1_000
"""Of SQLite's online backup, 4 KiB each: between two steps progress is told."""

_BESIDE: Final = ("-journal", "-wal", "-shm")
"""What SQLite may have beside a file (https://sqlite.org/tempfiles.html)."""


def url_of(path: Path) -> str:
    """The URL of a file of SQLite."""
    return f"sqlite:///{quote(str(path.absolute()))}"


async def copy_forum(from_url: str, to_url: str, on_read: Progress, on_verified: Progress) -> Copied:
    """Copy into a database that is new or empty; its cursors stay valid. `StartError` and nothing done if it fails."""
    async with bulk_reading(from_url) as source:
        await source.run(check_source)  # before the target is made
        async with _empty_target(to_url) as target:
            copied = await copy_database(source, target, on_read, on_verified)
            await target.commit()
    return copied


async def restore_forum(file: Path, to_url: str, on_read: Progress, on_verified: Progress) -> Copied:
    """Make a forum of a backup, also of an older release's, with a new epoch: later cursors are answered with reset."""
    async with (
        _readable(file) as from_url,
        bulk_reading(from_url) as source,
        _empty_target(to_url) as target,
    ):
        copied = await copy_database(source, target, on_read, on_verified)
        await target.run(renew_epoch)
        await target.commit()
    return copied


async def back_up(url: str, file: Path, on_read: Progress, on_verified: Progress) -> int:
    """Write a backup that only this user may read; its size in bytes. `StartError` if the file is there already.

    The file gets its name only when it is whole, checked and on the disk.
    """
    with _unfinished(file) as part:
        if is_postgresql(url):
            await copy_forum(url, url_of(part), on_read, on_verified)
        else:
            async with bulk_reading(url) as source:
                await source.run(check_source)
            _copy_online(path_of(url), part, on_read)
        return _finish(part, file)


@asynccontextmanager
async def _empty_target(url: str) -> AsyncIterator[Bulk]:
    """A transaction on a database that was made or found empty, and that nobody else uses."""
    if not is_postgresql(url) and path_of(url).exists():
        async with bulk_reading(url) as found:
            await found.run(_check_may_be_filled)
    await (await open_store(url)).close()
    async with bulk_writing(url) as target:
        yield target


def _check_may_be_filled(conn: Connection) -> None:
    """Before a file that is not ours to fill is migrated or changed in any way."""
    if not check_schema(conn):
        check_is_empty(conn)


@asynccontextmanager
async def _readable(file: Path) -> AsyncIterator[str]:
    """The URL of the backup, or, when an older release made it, of a migrated copy. The file itself stays as it is."""
    url = url_of(file)
    async with bulk_reading(url) as source:
        is_older = await source.run(check_schema)
    if not is_older:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="tertulia-restore-") as folder:
        copy = Path(shutil.copyfile(file, Path(folder, "forum.db")))
        await (await open_store(url_of(copy))).close()
        yield url_of(copy)


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """A new file beside the one that it is to become, gone at the end in any case."""
    part = file.with_name(f"{file.name}.part")
    if file.exists():
        raise StartError(f"{file} is there already. A backup replaces nothing: name a new file.")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise StartError(f"{part} is there: another backup runs, or was killed. Remove it if none runs.") from error
    except OSError as error:
        raise StartError(f"The backup {file} cannot be written: {error.strerror}.") from error
    try:
        yield part
    except (sqlite3.Error, OSError) as error:
        raise StartError(f"The backup {file} cannot be written: {error}.") from error
    finally:
        for ending in ("", *_BESIDE):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def _copy_online(path: Path, part: Path, on_read: Progress) -> None:
    """SQLite's own backup of one snapshot; writers go on meanwhile (https://sqlite.org/backup.html)."""
    done_pages = 0

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal done_pages
        on_read("pages", total - remaining - done_pages)
        done_pages = total - remaining

    with closing(sqlite3.connect(path, isolation_level=None)) as source, closing(sqlite3.connect(part)) as target:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM facts").fetchone()  # the snapshot holds from here: no step starts anew
        source.backup(target, pages=PAGES_PER_STEP, progress=tell)
        source.execute("ROLLBACK")


def _check_and_make_plain(part: Path) -> None:
    """One file with nothing beside it, which SQLite finds sound."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StartError(f"The backup is not sound, and neither may the database be: {found}")


def _finish(part: Path, file: Path) -> int:
    """Give the checked file its name; its size in bytes."""
    _check_and_make_plain(part)
    _sync(part)
    os.link(part, file)  # unlike a rename it never replaces what came there meanwhile
    _sync(file.absolute().parent)
    return file.stat().st_size


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
