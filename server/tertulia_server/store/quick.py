"""Statements of SQLite by a short way: what SQLAlchemy finds out at each execution is found out once for a statement.

A statement that is kept, as the constants of our modules are, has one text, one order of parameters and one kind
of row. Finding these anew takes some times as long as running it, and ten statements make a post. So a connection of
`connect` remembers them from the second execution of a statement on, and hands its values to the driver; rows are
SQLAlchemy's own. Whatever cannot be settled once (long lists in ``IN``, defaults made in Python) goes the long way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast
from weakref import ref

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.engine import Dialect, IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase

Processor = Callable[[Any], Any]
Values = Mapping[str, Any]
_UNKNOWN: Final = object()


def connect(engine: Engine) -> Connection:
    """As ``engine.connect()``, for an engine of SQLite."""
    return _QuickConnection(engine)


class _Parameter(NamedTuple):
    """Where a value comes from: the caller's under ``key``, else ``default``; ``place``: in a list there."""

    key: str
    default: Any
    place: int | None
    process: Processor | None


class _Plan:
    """All that was found out. ``metadata`` is None for a statement without rows."""

    __slots__ = ("_defaults", "_in", "_lists", "_names", "_out", "_pick", "metadata", "text")

    def __init__(
        self, text: str, parameters: Sequence[_Parameter], columns: Sequence[tuple[str, Processor | None]]
    ) -> None:
        self.text = text
        self._pick = _picker([parameter.key for parameter in parameters])
        self._defaults = {one.key: one.default for one in parameters if one.default is not _UNKNOWN}
        self._lists = [(index, one.place) for index, one in enumerate(parameters) if one.place is not None]
        self._in = [(index, one.process) for index, one in enumerate(parameters) if one.process is not None]
        self.metadata = SimpleResultMetaData([name for name, _ in columns]) if columns else None
        self._names: dict[Any, int] = {name: index for index, (name, _) in enumerate(columns)}
        out: list[Any] = [process for _, process in columns]
        self._out = out if any(out) else None

    def arguments(self, values: Values) -> Sequence[Any]:
        """In the order of the text; `KeyError` for one that is missing."""
        picked = self._pick({**self._defaults, **values} if self._defaults else values)
        if not (self._lists or self._in):
            return picked
        arguments = list(picked)
        for index, place in self._lists:
            items = arguments[index]
            arguments[index] = items[place] if place < len(items) else items[-1]
        for index, process in self._in:
            arguments[index] = process(arguments[index])
        return arguments

    def rows(self, found: list[Any]) -> list[Row[Any]]:
        """As SQLAlchemy makes them of what the driver has found."""
        if self.metadata is None:
            return []
        metadata, out, names = self.metadata, self._out, self._names
        return [Row(metadata, out, names, data) for data in found]


