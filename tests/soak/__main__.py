"""`make soak`: MINUTES and SEED say how long and which, STORE is ``sqlite`` or ``postgresql``. Ends with a table.

Exit status 0 only when nothing was missing, double, out of order or lost, 1 when something was, 2 for a wrong setting.
"""

# ruff: noqa: T201 - what it prints is its purpose

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from programs import REDIS as REDIS_PROGRAM
from tests.soak.running import run_soak
from tests.soak.settings import WrongSettingError, settings_of
from tests.soak.soak import Report

SHOWN_VIOLATIONS: Final = 40
SHOWN_COMPLAINTS: Final = 15
LATE_MS: Final = 2000
"""Longer delays are no breach, but somebody should look: the records are kept."""

STATUS_BROKEN: Final = 1
STATUS_WRONG: Final = 2


def tell(report: Report) -> None:
    print(f"\n{report.table}\n")
    kinds = len({one.name for one in report.injections})
    print(
        f"{len(report.injections)} faults of {kinds} kinds; {report.acknowledged_count} changes acknowledged, "
        f"{report.retry_count} requests repeated, {report.failed_starts} starts of a worker tried again."
    )
    print(
        "The slowest:",
        *(f"{one.length_ms / 1000:.2f} s {one.follower} {one.channel} {one.seq}" for one in report.slowest[:3]),
    )
    for violation in sorted(report.violations, key=lambda one: one.at_ms)[:SHOWN_VIOLATIONS]:
        print(violation)
    for line, count in report.complaints.most_common(SHOWN_COMPLAINTS):
        print(f"{count:5} times in the servers' logs: {line}")
    for failure in report.failures:
        print(f"FAILED: {failure}")


def main() -> int:
    try:
        settings = settings_of(os.environ)
    except WrongSettingError as error:
        print(error, file=sys.stderr)
        return STATUS_WRONG
    if REDIS_PROGRAM.find() is None:
        print(f"The soak needs redis-server; install it: {REDIS_PROGRAM.install_command}", file=sys.stderr)
        return STATUS_WRONG
    folder = Path(tempfile.mkdtemp(prefix="tertulia-soak-"))
    print(f"Soak with seed {settings.seed} for {settings.seconds:g} s on {settings.store}, in {folder}.", flush=True)
    report = asyncio.run(run_soak(settings, folder, lambda line: print(line, flush=True)))
    tell(report)
    is_late = bool(report.slowest) and report.slowest[0].length_ms > LATE_MS
    if is_late:
        print(f"LATE: an event came more than {LATE_MS / 1000:g} s after it could have come.")
    print("The promise was kept." if report.is_kept else f"THE PROMISE WAS BROKEN {len(report.violations)} times.")
    if is_late or not report.is_kept:
        print(f"Records and logs are in {folder}.")
    else:
        shutil.rmtree(folder)
    return 0 if report.is_kept else STATUS_BROKEN


if __name__ == "__main__":
    sys.exit(main())
