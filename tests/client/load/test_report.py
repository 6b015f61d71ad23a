from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tertulia_client.ledger import Balance
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.html_report import render_html
from tertulia_client.load.report import MAX_COMPLAINTS, Report
from tertulia_client.load.soundness import MIN_STAMPED, Parts


def histogram(*times_s: float) -> Histogram:
    histogram = Histogram()
    for time_s in times_s:
        histogram.record(time_s)
    return histogram


REPORT = Report(
    run="ab12",
    thread_url="http://h/threads/2",
    readers=1000,
    connected=1000,
    reconnects=0,
    connect_s=2.5,
    connect_times=histogram(0.1),
    acknowledged=40,
    failed=0,
    first_failure="",
    acknowledge_times=histogram(0.004),
    delivery_times=histogram(*[0.01] * 98, 0.5, 1.5),
    balance=Balance(40_000, 40_000, 0, 0, 0, 0),
    complaints=(),
    loop_lags=histogram(0.001),
    cpu_share=0.25,
)


def test_clean_report_has_counts_percentiles_and_the_verdict() -> None:
    text = REPORT.as_text()
    assert REPORT.is_clean
    assert re.search(r"^publish to receive +100 +10\.1 ms +10\.1 ms +50\d\.\d ms +1,500\.0 ms$", text, re.MULTILINE)
    assert re.search(r"^expected +40,000$", text, re.MULTILINE)
    assert text.endswith("Nothing is missing, nothing came twice or out of order.")


def test_values_are_json_with_the_same_numbers() -> None:
    values = json.loads(json.dumps(REPORT.as_values()))
    assert (values["readers"], values["out_of_order"], values["is_clean"]) == (1000, 0, True)
    assert values["times_ms"]["publish to receive"]["max"] == 1500.0
    assert values["connect_all_ms"] == 2500.0


def test_missing_or_failed_is_a_failed_report_that_names_them() -> None:
    missing = replace(
        REPORT,
        balance=Balance(40_000, 39_999, 1, 0, 0, 0),
        complaints=[f"reader {number} misses 1" for number in range(15)],
    )
    assert not missing.is_clean
    text = missing.as_text()
    assert "reader 0 misses 1" in text
    assert f"... and {15 - MAX_COMPLAINTS} more." in text
    assert text.endswith("FAILED: not every post reached every reader once and in order.")
    failed = replace(REPORT, failed=2, first_failure="This thread is locked.")
    assert not failed.is_clean
    assert "2 failed; the first: This thread is locked." in failed.as_text()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"loop_lags": histogram(0.05)}, "late at p99 (at most 20.0 ms)"),
        ({"busiest_share": 0.95}, "95% of a core for 5 s (at most 90%)"),
        ({"busiest_share": 0.95, "waited_share": 0.5}, "during 50% of the time: something else ran on it"),
    ],
)
def test_saturated_generator_makes_the_run_invalid(changes: dict[str, Any], reason: str) -> None:
    report = replace(REPORT, **changes)
    assert REPORT.is_valid
    assert (report.is_valid, report.is_clean, report.as_values()["is_valid"]) == (False, True, False)
    assert "INVALID: the generator was saturated" in report.as_text()
    assert reason in report.as_text()


def test_parts_of_stamped_times_have_their_rows_and_a_sentence() -> None:
    parts = Parts()
    for _ in range(MIN_STAMPED):
        parts.record(0.1, 0.01)
    report = replace(REPORT, parts=parts, loop_lags=histogram(0.05))
    assert report.is_valid
    assert re.search(r"^server's part +50 +9\d\.\d ms", report.as_text(), re.MULTILINE)
    assert report.as_values()["times_ms"]["generator's part"]["p50"] == pytest.approx(10, rel=0.02)
    assert "Of p99, 100.0 ms, the generator made" in report.as_text()


def test_early_stop_missing_books_and_refusals_are_told() -> None:
    text = replace(REPORT, is_cut_short=True, verify="off").as_text()
    assert "stopped before its end" in text
    assert text.endswith("No books were kept: whether anything is missing is not known.")
    assert replace(REPORT, failed=1).as_text().endswith("the server did not do all that it was asked for.")


def test_times_of_the_scenario_have_their_rows() -> None:
    report = replace(REPORT, other_times={"catch-up": histogram(0.25)})
    assert re.search(r"^catch-up +1 +250\.0 ms", report.as_text(), re.MULTILINE)
    assert report.as_values()["times_ms"]["catch-up"]["p50"] == 250.0


def test_times_that_were_not_measured_are_dashes() -> None:
    text = replace(REPORT, delivery_times=histogram()).as_text()
    assert any(
        line.split()[3:] == ["0", "-", "-", "-", "-"] for line in text.splitlines() if line.startswith("publish")
    )


def test_books_of_nothing_are_no_proof() -> None:
    nothing = replace(REPORT, balance=Balance(0, 0, 0, 0, 0, 0))
    assert nothing.verdict == "No reader was there for anything that was written: the books prove nothing."
    assert replace(nothing, readers=0).verdict == "Everything that was asked for was done."
    assert REPORT.verdict == "Nothing is missing, nothing came twice or out of order."


def test_long_times_leave_room_between_columns() -> None:
    text = replace(REPORT, delivery_times=histogram(11.0, 12_345.678)).as_text()
    assert re.search(r"^publish to receive +2 +11,\d+\.\d ms  12,345,678\.0 ms  12,345,678\.0 ms ", text, re.MULTILINE)


def test_report_tells_when_and_where_it_was_made() -> None:
    facts = {"at": "2026-11-26 04:05 UTC", "tertulia": "1", "python": "3", "system": "Linux 6", "cores": "2"}
    made = replace(REPORT, provenance=facts)
    assert made.as_text().splitlines()[1] == "2026-11-26 04:05 UTC; generator: Tertulia 1, Python 3, Linux 6, 2 cores"
    assert made.as_values()["made"] == facts
    assert "Linux 6, 2 cores</p>" in render_html(made)
    assert REPORT.as_text().splitlines()[1] == ""
