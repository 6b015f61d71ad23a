"""Programs on cores of their own, and what they cost: CPU time and memory as the system counts them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

FOLDER: Final = Path(__file__).parent
START_LIMIT_S: Final = 30.0
POLL_S: Final = 0.01
"""Between two questions to the readers, who should rather read."""
INSTALL: Final = "apt-get install gcc libc6-dev"


@dataclass(frozen=True)
class Cores:
    """Where the server runs, and where all else does."""

    server: int
    others: int


def cores() -> Cores:
    """Two cores of those that we may use; on a machine with one, figures of both are mixed by its scheduler.

    This process itself leaves the server's core to the server from now on.
    """
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {usable[-1]})
    return Cores(usable[0], usable[-1])


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def compile_c(source: Path, folder: Path) -> str:
    """Compile one file; the path of the program."""
    program = Path(tempfile.mkdtemp(dir=folder)) / source.stem
    found = compiler()
    assert found is not None, "no C compiler"
    subprocess.run([found, "-O2", "-o", str(program), str(source)], check=True)
    return str(program)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Program:
    """A process pinned to one core, ended with the block."""

    def __init__(self, words: Sequence[str], core: int, **options: object) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - there are no threads here
            **options,  # type: ignore[call-overload]  # too many for the overloads of Popen
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def ask(self, line: str) -> str:
        """Write a line, and read one."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.line()

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"ended with {self.process.wait()}: {self.process.args!r}")
        return line.strip()

    def cpu_s(self) -> float:
        """User and system time of all its threads that live, from the scheduler (nanoseconds)."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def memory_bytes(self) -> int:
        """Resident memory that is its own."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        own = ("Private_Clean:", "Private_Dirty:")
        return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith(own))


class PythonServer(Program):
    """A module that serves on a socket which is open before it starts, so that nobody is refused."""

    def __init__(self, module: str, core: int, variables: Mapping[str, str] | None = None) -> None:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            listener.set_inheritable(True)
            self.port: int = listener.getsockname()[1]
            super().__init__(
                [sys.executable, "-m", module],
                core,
                env={**os.environ, **(variables or {}), "BENCH_SOCKET": str(listener.fileno())},
                pass_fds=[listener.fileno()],
                cwd=FOLDER.parent,
                stderr=None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL,
            )


class CServer(Program):
    """A program that takes its port as its only word."""

    def __init__(self, program: str, core: int) -> None:
        self.port = free_port()
        super().__init__([program, str(self.port)], core)
        deadline_s = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{program} does not listen")


class Readers(Program):
    """Our receiver with many sockets, its words as its own comment has them; returns when all are settled."""

    def __init__(
        self,
        program: str,
        core: int,
        port: int,
        count: int,
        *,
        greeting: int = 0,
        subscribe: str = "-",
        headers: Sequence[str] = (),
        path: str = "/live",
    ) -> None:
        words = [program, str(port), path, str(count), str(greeting), subscribe, *headers]
        super().__init__(words, core)
        self.count = count
        assert self.line() == f"settled {count}", "the readers did not settle"
        self.counted()

    def counted(self) -> Counted:
        """What came since the last time that this was asked."""
        words = self.ask("").split()
        return Counted(*(int(word) for word in words[1::2]))

    def times(self) -> Times:
        """How long the stamped frames were under way that came since the last time that this was asked."""
        words = self.ask("times").split()
        return Times(*(int(word) for word in words[1::2]))

    def wait_for(self, frames: int) -> Counted:
        """Ask until so many frames came; the sum."""
        total = Counted(0, 0, 0, 0)
        deadline_s = time.monotonic() + START_LIMIT_S
        while total.frames < frames:
            total += self.counted()
            if total.closed or time.monotonic() > deadline_s:
                raise RuntimeError(f"the readers got {total}, not {frames} frames")
            time.sleep(POLL_S)
        return total


@dataclass(frozen=True)
class Times:
    """Microseconds."""

    count: int
    p50: int
    p99: int
    max: int


@dataclass(frozen=True)
class Counted:
    frames: int
    bytes: int
    reads: int
    closed: int

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.frames + other.frames, self.bytes + other.bytes, self.reads + other.reads, other.closed)
