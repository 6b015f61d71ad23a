"""A worker process as its supervisor sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

START_LIMIT_S: Final = 60.0
"""From its start until it serves; the database was brought up to date before."""

SILENCE_LIMIT_S: Final = 30.0
"""A worker that gives no sign of life for so long is replaced. Well above what a suspended or busy one may need."""


class Phase(Enum):
    """``retiring``: told to end, by us."""

    STARTING = "starting"
    SERVING = "serving"
    RETIRING = "retiring"


class Child:
    """``beats`` is the reading end of its pipe: something to read is a sign of life, the end of it is its end."""

    def __init__(self, number: int, process: subprocess.Popen[bytes], beats: int) -> None:
        self.number = number
        self.beats = beats
        self.phase = Phase.STARTING
        self.began_s = self.heard_s = time.monotonic()
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.began_s

    def hear(self) -> bool:
        """Read what is there; False when it has ended."""
        if not os.read(self.beats, 4096):
            return False
        self.heard_s = time.monotonic()
        if self.phase is Phase.STARTING:
            self.phase = Phase.SERVING
        return True

    @property
    def is_silent(self) -> bool:
        """Whether it takes longer than a worker may for a sign of life, or for its start."""
        limit_s = START_LIMIT_S if self.phase is Phase.STARTING else SILENCE_LIMIT_S
        return time.monotonic() - self.heard_s > limit_s

    def tell(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens to one that has ended."""
        if number in {signal.SIGTERM, signal.SIGUSR1}:
            self.phase = Phase.RETIRING
        self._process.send_signal(number)

    def bury(self) -> int:
        """Its exit status, once its pipe has ended; frees what it held."""
        os.close(self.beats)
        return self._process.wait()


class Spawn(Protocol):
    """Starts the worker of this number."""

    def __call__(self, number: int) -> Child: ...


def spawn_worker(number: int, listener_fd: int, folder: Path) -> Child:
    """Start a worker in a process group of its own, so that Ctrl-C reaches the supervisor alone.

    A fresh interpreter: it runs what is installed now, which may be newer than the supervisor.
    """
    beats, beat_fd = os.pipe()
    words = [str(listener_fd), str(beat_fd), str(number), str(folder)]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "tertulia_server.cli.worker", *words],
            stdin=subprocess.DEVNULL,
            pass_fds=(listener_fd, beat_fd),
            process_group=0,
        )
    except OSError:
        os.close(beats)
        raise
    finally:
        os.close(beat_fd)
    return Child(number, process, beats)
