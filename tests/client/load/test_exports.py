from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from tertulia_client.ledger import Balance
from tertulia_client.load.exports import render_csv, render_junit
from tertulia_client.load.timeline import Moment
from tests.client.load.test_report import REPORT


def test_csv_has_a_line_a_second_with_times_in_ms() -> None:
    moment = Moment(1.0, 5, 100, 20, 0.0015, 0.25, 0.5, 0.001)
    assert render_csv(replace(REPORT, moments=[moment])).splitlines() == [
        "at_s,connected,deliveries,acknowledged,p50_ms,p99_ms,max_ms,lag_ms",
        "1.0,5,100,20,1.5,250.0,500.0,1.0",
    ]


def test_junit_has_a_case_for_each_check_and_says_what_failed() -> None:
    good = ET.fromstring(render_junit(REPORT, []))
    assert (good.get("tests"), good.get("failures"), good.get("name")) == ("4", "0", "load crowd")
    bad = replace(
        REPORT,
        balance=Balance(2, 1, 1, 0, 0, 0),
        complaints=["reader 3 misses 1 of 2 in thread:1, the first is 4"],
        failed=1,
        first_failure="<locked> & shut",
        busiest_share=1.0,
    )
    tree = ET.fromstring(render_junit(bad, ["p99<1ms (it is 9ms)"]))
    assert tree.get("failures") == "4"
    assert [failure.text for failure in tree.iter("failure")] == [
        "reader 3 misses 1 of 2 in thread:1, the first is 4",
        "1 failed; the first: <locked> & shut",
        bad.soundness.sentence,
        "p99<1ms (it is 9ms)",
    ]
