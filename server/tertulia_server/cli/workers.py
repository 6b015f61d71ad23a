"""What one worker process runs, and how it is started."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import socket
import sys
from typing import Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from tertulia_server.app import create_app_from_environment
from tertulia_server.cli.logs import configure_logs
from tertulia_server.settings import Settings, read_settings
from tertulia_server.sinks.uvicorn import LiveHttp, LiveWebSocket, PatientWebSocket
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES

WORKER_SILENCE_LIMIT_S: Final = 30
"""A worker that does not answer for so long is replaced; the server's own 5 s would end one that is merely busy."""

STOP_GRACE_S: Final = 5
"""What running requests get after the drain, before they are cancelled."""

_SUPERVISOR_VARIABLE: Final = "TERTULIA_SUPERVISOR_PID"
_PR_SET_PDEATHSIG: Final = 1


def create_worker() -> Starlette:
    """Called in each worker process: its log lines, its tie to the supervisor, its application."""
    configure_logs(read_settings().log_level)
    _end_with_supervisor()
    return create_app_from_environment()


def run_workers(settings: Settings, listener: socket.socket) -> bool:
    """Serve on the socket until told to stop; False if the application did not start."""
    config = uvicorn_config(settings)
    if settings.workers == 1:
        server = uvicorn.Server(config)
        server.run(sockets=[listener])
        return server.started
    os.environ[_SUPERVISOR_VARIABLE] = str(os.getpid())
    supervisor = Multiprocess(config, sockets=[listener])
    supervisor.run()
    return not any(process.exitcode == uvicorn.config.STARTUP_FAILURE for process in supervisor.processes)


def uvicorn_config(settings: Settings) -> uvicorn.Config:
    """Compression stays off: a frame is made once and shared by all sockets, which a window per socket forbids."""
    return uvicorn.Config(
        "tertulia_server.cli.workers:create_worker",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=LiveHttp,
        ws=PatientWebSocket if settings.sink == "portable" else LiveWebSocket,
        ws_max_size=MAX_CLIENT_MESSAGE_BYTES,
        ws_ping_interval=settings.ping_timeout_s,
        ws_ping_timeout=settings.ping_timeout_s,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.drain_ms / 1000) + STOP_GRACE_S,
        timeout_worker_healthcheck=WORKER_SILENCE_LIMIT_S,
    )


def _end_with_supervisor() -> None:
    """On Linux a worker gets SIGTERM when its supervisor dies: one that was killed leaves nobody on the port."""
    supervisor = os.environ.get(_SUPERVISOR_VARIABLE)
    if supervisor is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)
