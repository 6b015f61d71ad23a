"""Thousands who come back some events behind, beside as many who come back with nothing missed.

    python -m bench.returning [--sockets 5000] [--events 50]

In turns at one worker: all connect with the cursor of the head, then all with a cursor so many events before it, and
are there when each has the last one. `comeback.py` tells how long that takes after a restart.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench.fanout import WARM_SOCKETS, Tertulia, found_town
from bench.figure import Figure, show
from bench.measure import FOLDER, compile_c, cores
from tertulia_wire.cursors import Cursor

TURNS: Final = 3
SETTLE_S: Final = 0.5


def measure(sockets: int, events: int, folder: Path) -> list[Figure]:
    place = cores()
    receiver = compile_c(FOLDER / "receiver.c", folder)
    town = asyncio.run(found_town(folder))
    head = Cursor(town.cursor.epoch, town.cursor.seq + events)
    with ExitStack() as stack:
        server = stack.enter_context(Tertulia(town, place.server, "auto"))
        server.burst(events)

        def spend(count: int, after: Cursor, missed: int) -> float:
            time.sleep(SETTLE_S)
            before_s = server.cpu_s()
            with server.readers(receiver, place.others, count, after=after, events=missed):
                return (server.cpu_s() - before_s) / count * 1e6

        spend(WARM_SOCKETS, town.cursor, events)
        turns = [(spend(sockets, head, 0), spend(sockets, town.cursor, events)) for _ in range(TURNS)]
    without_us, behind_us = (median(turn[place] for turn in turns) for place in (0, 1))
    return [Figure(f"{sockets:,} return {events} events behind, per client", "us", behind_us, without_us, 2.0)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--events", type=int, default=50)
    words = parser.parse_args()
    show(lambda folder: (measure(words.sockets, words.events, folder), []))


if __name__ == "__main__":
    main()
