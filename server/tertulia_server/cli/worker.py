"""One worker: the server in its process, which drains before it shuts down, and its tie to a supervisor.

    SIGTERM, SIGINT   drain, then end: readiness is red, sockets are refused, pages and posts are still answered
    SIGUSR1           the same, but let others accept from now on: sent to a worker that is being replaced
    SIGINT again      end at once

A `Supervisor` starts ``python -m tertulia_server.cli.worker LISTENER BEATS NUMBER FOLDER``: the file descriptors of
the listening socket and of the pipe for signs of life, and what `create_app` is told.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final, cast

import structlog
import uvicorn
from starlette.applications import Starlette

from tertulia_server.app import create_app
from tertulia_server.cli.acceptor import Acceptor
from tertulia_server.cli.collector import calm_collector
from tertulia_server.cli.logs import configure_logs
from tertulia_server.cli.plain_start import PlainStart
from tertulia_server.cli.switching import switch_often
from tertulia_server.live.live import Live
from tertulia_server.settings import Settings, read_settings
from tertulia_server.sinks.turnstile import CalmHttp
from tertulia_server.sinks.uvicorn import LiveWebSocket, PatientWebSocket
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES

STOP_GRACE_S: Final = 5
"""What requests that are still running get after the drain, before they are cancelled."""

TICKS_PER_BEAT: Final = 10
"""uvicorn's main loop ticks ten times a second; a sign of life each second."""

log = structlog.get_logger()


class WorkerServer(uvicorn.Server):
    """uvicorn, which ends all its sockets at once when it shuts down: so we drain before it begins to.

    ``beat_fd``: where to give signs of life; when nobody reads them any more, the supervisor is gone, and we follow.
    """

    def __init__(self, app: Starlette, settings: Settings, *, beat_fd: int | None = None) -> None:
        super().__init__(uvicorn_config(app, settings))
        self._app = app
        self._beat_fd = beat_fd
        self._stop_task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_asked = False
        self._acceptors: list[Acceptor] = []

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called between any two steps of the main thread, so it only leaves word in the loop."""
        del frame
        self._captured_signals.append(sig)
        is_second = self._is_asked
        self._is_asked = True
        if self._loop is None or not self.started:
            self.should_exit = True
        elif not is_second:
            self._loop.call_soon_threadsafe(self._begin_to_stop)
        elif sig == signal.SIGINT:
            self.should_exit = self.force_exit = True

    def retire(self) -> None:
        """Others accept from now on. As `handle_exit`, called from a signal's handler."""
        if self._loop is None or not self.started:
            self.should_exit = True
        else:
            self._loop.call_soon_threadsafe(self._stop_accepting)
            self._loop.call_soon_threadsafe(self._begin_to_stop)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but the connections are taken by ourselves."""
        await super().startup(sockets=[])
        self._acceptors = [Acceptor(listener, self._make_protocol) for listener in sockets or ()]
        for acceptor in self._acceptors:
            acceptor.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stop_accepting()
        await super().shutdown(sockets=sockets)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        calm_collector()
        switch_often()
        await super().main_loop()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_BEAT == 0 and self._beat_fd is not None:
            self._beat(self._beat_fd)
        return await super().on_tick(counter)

    def _beat(self, beat_fd: int) -> None:
        try:
            os.write(beat_fd, b".")
        except BlockingIOError:  # nobody has read for hours
            return
        except BrokenPipeError:
            log.error("supervisor_gone")  # noqa: TRY400 - there is nothing more to say
            self._beat_fd = None
            self._stop_accepting()
            self._begin_to_stop()

    def _stop_accepting(self) -> None:
        for acceptor in self._acceptors:
            acceptor.close()

    def _make_protocol(self) -> asyncio.BaseProtocol:
        make = cast("Callable[..., asyncio.BaseProtocol]", self.config.http_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _begin_to_stop(self) -> None:
        if self._stop_task is None:
            self._stop_task = asyncio.get_running_loop().create_task(self._stop())

    async def _stop(self) -> None:
        try:
            await cast("Live", self._app.state.live).draining.begin()
        finally:
            self.should_exit = True


def uvicorn_config(app: Starlette, settings: Settings) -> uvicorn.Config:
    """Compression stays off: a frame is made once and shared by all sockets, which a window per socket forbids."""
    return uvicorn.Config(
        PlainStart(app),
        host=settings.host,
        port=settings.port,
        http=CalmHttp,
        ws=PatientWebSocket if settings.sink == "portable" else LiveWebSocket,
        ws_max_size=MAX_CLIENT_MESSAGE_BYTES,
        ws_ping_interval=settings.ping_timeout_s,
        ws_ping_timeout=settings.ping_timeout_s,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # ours are in web/proxies.py
        server_header=False,
        timeout_graceful_shutdown=STOP_GRACE_S,
    )


def main(arguments: list[str]) -> int:
    """A worker of a supervisor; its settings come from the environment. The exit status."""
    listener_fd, beat_fd, number, folder = (*map(int, arguments[:3]), Path(arguments[3]))
    settings = read_settings()
    configure_logs(settings.log_level, worker_number=number)
    os.set_blocking(beat_fd, False)
    app = create_app(settings, worker_number=number, board_folder=folder)
    server = WorkerServer(app, settings, beat_fd=beat_fd)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what uvicorn raises again at its end
    signal.signal(signal.SIGUSR1, lambda _number, _frame: server.retire())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal is the supervisor's business
    with suppress(KeyboardInterrupt):
        server.run(sockets=[socket.socket(fileno=listener_fd)])
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
