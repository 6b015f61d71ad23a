"""The table counts each thing once for all, and once for each fault that was at work."""

from __future__ import annotations

from tests.soak.delays import Delay, Reconnection
from tests.soak.scene import Injection
from tests.soak.table import AFTERMATH_MS, NO_FAULT, Table
from tests.soak.verdict import Kind, Violation

FIRST = Injection("Redis killed", 10_000, 12_000, holds_delivery=False)
SECOND = Injection("worker killed", 11_000, 14_000, holds_delivery=False)


def missing(at_ms: int) -> Violation:
    return Violation(Kind.MISSING, at_ms, "thread:1", 5, "f1: never came")


def test_violation_is_counted_to_each_fault_that_was_at_work_and_once_for_all() -> None:
    table = Table([FIRST, SECOND])
    table.enter_violations([missing(11_500), missing(12_000 + AFTERMATH_MS + 500), missing(30_000)])
    broken = {row.name: row.broken[Kind.MISSING] for row in (*table.rows.values(), table.total)}
    assert broken == {"Redis killed": 1, "worker killed": 2, NO_FAULT: 1, "all": 3}


def test_longest_times_and_deliveries_stand_in_their_rows() -> None:
    table = Table([FIRST, SECOND])
    table.enter_delays([Delay(9_000, 10_500, "f1", "thread:1", 5), Delay(40_000, 40_010, "f1", "thread:1", 6)])
    table.enter_reconnections([Reconnection(13_000, 13_700)])
    table.enter_deliveries([10_400, 40_010, 40_020])
    first, second, rest = table.rows["Redis killed"], table.rows["worker killed"], table.rows[NO_FAULT]
    assert (first.longest_delay_ms, second.longest_delay_ms, rest.longest_delay_ms) == (1500, 0, 10)
    assert (first.longest_reconnect_ms, second.longest_reconnect_ms, rest.longest_reconnect_ms) == (700, 700, 0)
    assert (first.delivered, rest.delivered, table.total.delivered) == (1, 2, 3)


def test_table_reads_as_a_table() -> None:
    table = Table([FIRST, FIRST])
    table.enter_violations([missing(11_000)])
    head, rule, row, _, total = str(table).splitlines()
    assert " ".join(head.split()) == (
        "fault times delivered missing duplicate out of order lost after 201 untrue longest delay reconnect"
    )
    assert set(rule) == {"-", " "}
    assert row.split()[:6] == ["Redis", "killed", "2", "0", "1", "0"]
    assert total.split()[:4] == ["all", "2", "0", "1"]
    assert len({len(line) for line in (head, rule, row, total)}) == 1
