"""What a bot remembers from one life to the next: a file of SQLite, which one bot has at a time.

Synchronous and quick (a write goes to the kernel, not to the disk): a bot that is killed loses nothing of it, and after
a power cut it may handle the last events once more, which answers through the kit do not show.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from tertulia_client.errors import ClientError
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import WireError

FORMAT: Final = "1"
MAX_HANDLED_ROWS: Final = 4096
"""Events that are remembered to know them again when another channel brings them too."""

CACHE_KIB: Final = 512
"""Of pages in memory, which is all that the file grows to in most bots; SQLite's own bound is four times that."""

TRIM_ROWS: Final = 256
"""So many more there may be: to drop them one by one writes two more pages each time."""

LOCK_TIMEOUT_S: Final = 1.0

Subject = tuple[str, int, int]
"""Name, id and version of what an event is about."""

_TABLES: Final = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists channels (
    name text primary key, epoch text not null, seq integer not null, done text not null) without rowid;
create table if not exists handled (
    place integer primary key, name text not null, id integer not null, version integer not null, channel text not null,
    unique (name, id, version));
"""


class Kept(NamedTuple):
    """The place of one channel: everything up to ``cursor`` has ended, and the seqs ``done`` above it."""

    cursor: Cursor
    done: Sequence[int] = ()


class State:
    """Opened with `open_state`; without a path it lives in memory and dies with the bot."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self._untrimmed_rows = 0
        self.path = path

    def check_owner(self, server: str, bot: str, called: str = "") -> None:
        """The file belongs to one server and one bot; `ClientError` if it is another's. An empty one becomes theirs.

        ``called`` is the name of the bot's account, which may change, so that people know whom ``bot`` means.
        """
        if self.fact("server") not in (None, server):
            moved = f" If it is the same server at another address: tertulia bot state {self.path} --moved-to {server}"
            raise self._is_of_another("server", str(self.fact("server")), server, moved)
        if self.fact("bot") not in (None, bot):
            raise self._is_of_another("bot", self.owner, _shown(bot, called))
        for name, value in (("server", server), ("bot", bot), ("called", called)):
            if value and self.fact(name) != value:
                self.set_fact(name, value)

    @property
    def owner(self) -> str:
        """Whose it is, for people; empty if it is nobody's yet."""
        return _shown(self.fact("bot") or "", self.fact("called") or "")

    def _is_of_another(self, kind: str, kept: str, given: str, advice: str = "") -> ClientError:
        return ClientError(
            f"The state file {self.path} belongs to the {kind} {kept}, and this is {given}. Give this bot a file of its"
            f" own, or move the old one away to begin anew.{advice}"
        )

    def channels(self) -> dict[str, Kept]:
        """The place of every channel that was ever followed."""
        try:
            rows = self._connection.execute("select name, epoch, seq, done from channels")
            return {name: Kept(Cursor(epoch, seq), tuple(json.loads(done))) for name, epoch, seq, done in rows}
        except (ValueError, TypeError, WireError, sqlite3.Error) as error:
            raise _corrupt(self.path, error) from None

    def handled(self) -> list[tuple[Subject, str]]:
        """Subjects of the last events that were handled, and the channels that brought them; oldest first."""
        query = "select name, id, version, channel from handled order by place desc limit ?"
        try:
            rows = self._connection.execute(query, (MAX_HANDLED_ROWS,)).fetchall()
        except sqlite3.Error as error:
            raise _corrupt(self.path, error) from None
        return [((name, about_id, version), channel) for name, about_id, version, channel in reversed(rows)]

    def save(self, places: Mapping[str, Kept], handled: Iterable[tuple[Subject, str]] = ()) -> None:
        """Keep these places and subjects, all or nothing. `ClientError` when the file cannot be written."""
        rows = [(name, *kept.cursor, json.dumps(sorted(kept.done))) for name, kept in places.items()]
        try:
            with self._connection as connection:
                connection.executemany("insert or replace into channels values (?, ?, ?, ?)", rows)
                new = [(*subject, channel) for subject, channel in handled]
                if new:
                    connection.executemany(
                        "insert or ignore into handled (name, id, version, channel) values (?, ?, ?, ?)", new
                    )
                    self._untrimmed_rows += len(new)
                if self._untrimmed_rows >= TRIM_ROWS:
                    self._untrimmed_rows = 0
                    connection.execute(
                        "delete from handled where place <= (select max(place) from handled) - ?", (MAX_HANDLED_ROWS,)
                    )
        except sqlite3.Error as error:
            raise ClientError(f"The state file {self.path} cannot be written: {error}.") from error

    def close(self) -> None:
        self._connection.close()

    def set_fact(self, name: str, value: str) -> None:
        with self._connection:
            self._connection.execute("insert or replace into facts values (?, ?)", (name, value))

    def fact(self, name: str) -> str | None:
        with closing(self._connection.execute("select value from facts where name = ?", (name,))) as rows:
            row = rows.fetchone()
        return None if row is None else str(row[0])


def _shown(bot: str, called: str) -> str:
    return f"{bot} ({called})" if called and called != bot else bot


def open_state(path: str | Path | None) -> State:
    """Open or make a state file; `ClientError` when it is none, is in use, or was written by a newer release."""
    if path is None:
        return _prepared(sqlite3.connect(":memory:", check_same_thread=False), None)
    file = Path(path)
    try:
        return _open(file)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise ClientError(f"The state file {file} is in use: this bot runs already.") from None
        raise ClientError(
            f"The state file {file} cannot be opened ({error}): it must be a file, or none yet, in a folder that is"
            " there and may be written to."
        ) from None
    except sqlite3.DatabaseError as error:
        raise _corrupt(file, error) from None


def _open(file: Path) -> State:
    connection = sqlite3.connect(file, timeout=LOCK_TIMEOUT_S, check_same_thread=False)
    try:
        connection.execute("pragma locking_mode = exclusive")
        _check_is_state(connection, file)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        return _prepared(connection, file)
    except BaseException:
        connection.close()
        raise


def _check_is_state(connection: sqlite3.Connection, file: Path) -> None:
    """Before anything is written: the file of a forum, say, stays as it is."""
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if tables and not {"facts", "channels", "handled"} <= tables:
        raise ClientError(f"The file {file} is a database of something else: give the state of this bot another name.")


def _prepared(connection: sqlite3.Connection, path: Path | None) -> State:
    connection.execute(f"pragma cache_size = -{CACHE_KIB}")
    connection.executescript(f"begin immediate;{_TABLES}commit;")
    state = State(connection, path)
    found = state.fact("format")
    if found not in (None, FORMAT):
        raise ClientError(f"The state file {path} was written by a newer release (format {found}): update this one.")
    if found is None:
        state.set_fact("format", FORMAT)
    return state


def _corrupt(path: Path | None, error: Exception) -> ClientError:
    return ClientError(
        f"The state file {path} cannot be read ({error}). Put back a copy of it, or move it away: the bot then begins"
        " where its `since` says. Let that be a time before the damage, and nothing is missed: answers that were given"
        " are not given again."
    )
