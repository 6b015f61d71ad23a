"""Copying a whole forum from one database into another: ids, seqs, epoch and cursors stay what they are.

Rows are read in the order of their keys, in batches. Each table has a sum over its rows that does not depend on their
order, since databases order texts differently: what was read from the source must be what is read from the target.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, insert, literal, select, text, tuple_
from sqlalchemy.exc import DBAPIError

from tertulia_server.errors import StartError
from tertulia_server.store.bulk import Bulk
from tertulia_server.store.facts import TIMELINE
from tertulia_server.store.migrating import check_is_current
from tertulia_server.store.schema import facts, heads, metadata

BATCH_ROWS: Final = 1_000

TABLES: Final[Sequence[Table]] = metadata.sorted_tables
"""In an order in which each table comes after those that it refers to."""

_SUM_BYTES: Final = 16

Row = dict[str, Any]
Progress = Callable[[str, int], None]
"""Told the table and how many rows more of it are done."""


@dataclass(slots=True)
class TableSum:
    """How many rows, and the sum of their hashes: equal for equal rows, in whatever order."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        self.rows += len(rows)
        for row in rows:
            words = repr(sorted(row.items())).encode("utf-8", "surrogatepass")
            number = int.from_bytes(hashlib.blake2b(words, digest_size=_SUM_BYTES).digest())
            self.total = (self.total + number) % (1 << 8 * _SUM_BYTES)

    @property
    def checksum(self) -> str:
        return f"{self.total:0{2 * _SUM_BYTES}x}"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, by table, and verified."""

    sums: dict[str, TableSum] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.sums.values())


def count_rows(conn: Connection) -> dict[str, int]:
    """How many rows each table has. A reading operation."""
    return {table.name: conn.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES}


def check_source(conn: Connection) -> None:
    """`StartError` unless there is a forum of this release to be read."""
    check_is_current(conn)


def check_is_empty(conn: Connection) -> None:
    """`StartError` if there is anything but the facts of a new database."""
    check_is_current(conn)
    for table in TABLES:
        if table is not facts and conn.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
            raise StartError(f"The database that is to be filled is not empty: it has {table.name}. Name a new one.")


async def copy_database(source: Bulk, target: Bulk, on_read: Progress, on_verified: Progress) -> Copied:
    """Fill the target, and compare it with what was read. The caller commits; `StartError` if anything differs."""
    await source.run(check_source)
    await target.run(check_is_empty)
    await target.run(_clear_facts)
    copied = Copied()
    for table in TABLES:
        sums = copied.sums[table.name] = TableSum()
        async for rows in _batches(source, table):
            sums.add(rows)
            await target.run(_write_rows, table, rows)
            on_read(table.name, len(rows))
    await target.run(_raise_sequences)
    await verify(target, copied, on_verified)
    return copied


async def verify(target: Bulk, copied: Copied, on_verified: Progress) -> None:
    """Read the target again. `StartError` unless each table has the rows and the checksum of the source's."""
    for table in TABLES:
        found, wanted = TableSum(), copied.sums[table.name]
        async for rows in _batches(target, table):
            found.add(rows)
            on_verified(table.name, len(rows))
        if found != wanted:
            raise StartError(
                f"The copy is not the same and was undone: {table.name} has {found.rows:,} rows with the checksum"
                f" {found.checksum}, the source {wanted.rows:,} with {wanted.checksum}."
            )


async def _batches(bulk: Bulk, table: Table) -> AsyncIterator[list[Row]]:
    after: tuple[Any, ...] | None = None
    while rows := await bulk.run(_read_rows, table, after):
        after = tuple(rows[-1][column.name] for column in table.primary_key)
        yield list(_as_copied(table, rows))


def _read_rows(conn: Connection, table: Table, after: tuple[Any, ...] | None) -> list[Row]:
    key = list(table.primary_key)
    statement = select(table).order_by(*key).limit(BATCH_ROWS)
    if after is not None:
        values = [literal(value, column.type) for column, value in zip(key, after, strict=True)]
        statement = statement.where(tuple_(*key) > tuple_(*values))
    return [row._asdict() for row in conn.execute(statement)]


def _as_copied(table: Table, rows: Sequence[Row]) -> Iterator[Row]:
    """Without what belongs to one database only: its numbers of transactions, and its timeline."""
    for row in rows:
        if table is heads:
            yield {**row, "touched": 0}
        elif table is not facts or row["name"] != TIMELINE:
            yield row


def _clear_facts(conn: Connection) -> None:
    """The new database's own epoch gives way to the source's; its timeline stays."""
    conn.execute(delete(facts).where(facts.c.name != TIMELINE))


def _write_rows(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    try:
        conn.execute(insert(table), rows)
    except DBAPIError as error:
        raise StartError(f"A row of {table.name} does not fit into the target: {error.orig}") from error


def _raise_sequences(conn: Connection) -> None:
    """PostgreSQL gives ids from sequences, which know nothing of rows that came with theirs."""
    if conn.dialect.name != "postgresql":
        return
    for table in TABLES:
        column = table.autoincrement_column
        if column is not None:
            largest = conn.execute(select(func.max(column))).scalar_one()
            statement = text("SELECT setval(pg_get_serial_sequence(:table, :column), :largest)")
            if largest is not None:
                conn.execute(statement, {"table": table.name, "column": column.name, "largest": largest})
