"""What a light reader of the load kit costs: memory of a subscribed one, and CPU per message with the ledger kept.

    python -m bench.light_crowd [--readers 2000] [--rounds 20]

Here it is the generator that is measured, on a core of its own, with the event loop that the load kit would take.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Final

from bench.fanout import Tertulia, found_town
from bench.figure import Figure, show
from bench.measure import FOLDER, Program, cores
from tertulia_client.address import parse_address
from tertulia_client.ledger import Ledger
from tertulia_client.load.crowd import Crowd
from tertulia_client.load.loops import run_quick

SETTLE_S: Final = 1.0
GAP_S: Final = 0.1


class Readers(Program):
    """A process with a crowd; each line on its input makes it so many readers, or answers with what came."""

    def __init__(self, port: int, thread_id: int, core: int) -> None:
        where = [f"http://127.0.0.1:{port}", f"thread:{thread_id}"]
        super().__init__([sys.executable, "-m", "bench.light_crowd", "--child", *where], core, cwd=FOLDER.parent)
        assert self.line() == "ready"

    def connect(self, count: int) -> None:
        assert self.ask(str(count)) == "connected"

    def wait_for(self, events: int) -> None:
        while int(self.ask("count")) < events:
            time.sleep(0.01)
        assert self.ask("balance") == "clean", "an event is missing, or came twice or out of order"


async def be_crowd(url: str, channel: str) -> None:
    """The child: reads orders line by line."""
    count = 0

    def on_event(*_: object) -> None:
        nonlocal count
        count += 1

    ledger = Ledger()
    crowd = Crowd(parse_address(url), lambda _: channel, ledger=ledger, clock=time.monotonic, on_event=on_event)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip() == "count":
            print(count, flush=True)
        elif line.strip() == "balance":
            print("clean" if ledger.balance().is_clean else next(ledger.complaints()), flush=True)
        else:
            await crowd.connect_all(int(line))
            print("connected", flush=True)


def measure(readers: int, rounds: int, folder: Path) -> list[Figure]:
    place = cores()
    town = asyncio.run(found_town(folder))
    with (
        Tertulia(town, place.server, "auto") as server,
        Readers(server.port, town.thread_id, place.others) as crowd,
    ):
        before_bytes = crowd.memory_bytes()
        crowd.connect(readers)
        time.sleep(SETTLE_S)
        reader_bytes = (crowd.memory_bytes() - before_bytes) / readers
        server.reconnect()
        server.burst(1)
        crowd.wait_for(readers)
        before_s = crowd.cpu_s()
        for _ in range(rounds):
            server.burst(1)
            time.sleep(GAP_S)
        crowd.wait_for(readers * (rounds + 1))
        message_us = (crowd.cpu_s() - before_s) / (readers * rounds) * 1e6
    return [
        Figure("light reader: memory, subscribed, with its account", "KiB", reader_bytes / 1024, None, 6.0),
        Figure("light reader: CPU per message, one event at a time", "us", message_us, None, 12.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.child:
        run_quick(be_crowd(*words.child))
        return
    show(lambda folder: (measure(words.readers, words.rounds, folder), []))


if __name__ == "__main__":
    main()
