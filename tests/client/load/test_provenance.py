from __future__ import annotations

from datetime import UTC, datetime

from tertulia_client.load.provenance import as_sentence, provenance
from tertulia_wire.version import __version__


def test_time_versions_and_machine_are_told() -> None:
    facts = provenance(datetime(2026, 11, 26, 4, 5, 59, tzinfo=UTC))
    assert (facts["at"], facts["tertulia"]) == ("2026-11-26 04:05 UTC", __version__)
    assert all(facts.values())
    told = as_sentence({**facts, "python": "3.12.1", "system": "Linux 6.1", "cores": "1"})
    assert told == f"2026-11-26 04:05 UTC; generator: Tertulia {__version__}, Python 3.12.1, Linux 6.1, 1 core"
    assert as_sentence({**facts, "cores": "4"}).endswith("4 cores")
    assert as_sentence({}) == ""


def test_usual_time_is_now() -> None:
    assert provenance()["at"].endswith(" UTC")
