from __future__ import annotations

from pathlib import Path

from tests.soak.complaints import complaints

LOG = """\
Tertulia serves on http://127.0.0.1:8000 with 1 worker. Ctrl-C stops it.
2026-11-23 09:20:42 [error] Cancel 1 running task(s), timeout graceful shutdown exceeded
2026-11-23 09:20:43 [warning] broker_away
2026-11-23 09:21:42 [error] Cancel 7 running task(s), timeout graceful shutdown exceeded
CancelledError: Task cancelled, timeout graceful shutdown exceeded
"""


def test_lines_of_error_are_counted_whatever_their_numbers(tmp_path: Path) -> None:
    log = tmp_path / "worker-1.log"
    log.write_text(LOG)
    assert complaints([log]) == {
        "# # [error] Cancel # running task(s), timeout graceful shutdown exceeded": 2,
        "CancelledError: Task cancelled, timeout graceful shutdown exceeded": 1,
    }
