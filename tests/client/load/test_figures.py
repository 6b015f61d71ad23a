from __future__ import annotations

from dataclasses import replace

from tertulia_client.load.figures import figures_of, is_figure, main_times
from tests.client.load.test_report import REPORT, histogram


def test_counts_and_times_have_names() -> None:
    figures = figures_of(replace(REPORT, other_times={"silent peer, cut off": histogram(0.002)}))
    assert (figures["readers"], figures["missing"], figures["received"]) == (1000, 0, 40_000)
    assert (figures["max"], figures["connect_p50"], figures["silent_peer_cut_off_max"]) == (1.5, 0.1, 0.002)
    assert figures["server_p99"] == figures["generator_p99"] == 0.0
    assert all(map(is_figure, figures))
    assert not any(map(is_figure, ("p98", "p99_max_", "Max", "cpu_")))
    assert figures["p99_9"] >= figures["p99"] >= figures["p50"] > 0


def test_main_times_are_what_the_run_is_about() -> None:
    pages = replace(REPORT, delivery_times=histogram(), other_times={"page read": histogram(0.3)})
    assert main_times(REPORT) is REPORT.delivery_times
    assert main_times(pages) is pages.other_times["page read"]
    assert main_times(replace(REPORT, delivery_times=histogram())) is REPORT.acknowledge_times
