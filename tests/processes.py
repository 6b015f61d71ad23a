"""Real servers for tests: each on a free port, in a folder of its own, ended by its own id."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 20.0
FIRST_QUIET_PORT: Final = 12_000
LAST_QUIET_PORT: Final = 32_000
"""Below the ports that Linux gives to outgoing connections (32,768 and above, ip_local_port_range)."""

_POLL_S: Final = 0.02


def free_port() -> int:
    """A port that nobody listens on now, and that no outgoing connection is given, so that it can be had again later.

    Connecting to a port of the other kind while nobody listens there may even connect a socket to itself.
    """
    while True:
        port = random.randrange(FIRST_QUIET_PORT, LAST_QUIET_PORT)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class RunningProcess:
    """A process whose output goes to a file; it can be stopped, killed and started again."""

    def __init__(self, command: Sequence[str], log: Path, variables: Mapping[str, str] | None = None) -> None:
        self.command = list(command)
        self.log = log
        self._variables = {**os.environ, **(variables or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.is_file() else ""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env=self._variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def signal(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self) -> int:
        """Ask to end (SIGTERM) and return the exit status; a process that does not end in time fails the test."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end within {STOP_LIMIT_S} s of SIGTERM:\n{self.output()}") from None

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait(STOP_LIMIT_S)

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def wait_until(self, is_ready: Callable[[], bool], what: str) -> None:
        """Poll a callable until it is true; fails when the process ends before, or takes too long."""
        deadline = time.monotonic() + START_LIMIT_S
        while not is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} before {what}:\n{self.output()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {START_LIMIT_S} s:\n{self.output()}")
            time.sleep(_POLL_S)


class Reachable(Protocol):
    """A server, or whatever stands in front of it."""

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        raise NotImplementedError


class TertuliaServer(RunningProcess):
    """`tertulia serve` on a database in ``folder``; options are those of the command, without the dashes.

    The first start takes a free port, and each later one the same. ``program`` is what stands before `serve`.
    """

    program: Sequence[str] = ("-m", "tertulia_client")

    def __init__(
        self, folder: Path, *, database: str = "", variables: Mapping[str, str] | None = None, **options: object
    ) -> None:
        self.database = database or f"sqlite:///{folder / 'forum.db'}"
        self.port = 0
        self._options = options
        name = f"server-{len(list(folder.glob('server-*.log'))) + 1}.log"
        super().__init__([], folder / name, {"PYTHONUNBUFFERED": "1", **(variables or {})})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and return when `/healthz` answers."""
        said_before = len(self.output())
        options = {"host": "127.0.0.1", "port": self.port, "database": self.database, **self._options}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.command = [sys.executable, *self.program, "serve", *words]
        super().start()
        self.wait_until(lambda: "serves on http" in self.output()[said_before:], "the line that says where it serves")
        found = re.search(r"serves on http://127\.0\.0\.1:(\d+)", self.output()[said_before:])
        assert found is not None
        self.port = int(found[1])
        self.wait_until(self.is_healthy, "an answer of /healthz")

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


class RedisServer(RunningProcess):
    """A redis-server that keeps nothing on disk; started again it has the same port, and forgot everything."""

    def __init__(self, program: str, folder: Path, *options: str) -> None:
        self.port = free_port()
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *options]
        super().__init__([program, *words, "--dir", str(folder)], folder / f"redis-{self.port}.log")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        super().start()
        self.wait_until(self._answers, "an answer of Redis")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
