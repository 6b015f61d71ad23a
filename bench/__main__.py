"""`make bench`: every figure of the table beside its floor, measured in the same run.

    python -m bench [PART ...] [--save]

Without a part all are measured, one after the other; each starts its own servers on fresh databases, on one core,
and the readers on another. ``--save`` keeps the figures in bench/results/, in the file of today.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import (
    channels,
    fanout,
    free_loop,
    generators,
    light_crowd,
    load_to_live,
    members,
    pages,
    redis_path,
    returning,
    rounds,
    stalled,
    threads,
    webhooks,
    writes,
)
from bench.figure import HEADER, Measured, save
from bench.measure import INSTALL, compiler

PARTS: Final[dict[str, Callable[[Path], Measured]]] = {
    "fanout": lambda folder: fanout.measure(5000, 40, "auto", folder),
    "rounds": lambda folder: rounds.measure(2000, folder),
    "returning": lambda folder: (returning.measure(5000, 50, folder), []),
    "members": lambda folder: (members.measure(3000, 20, 2.0, folder), []),
    "stalled": lambda folder: (stalled.measure(1000, 3, folder), []),
    "free_loop": lambda folder: (free_loop.measure(10_000, 5.0, folder), []),
    "channels": lambda _folder: channels.measure(100_000),
    "threads": lambda folder: (threads.measure(10_000, 500, 9.0, folder), []),
    "writes": lambda folder: writes.run(folder, writes.defaults().parse_args([])),
    "pages": lambda folder: pages.run(folder, pages.defaults().parse_args([])),
    "load_to_live": load_to_live.run,
    "redis_path": lambda folder: (redis_path.measure_all(folder), []),
    "webhooks": webhooks.run,
    "light_crowd": lambda folder: (light_crowd.measure(2000, 20, folder), []),
    "generators": lambda folder: (generators.measure(1000, 40, folder, generators.USUAL_FOLDER), []),
}


def run_part(name: str, is_kept: bool) -> None:  # noqa: FBT001 - our own call only
    cores, load = os.sched_getaffinity(0), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures, remarks = PARTS[name](Path(folder))
    os.sched_setaffinity(0, cores)  # a part may have pinned us
    for figure in figures:
        print(figure.line(), flush=True)
    for remark in remarks:
        print(f"    {remark}", flush=True)
    if is_kept:
        save(name, figures, remarks, load)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"of {', '.join(PARTS)}")
    parser.add_argument("--save", action="store_true", help="keep the figures in bench/results/")
    words = parser.parse_args()
    if compiler() is None:
        print(f"NOT RUN: the floor and the readers are programs in C; install a compiler: {INSTALL}", file=sys.stderr)
        return 2
    print(HEADER)
    for name in words.parts or PARTS:
        run_part(name, words.save)
    return 0


if __name__ == "__main__":
    sys.exit(main())
