"""A server for one run: on a free port and a database of its own, ended by its id, with nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import re
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tertulia_client.address import ServerAddress, parse_address
from tertulia_client.api import Api
from tertulia_client.errors import ClientError

START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 15.0
POLL_S: Final = 0.05
SAID_CHARS: Final = 500

_SERVES: Final = re.compile(r"serves on (http://127\.0\.0\.1:\d+)")


class OwnServer:
    """``async with OwnServer(variables) as server``; ``server.address`` is where it is."""

    def __init__(self, variables: Mapping[str, str] | None = None, *, port: int = 0, workers: int = 1) -> None:
        self._variables = dict(variables or {})
        self._port = port
        self._workers = workers
        self._folder = tempfile.TemporaryDirectory(prefix="tertulia-load-", ignore_cleanup_errors=True)
        self._database = f"sqlite:///{Path(self._folder.name, 'forum.db')}"
        self._log = Path(self._folder.name, "server.log")
        self._process: asyncio.subprocess.Process | None = None
        self.address: ServerAddress | None = None

    async def __aenter__(self) -> Self:
        if importlib.util.find_spec("tertulia_server") is None:
            self._folder.cleanup()
            raise ClientError(
                "Give --url, or install the server for one of the run's own: pip install 'tertulia[server]'"
            )
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """Of the process that was started last; None before."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it, on the port that it had before if it had one; return when it answers."""
        words = ["--host", "127.0.0.1", "--port", str(self._port), "--database", self._database]
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "TERTULIA_LOG_LEVEL": "warning"} | self._variables
        begin = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tertulia_client", "serve", *words, "--workers", str(self._workers)),
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run, which ends the server itself
            )
        self.address = parse_address(await self._wait_until_it_serves(self._process, begin))
        self._port = self.address.port
        async with Api(self.address, deadline_s=START_LIMIT_S) as api:
            await api.read_forums()  # it listens before its workers are ready to answer

    async def stop(self) -> None:
        """Ask it to end; kill it if it does not in time."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await process.wait()
        except TimeoutError:
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """As a crash: no good-bye to anybody."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def kill_worker(self) -> None:
        """As a crash of one worker. `ClientError` when there is no supervisor that could replace it."""
        workers = [] if self.pid is None else children_of(self.pid)
        if self._workers < 2 or not workers:
            raise ClientError("A worker can be killed and replaced when there are several: --workers 2.")
        os.kill(workers[0], signal.SIGKILL)

    def restart_workers(self) -> None:
        """One after the other, as a deploy does. `ClientError` when there is only one."""
        if self._workers < 2 or self._process is None:
            raise ClientError("Workers are replaced one by one when there are several: --workers 2.")
        self._process.send_signal(signal.SIGHUP)

    async def close(self) -> None:
        await self.stop()
        self._folder.cleanup()

    def said_since(self, begin: int) -> str:
        """What it printed from this place on."""
        with self._log.open("rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    async def _wait_until_it_serves(self, process: asyncio.subprocess.Process, begin: int) -> str:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + START_LIMIT_S
        while True:
            found = _SERVES.search(self.said_since(begin))
            if found is not None:
                return found[1]
            if process.returncode is not None or loop.time() > deadline_s:
                said = self.said_since(begin).strip()[-SAID_CHARS:]
                raise ClientError(f"The server for the run did not start: {said or 'it said nothing'}")
            await asyncio.sleep(POLL_S)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, oldest first; none where the system does not tell."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
