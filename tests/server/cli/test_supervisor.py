"""The supervisor over small programs in the place of workers: who is started, told to end, and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tertulia_server.cli import children
from tertulia_server.cli import supervisor as module
from tertulia_server.cli.children import Child
from tertulia_server.cli.supervisor import Supervisor

LIMIT_S = 20.0

SERVES = """
for n in (signal.SIGTERM, signal.SIGUSR1):
    signal.signal(n, lambda n, f: (note(signal.Signals(n).name), sys.exit(0)))
note("serves"); beat()
while True:
    time.sleep(0.05); beat()
"""
FAILS = "sys.exit(3)"
DIES_YOUNG = "note('serves'); beat(); sys.exit(1)"
HANGS = "note('serves'); beat(); time.sleep(600)"
DOES_NOT_END = "signal.signal(signal.SIGTERM, signal.SIG_IGN); note('serves'); beat(); time.sleep(600)"

PROLOGUE = """
import os, signal, sys, time
number, fd, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def beat(): os.write(fd, b".")
def note(word):
    with open(log, "a") as file: file.write(f"{number} {word}\\n")
"""


class Troupe:
    """Spawns programs, and directs the supervisor from another thread: it must run in the main one for its signals."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.log.touch()
        self.programs: list[str] = []
        self.children: list[Child] = []
        self.forgotten: list[int] = []
        self.failures: list[BaseException] = []

    def spawn(self, number: int) -> Child:
        program = self.programs.pop(0) if len(self.programs) > 1 else self.programs[0]
        beats, beat_fd = os.pipe()
        words = [sys.executable, "-c", PROLOGUE + program, str(number), str(beat_fd), str(self.log)]
        process = subprocess.Popen(words, pass_fds=[beat_fd], process_group=0)
        os.close(beat_fd)
        self.children.append(Child(number, process, beats))
        return self.children[-1]

    def said(self) -> list[str]:
        return self.log.read_text().splitlines()

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not is_so():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.01)

    def direct(self, count: int, script: Callable[[], None], *, stop_limit_s: float = LIMIT_S) -> bool:
        """Run a supervisor while the script plays; both end."""
        supervisor = Supervisor(count, self.spawn, stop_limit_s=stop_limit_s, forget=self.forgotten.append)

        def play() -> None:
            try:
                script()
            except BaseException as failure:  # noqa: BLE001 - told below
                self.failures.append(failure)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        def begin() -> None:
            self.until(lambda: bool(self.children))
            play()

        thread = threading.Thread(target=begin)
        thread.start()
        before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the script's last word may come after the end
        answer = supervisor.run()
        thread.join(LIMIT_S)
        signal.signal(signal.SIGTERM, before)
        assert not self.failures, self.failures
        return answer


@pytest.fixture
def troupe(tmp_path: Path) -> Troupe:
    return Troupe(tmp_path)


def test_workers_start_and_end_together(troupe: Troupe) -> None:
    troupe.programs = [SERVES]
    assert troupe.direct(2, lambda: troupe.until(lambda: len(troupe.said()) == 2))
    assert sorted(troupe.said()) == ["1 SIGTERM", "1 serves", "2 SIGTERM", "2 serves"]
    assert sorted(troupe.forgotten) == [1, 2]


def test_worker_that_died_is_replaced_under_its_number(troupe: Troupe) -> None:
    troupe.programs = [SERVES]

    def script() -> None:
        troupe.until(lambda: len(troupe.said()) == 2)
        os.kill(troupe.children[0].pid, signal.SIGKILL)
        troupe.until(lambda: troupe.said().count("1 serves") == 2)

    assert troupe.direct(2, script)
    assert len(troupe.children) == 3


def test_each_is_replaced_by_one_that_serves_before_it_is_told_to_end(troupe: Troupe) -> None:
    troupe.programs = [SERVES]

    def script() -> None:
        troupe.until(lambda: len(troupe.said()) == 2)
        os.kill(os.getpid(), signal.SIGHUP)
        troupe.until(lambda: len(troupe.said()) == 6)

    assert troupe.direct(2, script)
    first, second = troupe.children[0].number, troupe.children[1].number
    assert troupe.said()[2:6] == [
        "3 serves",
        f"{first} SIGUSR1",
        f"{first} serves",  # the lowest number that was free
        f"{second} SIGUSR1",
    ]


def test_new_worker_that_does_not_start_leaves_the_old_ones_in_place(troupe: Troupe) -> None:
    troupe.programs = [SERVES, SERVES, FAILS]

    def script() -> None:
        troupe.until(lambda: len(troupe.said()) == 2)
        os.kill(os.getpid(), signal.SIGHUP)
        troupe.until(lambda: 3 in troupe.forgotten)

    assert troupe.direct(2, script)
    assert not [line for line in troupe.said() if "SIGUSR1" in line]
    assert len(troupe.children) == 3


def test_first_workers_that_cannot_start_end_it_all(troupe: Troupe) -> None:
    troupe.programs = [FAILS]
    assert not troupe.direct(2, lambda: troupe.until(lambda: len(troupe.forgotten) == 2))
    assert len(troupe.children) == 2


def test_worker_that_dies_young_comes_back_ever_later(troupe: Troupe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY_S", 0.01)
    troupe.programs = [DIES_YOUNG]
    times: list[float] = []

    def script() -> None:
        for count in range(1, 5):
            troupe.until(lambda: len(troupe.said()) >= count)  # noqa: B023 - called at once
            times.append(time.monotonic())

    assert troupe.direct(1, script)
    assert len(troupe.children) >= 4


def test_worker_that_hangs_is_killed_and_replaced(troupe: Troupe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "SILENCE_LIMIT_S", 0.2)
    monkeypatch.setattr(module, "HEALTHY_S", 0.0)
    troupe.programs = [HANGS, SERVES]
    assert troupe.direct(1, lambda: troupe.until(lambda: troupe.said().count("1 serves") == 2))
    assert troupe.said() == ["1 serves", "1 serves", "1 SIGTERM"]


def test_worker_that_does_not_end_is_killed(troupe: Troupe) -> None:
    troupe.programs = [DOES_NOT_END]
    assert troupe.direct(1, lambda: troupe.until(lambda: len(troupe.said()) == 1), stop_limit_s=0.2)


def test_second_interrupt_ends_at_once(troupe: Troupe) -> None:
    troupe.programs = [DOES_NOT_END]

    def is_gone() -> bool:
        if not troupe.forgotten:
            os.kill(os.getpid(), signal.SIGINT)
        return bool(troupe.forgotten)

    def script() -> None:
        troupe.until(lambda: len(troupe.said()) == 1)
        troupe.until(is_gone)

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more may come after the end
    try:
        assert troupe.direct(1, script, stop_limit_s=600)
    finally:
        signal.signal(signal.SIGINT, before)


def test_system_that_has_no_process_to_give_is_asked_again(troupe: Troupe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST_RETRY_S", 0.01)
    troupe.programs = [SERVES]
    true_spawn, refusals = troupe.spawn, [OSError(11, "no more processes")]

    def spawn(number: int) -> Child:
        if refusals:
            raise refusals.pop()
        return true_spawn(number)

    monkeypatch.setattr(troupe, "spawn", spawn)
    assert troupe.direct(1, lambda: troupe.until(lambda: troupe.said() == ["1 serves"]))
