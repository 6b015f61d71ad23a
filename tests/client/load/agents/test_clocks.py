from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_client.load.agents.clocks import Offset, machine_id, offset_of, sentence_of, shared


def test_shortest_round_counts_and_its_half_is_the_doubt() -> None:
    offset = offset_of([(10.0, 110.3, 10.4), (20.0, 120.01, 20.02), (30.0, 130.0, 30.8)])
    assert offset.offset_s == pytest.approx(-100.0)
    assert offset.uncertainty_s == pytest.approx(0.01)


@pytest.mark.parametrize("way_s", [0.0, 0.003, 0.01])
def test_true_offset_is_within_the_doubt_however_unlike_the_ways_are(way_s: float) -> None:
    offset = offset_of([(5.0, 5.0 + way_s - 77.0, 5.01)])
    assert abs(offset.offset_s - 77.0) <= offset.uncertainty_s + 1e-9


def test_clock_is_shared_on_one_machine_unless_it_shows_otherwise() -> None:
    near, far = Offset(0.00001, 0.00002), Offset(3.0, 0.00002)
    assert shared(near, "boot", "boot") == Offset(0.0, 0.0)
    assert shared(far, "boot", "boot") is None
    assert shared(near, "boot", "another") is None
    assert shared(near, "", "") is None


def test_report_says_how_well_a_clock_is_known() -> None:
    sure, unsure = Offset(9.0, 0.0002), Offset(9.0, 0.03)
    assert sentence_of("a:1", sure, sure) == "The clock of agent a:1 is known to 0.2 ms."
    assert "known to 30.0 ms: UNSURE" in sentence_of("a:1", unsure, sure)
    assert "0.0 ms during" not in sentence_of("a:1", sure, sure)
    drifted = sentence_of("a:1", sure, Offset(9.02, 0.0002))
    assert "known to 20.2 ms (it went off by 20.0 ms during the run): UNSURE" in drifted


def test_machine_without_a_name_has_none(tmp_path: Path) -> None:
    assert machine_id(tmp_path / "none") == ""
    (tmp_path / "boot").write_text("a-b-c\n")
    assert machine_id(tmp_path / "boot") == "a-b-c"
