"""The table at the end of a soak: for each kind of fault, what was delivered and what was broken under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.soak.delays import Delay, Reconnection
from tests.soak.scene import Injection
from tests.soak.verdict import Kind, Violation

AFTERMATH_MS: Final = 3000
"""What happens so long after a fault is still counted to it; where several were at work, to each of them."""

NO_FAULT: Final = "(no fault)"
TOTAL: Final = "all"
SECOND_MS: Final = 1000


@dataclass
class Row:
    """``delivered`` counts events at followers."""

    name: str
    times: int = 0
    delivered: int = 0
    broken: Counter[Kind] = field(default_factory=Counter)
    longest_delay_ms: int = 0
    longest_reconnect_ms: int = 0

    @property
    def is_kept(self) -> bool:
        return not self.broken


class Table:
    """Rows by fault, and one for all. Each thing that happened is entered once."""

    def __init__(self, injections: Sequence[Injection]) -> None:
        self.rows = {name: Row(name) for name in sorted({one.name for one in injections})}
        self.rows[NO_FAULT] = Row(NO_FAULT)
        self.total = Row(TOTAL, times=len(injections))
        self._by_second: dict[int, list[Injection]] = {}
        for one in injections:
            self.rows[one.name].times += 1
            for second in range(one.began_ms // SECOND_MS, (one.ended_ms + AFTERMATH_MS) // SECOND_MS + 1):
                self._by_second.setdefault(second, []).append(one)

    def enter_deliveries(self, times_ms: Iterable[int]) -> None:
        for second, count in Counter(at_ms // SECOND_MS for at_ms in times_ms).items():
            for row in self._rows_of(second * SECOND_MS, second * SECOND_MS + SECOND_MS - 1):
                row.delivered += count

    def enter_violations(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            for row in self._rows_of(violation.at_ms, violation.at_ms):
                row.broken[violation.kind] += 1

    def enter_delays(self, delays: Iterable[Delay]) -> None:
        for delay in delays:
            for row in self._rows_of(delay.since_ms, delay.at_ms):
                row.longest_delay_ms = max(row.longest_delay_ms, delay.length_ms)

    def enter_reconnections(self, reconnections: Iterable[Reconnection]) -> None:
        for one in reconnections:
            for row in self._rows_of(one.since_ms, one.at_ms):
                row.longest_reconnect_ms = max(row.longest_reconnect_ms, one.at_ms - one.since_ms)

    def __str__(self) -> str:
        head = ["fault", "times", "delivered", *(kind.value for kind in Kind), "longest delay", "reconnect"]
        rows = [row for row in (*self.rows.values(), self.total) if row.times or row.delivered or row.broken]
        lines = [head, *map(_cells, rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
        lines.insert(1, ["-" * width for width in widths])
        lines.insert(-1, ["-" * width for width in widths])
        return "\n".join(_line(line, widths) for line in lines)

    def _rows_of(self, began_ms: int, ended_ms: int) -> list[Row]:
        """Those of the faults that were at work in this time, and that of all."""
        names = {
            one.name
            for second in range(began_ms // SECOND_MS, ended_ms // SECOND_MS + 1)
            for one in self._by_second.get(second, ())
            if one.began_ms <= ended_ms and one.ended_ms + AFTERMATH_MS >= began_ms
        }
        return [self.total, *(self.rows[name] for name in sorted(names) or [NO_FAULT])]


def _cells(row: Row) -> list[str]:
    times = "" if row.name == NO_FAULT else str(row.times)
    broken = [str(row.broken[kind]) for kind in Kind]
    return [
        row.name,
        times,
        str(row.delivered),
        *broken,
        _seconds(row.longest_delay_ms),
        _seconds(row.longest_reconnect_ms),
    ]


def _seconds(length_ms: int) -> str:
    return f"{length_ms / 1000:.2f} s"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others])
