"""A glance at an SQLite file: whether anything has been committed to it since the last one.

SQLite keeps a number for each connection that changes with every commit of another one, also of another process
(https://sqlite.org/pragma.html#pragma_data_version). Asking for it takes some microseconds and reads shared memory
alone, so it is done in the event loop; the way to a reading thread and back costs thirty times that.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class Glance:
    """Used in one thread, that of the first `read`. Its connection is never made twice: the numbers of another one
    could be the same and mean something else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False

    def read(self) -> int | None:
        """A number that stays as long as nothing is committed; None when the file does not say at once."""
        if self._is_closed:
            return None
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
                self._connection.execute("PRAGMA query_only = ON")
            [(number,)] = self._connection.execute("PRAGMA data_version").fetchall()
        except sqlite3.Error:
            return None
        return int(number)

    def close(self) -> None:
        """A second call does nothing."""
        self._is_closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
