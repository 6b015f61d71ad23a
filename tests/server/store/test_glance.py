from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tertulia_server.store.glance import Glance


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "forum.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE facts (name TEXT)")
    connection.close()
    return path


def test_number_stays_until_somebody_commits(file: Path) -> None:
    glance = Glance(file)
    writer = sqlite3.connect(file, isolation_level=None)
    first = glance.read()
    assert first is not None
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO facts VALUES ('not yet')")
    assert glance.read() == first
    writer.execute("COMMIT")
    second = glance.read()
    assert second not in {first, None}
    assert glance.read() == second
    writer.close()
    glance.close()


def test_glance_keeps_no_snapshot_that_would_hold_up_a_checkpoint(file: Path) -> None:
    glance = Glance(file)
    assert glance.read() is not None
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("INSERT INTO facts VALUES ('x')")
    assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    writer.close()
    glance.close()


def test_file_that_is_kept_from_us_tells_nothing(file: Path) -> None:
    owner = sqlite3.connect(file, isolation_level=None)
    owner.execute("PRAGMA locking_mode = EXCLUSIVE")
    owner.execute("INSERT INTO facts VALUES ('mine alone')")
    glance = Glance(file)
    assert glance.read() is None
    owner.close()
    assert glance.read() is not None
    glance.close()


def test_closed_glance_tells_nothing(file: Path) -> None:
    glance = Glance(file)
    assert glance.read() is not None
    glance.close()
    glance.close()
    assert glance.read() is None
