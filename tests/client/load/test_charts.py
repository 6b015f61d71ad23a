from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tertulia_client.load.charts import MAX_POINTS, MAX_TICKS, Chart, Line, render_chart, thinned, ticks


def test_chart_is_well_formed_and_has_its_lines_marks_and_words() -> None:
    lines = [Line("p50", [(0.0, 1.0), (1.0, 3.0)], "c1"), Line("<p99>", [(0.0, 5.0)], "c2")]
    svg = ET.fromstring(render_chart(Chart("Times & more", "ms", lines, [(0.5, "cut"), (99.0, "late")])))
    assert svg.get("aria-label") == "Times & more"
    polylines = list(svg.iter("polyline"))
    assert [polyline.get("class") for polyline in polylines] == ["c1", "c2"]
    low, high = (float(point.split(",")[1]) for point in str(polylines[0].get("points")).split())
    assert low > high  # SVG counts from the top
    assert [title.text for title in svg.iter("title")] == ["cut", "late"]
    assert "<p99>" in [text.text for text in svg.iter("text")]


def test_chart_of_nothing_says_so() -> None:
    assert "nothing was measured" in render_chart(Chart("Times", "ms", [Line("p50", [], "c1")]))
    ET.fromstring(render_chart(Chart("Flat", "", [Line("one", [(0.0, 0.0)], "c1")])))


@pytest.mark.parametrize(
    ("high", "wanted"),
    [(0.0, [0.0]), (10.0, [0, 2, 4, 6, 8, 10]), (0.7, [0, 0.2, 0.4, 0.6]), (5243.0, [0, 2000, 4000])],
)
def test_ticks_are_round(high: float, wanted: list[float]) -> None:
    assert ticks(high) == pytest.approx(wanted)
    assert len(ticks(high)) <= MAX_TICKS


def test_long_lines_are_thinned_and_keep_their_peaks() -> None:
    points = [(float(x), 9.0 if x == 777 else 1.0) for x in range(5000)]
    assert len(thinned(points)) <= MAX_POINTS
    assert (777.0, 9.0) in thinned(points)
    assert thinned(points[:10]) == points[:10]


def test_great_numbers_are_written_out() -> None:
    svg = render_chart(Chart("Deliveries", "", [Line("all", [(0.0, 0.0), (1.0, 10_000.0)], "c4")]))
    assert ">10,000</text>" in svg
