"""How many processes serve: one, this one; or several, with a supervisor above them."""

from __future__ import annotations

import signal
import socket
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from tertulia_server.app import create_app
from tertulia_server.cli.children import spawn_worker
from tertulia_server.cli.supervisor import Supervisor
from tertulia_server.cli.worker import STOP_GRACE_S, WorkerServer
from tertulia_server.live.board import file_of
from tertulia_server.live.draining import FLUSH_S, LATE_S
from tertulia_server.settings import Settings

SLACK_S: Final = 5.0
"""For what a worker does beside waiting when it ends: closing the database, the interpreter's own end."""


def run_workers(settings: Settings, listener: socket.socket) -> bool:
    """Serve on the socket until told to stop; False if the application did not start."""
    if settings.workers == 1:
        server = WorkerServer(create_app(settings), settings)
        signal.signal(signal.SIGHUP, server.handle_exit)  # nobody to be replaced by: it drains and ends
        server.run(sockets=[listener])
        return server.started
    with tempfile.TemporaryDirectory(prefix="tertulia-") as name:
        folder = Path(name)
        supervisor = Supervisor(
            settings.workers,
            partial(spawn_worker, listener_fd=listener.fileno(), folder=folder),
            stop_limit_s=stop_limit_s(settings),
            forget=lambda number: file_of(folder, number).unlink(missing_ok=True),
        )
        return supervisor.run()


def stop_limit_s(settings: Settings) -> float:
    """From being told to stop until a worker has ended, at most."""
    return settings.drain_ms / 1000 + LATE_S + FLUSH_S + STOP_GRACE_S + SLACK_S