def _picker(keys: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """The values of these keys, in their order."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: tuple([values[key] for key in keys])


class _QuickResult:
    """Rows that have been fetched. What is asked of nearly all results is answered here, all else, and what is wrong,
    by SQLAlchemy's own result over the same rows. ``rowcount`` is the driver's."""

    __slots__ = ("_metadata", "_rows", "rowcount")

    def __init__(self, metadata: SimpleResultMetaData | None, rows: list[Row[Any]], rowcount: int) -> None:
        self._metadata = metadata or _NO_ROWS
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self._rows)

    def all(self) -> list[Row[Any]]:
        return self._rows

    def one(self) -> Row[Any]:
        rows = self._rows
        return rows[0] if len(rows) == 1 else self._whole().one()

    def one_or_none(self) -> Row[Any] | None:
        rows = self._rows
        if len(rows) > 1:
            return self._whole().one_or_none()
        return rows[0] if rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        row = self.one_or_none()
        return None if row is None else row[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole(), name)

    def _whole(self) -> IteratorResult[Any]:
        return IteratorResult(self._metadata, iter(self._rows))


MAX_LIST_ITEMS: Final = 64
"""Of a list in ``IN``: as many as are gathered for one reading (`web.gathering`)."""


class _Lists:
    """The plans of a statement with lists in it, by their lengths.

    Each length is another text. So there are texts for 1, 2, 4, 8 ... items, and the last item of a list that is
    shorter is said again: ``IN`` finds no more by it.
    """

    def __init__(self, statement: ClauseElement, compiled: SQLCompiler) -> None:
        self._statement = statement
        self._compiled = compiled
        self._keys = [bound.key for bound in compiled.post_compile_params]
        self._plans: dict[tuple[int, ...], _Plan] = {}

    def find(self, values: Values) -> _Plan | None:
        """None for what is no list, or an empty or long one."""
        lists = [values.get(key) for key in self._keys]
        if not all(isinstance(items, list) and 0 < len(items) <= MAX_LIST_ITEMS for items in lists):
            return None
        lengths = tuple(1 << (len(cast("list[Any]", items)) - 1).bit_length() for items in lists)
        plan = self._plans.get(lengths)
        if plan is None:
            long = {key: [values[key][0]] * length for key, length in zip(self._keys, lengths, strict=True)}
            state = self._compiled.construct_expanded_state({**values, **long})
            items_of = {
                item: (name, index)
                for name, items in state.parameter_expansion.items()
                for index, item in enumerate(items)
            }
            names = [items_of.get(name, (name, None)) for name in state.positiontup or ()]
            plan = self._plans[lengths] = _plan_of(self._statement, self._compiled, state.statement, names)
        return plan


_Plans = dict[tuple[str, ...], _Plan | _Lists | None]


class _Kept(NamedTuple):
    """A statement that was met, for as long as it is kept by somebody, and its plans."""

    statement: ref[ClauseElement]
    plans: _Plans


_PLANS: Final[dict[int, _Kept]] = {}
"""By the ids of statements, and by the names of the values, which say what an INSERT fills in. None: it goes the long
way. A statement that was met once has no plan yet: one that is made for a single use is not worth it. (A
`WeakKeyDictionary` does the same, and takes a microsecond more at each look.)"""

_NO_ROWS: Final = SimpleResultMetaData([])


class _QuickConnection(Connection):
    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        plan = self._find_plan(statement, parameters) if execution_options is None else None
        if plan is None:
            return super().execute(statement, parameters, execution_options=execution_options)
        driver: Any = self.connection.dbapi_connection
        try:
            if isinstance(parameters, list):
                return _execute_each(driver, plan, parameters)
            cursor = driver.execute(plan.text, plan.arguments(parameters or {}))
            return _QuickResult(plan.metadata, plan.rows(cursor.fetchall()), cursor.rowcount)
        except sqlite3.Error as error:
            raise DBAPIError.instance(plan.text, parameters, error, sqlite3.Error, dialect=self.dialect) from error

    def _find_plan(self, statement: Any, parameters: Any) -> _Plan | None:
        kept = _PLANS.get(id(statement))
        if kept is None or kept.statement() is not statement:
            _meet(statement)
            return None
        plans = kept.plans
        is_many = isinstance(parameters, list)
        names = tuple(parameters[0] if is_many else parameters) if parameters else ()
        if names not in plans:
            plans[names] = _make_plan(statement, names, self.dialect)
        plan = plans[names]
        if isinstance(plan, _Lists):
            return None if is_many else plan.find(parameters)
        return plan


def _meet(statement: ClauseElement) -> None:
    number, plans = id(statement), _PLANS  # the module may be gone before its statements are

    def forget(_statement: ref[ClauseElement]) -> None:  # called before the id can be another one's
        plans.pop(number, None)

    plans[number] = _Kept(ref(statement, forget), {})


def _execute_each(driver: sqlite3.Connection, plan: _Plan, parameters: list[Values]) -> _QuickResult:
    arguments = [plan.arguments(values) for values in parameters]
    if plan.metadata is None:
        cursor = driver.executemany(plan.text, arguments)
        return _QuickResult(None, [], cursor.rowcount)
    found: list[Any] = []
    for values in arguments:
        found += driver.execute(plan.text, values).fetchall()
    return _QuickResult(plan.metadata, plan.rows(found), len(found))


def _make_plan(statement: Any, names: tuple[str, ...], dialect: Dialect) -> _Plan | _Lists | None:
    """None for what is no such statement, or depends on more than the values that go with it."""
    if not isinstance(statement, SelectBase | UpdateBase):  # of a text nobody knows what its rows are
        return None
    compiled = statement.compile(dialect=dialect, column_keys=list(names) or None)
    if compiled.positiontup is None or not _is_settled(compiled):
        return None
    if compiled.post_compile_params:
        return _Lists(statement, compiled)
    return _plan_of(statement, compiled, compiled.string, [(name, None) for name in compiled.positiontup])


def _plan_of(
    statement: ClauseElement, compiled: SQLCompiler, text: str, names: Sequence[tuple[str, int | None]]
) -> _Plan:
    dialect = compiled.dialect
    parameters = []
    for name, index in names:
        bound = compiled.binds[name]
        default = _UNKNOWN if bound.required else bound.value
        process = bound.type.dialect_impl(dialect).bind_processor(dialect)
        parameters.append(_Parameter(bound.key, default, index, process))
    columns = [
        (str(column.key), column.type.dialect_impl(dialect).result_processor(dialect, None))
        for column in getattr(statement, "exported_columns", ())
    ]
    return _Plan(text, parameters, columns)


def _is_settled(compiled: SQLCompiler) -> bool:
    has_defaults = bool(compiled.insert_prefetch or compiled.update_prefetch)
    is_known = all(bound.callable is None for bound in compiled.binds.values())
    return is_known and not has_defaults and not compiled.literal_execute_params
