from __future__ import annotations

import re
from dataclasses import replace

from tertulia_client.load.html_report import charts_of, render_html
from tertulia_client.load.timeline import Moment
from tests.client.load.test_report import REPORT, histogram

MOMENTS = [Moment(float(second), 1000, 100, 2, 0.01, 0.5, 1.5, 0.001) for second in (1, 2, 3)]
RUN = replace(REPORT, moments=MOMENTS, marks=[(1.5, "all <readers> are cut off")])


def test_page_has_verdict_tables_charts_and_marks_and_fetches_nothing() -> None:
    page = render_html(RUN)
    assert "Nothing is missing, nothing came twice or out of order." in page
    assert page.count("<svg") == len(charts_of(RUN)) == 5
    assert "1.5 s: all &lt;readers&gt; are cut off" in page
    assert not re.search(r"<script|<link|src=|@import|url\(", page)
    assert "<td>publish to receive</td><td>100</td>" in page


def test_what_is_wrong_stands_at_the_top() -> None:
    page = render_html(replace(RUN, busiest_share=1.0), ["p99<1ms (it is 500ms)"])
    assert 'class="verdict bad">INVALID: the generator was saturated' in page
    assert "Not met: p99&lt;1ms (it is 500ms)" in page
    assert 'class="verdict bad">FAILED' in render_html(replace(RUN, failed=1))


def test_run_without_deliveries_has_empty_charts_and_a_page() -> None:
    empty = replace(RUN, moments=[], delivery_times=histogram(), acknowledge_times=histogram())
    assert render_html(empty).count("nothing was measured") == 5


def test_rest_of_a_second_is_not_charted() -> None:
    rest = replace(MOMENTS[-1], at_s=3.2)
    for moments in (MOMENTS, [*MOMENTS, rest]):
        [by_second, *_] = charts_of(replace(RUN, moments=moments))
        assert [at_s for at_s, _ in by_second.lines[0].points] == [1.0, 2.0, 3.0]
