from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from tertulia_server.errors import TertuliaError
from tertulia_server.store.connections import READ, RETRY_AFTER_MS, WRITE, as_unavailable, begin, is_busy, make_engine
from tertulia_wire.codes import Code


def pragma(connection: Connection, name: str) -> int:
    value: int = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
    return value


def test_connection_is_durable_checked_and_patient(tmp_path: Path) -> None:
    with make_engine(tmp_path / "a.db", lock_wait_ms=123).connect() as connection:
        assert pragma(connection, "synchronous") == 2
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "busy_timeout") == 123
        assert pragma(connection, "query_only") == 0


def test_connection_for_reading_refuses_to_write(tmp_path: Path) -> None:
    with make_engine(tmp_path / "a.db", is_read_only=True).connect() as connection:
        assert pragma(connection, "query_only") == 1


def test_transaction_begun_is_open_before_the_first_change(tmp_path: Path) -> None:
    """The driver's own way is to begin at the first change only: reads before it would see other states."""
    with make_engine(tmp_path / "a.db").connect() as connection:
        begin(connection, READ)
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        assert driver.in_transaction
        connection.rollback()
        assert not driver.in_transaction
        begin(connection, WRITE)
        connection.exec_driver_sql("CREATE TABLE t (a)")
        connection.rollback()
        assert connection.exec_driver_sql("SELECT * FROM sqlite_master").all() == []


def test_second_writer_is_told_busy_and_can_begin_later(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "a.db", lock_wait_ms=0)
    with engine.connect() as first, engine.connect() as second:
        begin(first, WRITE)
        with pytest.raises(OperationalError, check=is_busy):
            begin(second, WRITE)
        first.commit()
        begin(second, WRITE)


def test_error_of_a_locked_file_becomes_unavailable_with_a_time_to_come_back(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "a.db", lock_wait_ms=0)
    with engine.connect() as first, engine.connect() as second:
        begin(first, WRITE)
        with pytest.raises(DBAPIError) as busy:
            begin(second, WRITE)
    error = as_unavailable(busy.value)
    assert isinstance(error, TertuliaError)
    assert (error.code, error.retry_after_ms) == (Code.STORE_UNAVAILABLE, RETRY_AFTER_MS)
    assert error.__cause__ is busy.value


def test_error_of_a_full_disk_becomes_unavailable(tmp_path: Path) -> None:
    with make_engine(tmp_path / "a.db").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
        connection.exec_driver_sql("PRAGMA max_page_count = 4")
        with pytest.raises(DBAPIError) as full:
            connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(1000000))")
        error = as_unavailable(full.value)
        assert isinstance(error, TertuliaError)
        assert error.code is Code.STORE_UNAVAILABLE


def test_other_errors_stay_as_they_are(tmp_path: Path) -> None:
    with make_engine(tmp_path / "a.db").connect() as connection:
        with pytest.raises(DBAPIError) as wrong:
            connection.exec_driver_sql("SELECT nonsense")
        assert as_unavailable(wrong.value) is wrong.value
        assert not is_busy(wrong.value)
    mistake = KeyError("x")
    assert as_unavailable(mistake) is mistake
