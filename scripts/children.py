"""Child processes that end with this one."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

PR_SET_PDEATHSIG = 1
"""prctl(2), Linux: the signal that a child gets when its parent dies, so that even kill -9 leaves nothing behind."""


class Children:
    """Processes in groups of their own: Ctrl-C reaches only us, and we end them in order, the last one first."""

    def __init__(self, folder: Path, environment: dict[str, str], stop_limit_s: float) -> None:
        self._folder = folder
        self._environment = environment
        self._stop_limit_s = stop_limit_s
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, command: list[str], variables: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env={**self._environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - this process has no threads
        )
        self._running.append(process)
        return process

    def stop(self) -> None:
        """Ask all to end (SIGTERM), wait, and kill what is still there after the limit."""
        while self._running:
            process = self._running.pop()
            if process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(self._stop_limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
