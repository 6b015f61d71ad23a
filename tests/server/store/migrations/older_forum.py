"""Databases of older releases, for the tests of single migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from sqlalchemy import Connection

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import _config

ONE_POST: Final = (
    "INSERT INTO members (id, name, name_key) VALUES (1, 'ada', 'ada')",
    "INSERT INTO categories (id, name) VALUES (1, 'Town')",
    "INSERT INTO forums (id, category_id, name, slug) VALUES (1, 1, 'Talk', 'talk')",
    "INSERT INTO threads (id, forum_id, title, slug, starter_id) VALUES (1, 1, 'A', 'a', 1)",
    "INSERT INTO posts (id, thread_id, number, author_id, text, html) VALUES (1, 1, 1, 1, 'x', 'x')",
)


@contextmanager
def older_forum(folder: Path, revision: str) -> Iterator[Connection]:
    """With the tables as they were then, in a transaction for writing that is not kept."""
    engine = make_engine(folder / "old.db")
    try:
        with engine.connect() as connection:
            begin(connection, WRITE)
            command.upgrade(_config(connection), revision)
            yield connection
            connection.rollback()
    finally:
        engine.dispose()
