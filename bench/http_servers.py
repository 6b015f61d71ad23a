"""Servers to be measured: one uvicorn process on one core, and the processor time that it has used."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SERVER_CORE: Final = 0
GENERATOR_CORE: Final = 1
START_LIMIT_S: Final = 30.0

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_ROOT: Final = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens on 127.0.0.1."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """User and system time of the process until now, to the nanosecond where the kernel tells it."""
        try:
            fields = [Path(f"/proc/{self.pid}/task/{task}/schedstat").read_text().split() for task in self._tasks()]
            return sum(int(parts[0]) for parts in fields) / 1e9
        except OSError:
            parts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(parts[11]) + int(parts[12])) / _TICKS_PER_S

    def _tasks(self) -> list[str]:
        return [path.name for path in Path(f"/proc/{self.pid}/task").iterdir()]


def pin_generator() -> None:
    """This process leaves the server's core to the server."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {GENERATOR_CORE})


@contextmanager
def serve(factory: str, folder: Path, variables: Mapping[str, str]) -> Iterator[Server]:
    """Serve the application that ``factory`` makes, as `tertulia serve` would with one worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    name = factory.rpartition(":")[2]
    log_path = folder / f"{name}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.http_servers", factory, str(port)],
            cwd=_ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(process, port, log_path)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log_path: Path) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise SystemExit(f"The server did not start:\n{log_path.read_text()}") from None
            time.sleep(0.02)
        else:
            return


def main() -> None:
    """``python -m bench.http_servers FACTORY PORT``: the child process. What is not plain runs as our workers do."""
    import uvicorn

    from tertulia_server.cli.worker import WorkerServer
    from tertulia_server.settings import read_settings

    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {SERVER_CORE})
    profile_to = os.environ.get("BENCH_PROFILE")
    port = int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    module, name = sys.argv[1].split(":")
    app = getattr(importlib.import_module(module), name)()
    server: uvicorn.Server
    if name.startswith("create_plain"):
        server = uvicorn.Server(
            uvicorn.Config(app, port=port, log_level="error", access_log=False, server_header=False)
        )
    else:
        server = WorkerServer(app, read_settings(port=port))
    if profile_to and sys.argv[1] == os.environ.get("BENCH_PROFILE_FACTORY", sys.argv[1]):
        import cProfile

        signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it once more at its end
        profile = cProfile.Profile()
        profile.runcall(server.run, sockets=[listener])
        profile.dump_stats(profile_to)
    else:
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
