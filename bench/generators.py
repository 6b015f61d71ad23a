"""What a reader costs the one who loads: ours beside the plain client of `websockets`, Artillery and Locust.

    python -m bench.generators [GENERATOR ...] [--readers 1000] [--rounds 50] [--folder FOLDER] [--save]

The same job for all: so many readers of one thread, and real posts, one at a time. The server is on one core, the
generator on the other. What pip and npm can install goes into ``--folder`` (some 700 MB, most of it Artillery) and is
kept there; what cannot be installed is named as NOT RUN.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.fanout import Tertulia, Town, found_town
from bench.figure import Figure, save
from bench.measure import FOLDER, cores

USUAL_FOLDER: Final = FOLDER.parent / "var/bench-generators"
READERS: Final = FOLDER / "readers"
START_LIMIT_S: Final = 90.0
SETTLE_S: Final = 3.0
GAP_S: Final = 0.2
SUBSCRIPTIONS: Final = "tertulia_live_subscriptions"
DELIVERIES: Final = "tertulia_deliveries_total"


@dataclass(frozen=True)
class Generator:
    """A program, as it is started."""

    name: str
    words: Sequence[str]


class Family:
    """A program and all that it starts, in a session of its own, on one core."""

    def __init__(self, words: Sequence[str], variables: Mapping[str, str], core: int, folder: Path) -> None:
        self._process = subprocess.Popen(
            list(words),
            env={**os.environ, **variables},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - there are no threads here
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """The session is ours alone: it was made for this program."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def cpu_s(self) -> float:
        """User and system time of all threads that live (nanoseconds of the scheduler)."""
        tasks = (task for process in self._processes() for task in process.glob("task/*/schedstat"))
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory_bytes(self) -> int:
        """Resident memory that is nobody else's."""
        rollups = [(process / "smaps_rollup").read_text().splitlines() for process in self._processes()]
        own = ("Private_Clean:", "Private_Dirty:")
        return sum(int(line.split()[1]) * 1024 for lines in rollups for line in lines if line.startswith(own))

    def _processes(self) -> list[Path]:
        session = self._process.pid
        return [place for place in Path("/proc").glob("[0-9]*") if _session_of(place) == session]


def _session_of(place: Path) -> int:
    try:
        return int((place / "stat").read_text().rsplit(")", 1)[1].split()[3])
    except OSError:
        return 0


def generators(folder: Path) -> list[Generator]:
    locust = [str(folder / "venv/bin/locust"), "-f", str(READERS / "locust_file.py"), "--headless"]
    artillery = [shutil.which("node") or "node", str(folder / "node_modules/artillery/bin/run"), "run"]
    return [
        Generator("light reader", [sys.executable, "-m", "bench.generators", "--child"]),
        Generator("websockets, asyncio client", [sys.executable, str(READERS / "plain_client.py")]),
        Generator("Locust", [*locust, "-u", "{READERS}", "-r", "100", "--host", "http://127.0.0.1"]),
        Generator("Artillery", [*artillery, str(READERS / "artillery.yml")]),
    ]


def install(folder: Path) -> None:
    """What is there already is left. No script of a package is run: one of Artillery's would fetch browsers."""
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "venv/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        packages = ["locust", "websocket-client"]
        if subprocess.run([str(python), "-m", "pip", "-q", "install", *packages], check=False).returncode:
            print("NOT RUN: Locust cannot be installed", file=sys.stderr)
    npm = shutil.which("npm")
    if npm is None:
        print("NOT RUN: Artillery needs Node and npm", file=sys.stderr)
    elif not (folder / "node_modules/artillery").exists():
        words = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run([npm, *words, "artillery"], check=False)


async def be_crowd() -> None:
    """Ours, with its ledger, until it is killed."""
    from tertulia_client.address import parse_address
    from tertulia_client.ledger import Ledger
    from tertulia_client.load.crowd import Crowd

    channel = f"thread:{os.environ['THREAD']}"
    address = parse_address(os.environ["URL"])
    crowd = Crowd(address, lambda _: channel, ledger=Ledger(), clock=time.monotonic, on_event=lambda *_: None)
    await crowd.connect_all(int(os.environ["READERS"]))
    await asyncio.Event().wait()


