"""What orders heads for the sweep. Engines differ in SQL here, in `appending` and in `timeline`, and nowhere else.

A sweep has to find every change, also one that was committed late by a slow transaction, and no clock or order of
commits tells that. So each head carries ``touched``, which its transaction knows before it commits, and each sweep
takes a mark below which nothing is still running:

- SQLite has one writer at a time: a counter, one above the largest ``touched`` that is there (heads are never
  deleted). The mark is the counter's next value.
- PostgreSQL: the id of the transaction (xid8). The mark is the xmin of the snapshot: the oldest id still running.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class NextTouched(FunctionElement[int]):
    """What a transaction writes into the heads that it raises."""

    type = BigInteger()
    inherit_cache = True


class SweepMark(FunctionElement[int]):
    """All heads with ``touched`` below it are visible now, whatever happens later."""

    type = BigInteger()
    inherit_cache = True


@compiles(NextTouched, "sqlite")
@compiles(SweepMark, "sqlite")
def _counter_of_sqlite(_element: FunctionElement[int], _compiler: SQLCompiler, **_kwargs: Any) -> str:
    return "(SELECT coalesce(max(touched), 0) + 1 FROM heads)"


@compiles(NextTouched, "postgresql")
def _xid_of_postgresql(_element: NextTouched, _compiler: SQLCompiler, **_kwargs: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(SweepMark, "postgresql")
def _xmin_of_postgresql(_element: SweepMark, _compiler: SQLCompiler, **_kwargs: Any) -> str:
    return "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