def measure_one(
    generator: Generator, town: Town, server: Tertulia, core: int, readers: int, rounds: int
) -> list[Figure]:
    """Memory is what more readers add: the same with a tenth of them is taken off."""
    few = max(1, readers // 10)
    with _following(generator, town, server, core, few) as family:
        few_bytes = family.memory_bytes()
    with _following(generator, town, server, core, readers) as family:
        whole_bytes = family.memory_bytes()
        reader_bytes = (whole_bytes - few_bytes) / (readers - few)
        server.reconnect()
        server.burst(1)
        time.sleep(SETTLE_S)
        idle_s = _spent_s(family, lambda: time.sleep(rounds * GAP_S + SETTLE_S))
        before = figure_of(server, DELIVERIES)
        busy_s = _spent_s(family, lambda: _post(server, rounds))
        delivered = figure_of(server, DELIVERIES) - before
        if delivered < readers * rounds:
            raise RuntimeError(f"{delivered:,} of {readers * rounds:,} deliveries were made")
        message_us = (busy_s - idle_s) / (readers * rounds) * 1e6
    print(f"{generator.name:<32}{whole_bytes / 2**20:10.0f}{reader_bytes / 1024:10.1f}{message_us:10.1f}", flush=True)
    return [
        Figure(f"{generator.name}: memory with {readers:,} readers", "MiB", whole_bytes / 2**20),
        Figure(f"{generator.name}: memory per reader", "KiB", reader_bytes / 1024),
        Figure(f"{generator.name}: CPU per message", "us", message_us),
    ]


def figure_of(server: Tertulia, name: str) -> int:
    """What the server says of itself."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


def _following(generator: Generator, town: Town, server: Tertulia, core: int, readers: int) -> Family:
    """Started, and all of its readers there."""
    variables = {
        "READERS": str(readers),
        "THREAD": str(town.thread_id),
        "URL": f"ws://127.0.0.1:{server.port}/live",
        "ARTILLERY_DISABLE_TELEMETRY": "true",
    }
    deadline_s = time.monotonic() + START_LIMIT_S
    while figure_of(server, SUBSCRIPTIONS):  # those of the one before
        time.sleep(0.2)
        if time.monotonic() > deadline_s:
            raise RuntimeError("the readers of the one before are still there")
    family = Family(
        [word.replace("{READERS}", str(readers)) for word in generator.words], variables, core, FOLDER.parent
    )
    while figure_of(server, SUBSCRIPTIONS) < readers:
        if family.has_ended or time.monotonic() > deadline_s:
            found = figure_of(server, SUBSCRIPTIONS)
            family.__exit__(None, None, None)
            raise RuntimeError(f"{found} of {readers} readers came")
        time.sleep(0.2)
    time.sleep(SETTLE_S)
    return family


def _spent_s(family: Family, doing: Callable[[], None]) -> float:
    before_s = family.cpu_s()
    doing()
    return family.cpu_s() - before_s


def _post(server: Tertulia, rounds: int) -> None:
    """Takes as long as it takes when nobody posts."""
    end_s = time.monotonic() + rounds * GAP_S + SETTLE_S
    server.reconnect()
    for _ in range(rounds):
        server.burst(1)
        time.sleep(GAP_S * 0.9)
    time.sleep(max(0.0, end_s - time.monotonic()))


def measure(readers: int, rounds: int, folder: Path, kept: Path, wanted: Sequence[str] = ()) -> list[Figure]:
    place, figures = cores(), list[Figure]()
    install(kept)
    print(f"{f'{readers:,} readers':<32}{'MiB':>10}{'KiB each':>10}{'us each':>10}")
    town = asyncio.run(found_town(folder))
    with Tertulia(town, place.server, "auto") as server:
        for generator in generators(kept):
            if wanted and not any(word.lower() in generator.name.lower() for word in wanted):
                continue
            try:
                figures += measure_one(generator, town, server, place.others, readers, rounds)
            except (OSError, RuntimeError) as error:
                print(f"{generator.name:<32}NOT RUN: {error}", flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("generators", nargs="*", help="parts of names; by default all")
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=USUAL_FOLDER)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.child:
        from tertulia_client.load.loops import run_quick

        run_quick(be_crowd())
        return
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(words.readers, words.rounds, Path(folder), words.folder, words.generators)
    if words.save:
        save("-".join(["generators", *words.generators]), figures, [], load)


if __name__ == "__main__":
    main()
