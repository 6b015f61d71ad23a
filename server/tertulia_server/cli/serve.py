"""`tertulia serve`: checks that everything is there, then runs the workers."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
import typer

from tertulia_server.actions.forums import ensure_first_forum
from tertulia_server.broker.opening import open_broker
from tertulia_server.cli import local_token
from tertulia_server.cli.logs import configure_logs
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.open_files import raise_open_files, shortage
from tertulia_server.errors import StartError, TertuliaError
from tertulia_server.settings import Settings, read_settings, variable_of

log = structlog.get_logger()


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="sqlite:///FILE; it is made if missing.")] = None,
    broker: Annotated[str | None, typer.Option(metavar="URL", help="memory:// or redis://HOST:PORT/DB.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of worker processes.")] = None,
) -> None:
    """Serve the forum: pages, API and the live socket.

    What is not given comes from the TERTULIA_* variables; `tertulia settings` lists them all.
    """
    serve_with(read_settings(host=host, port=port, database=database, broker=broker, workers=workers))


def serve_with(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. `StartError` when that cannot be, in a sentence, with nothing left running."""
    configure_logs(settings.log_level)
    open_files = raise_open_files()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _listen(settings) as listener:
            settings = settings.model_copy(update={"port": listener.getsockname()[1]})
            _check_settings(settings)
            with _local_token(settings):
                _announce(settings, open_files)
                _run(settings, listener)
    except KeyboardInterrupt:
        return


def _check_settings(settings: Settings) -> None:
    """What can be read only with the parts that use it is refused here, once, and not in each worker."""
    from tertulia_server.app import set_ranks

    open_broker(settings.broker)
    set_ranks(settings)


def _listen(settings: Settings) -> socket.socket:
    """The listening socket: whoever connects from now on is answered once the workers are up."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise StartError(_reason(settings, error)) from error
    listener.set_inheritable(True)
    return listener


def _reason(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is taken. Choose another with --port, or let the system choose with --port 0."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {settings.port}. Choose one above 1023 with --port."
    return f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}."


@contextmanager
def _local_token(settings: Settings) -> Iterator[None]:
    """Open the database, so that one which cannot be is refused at once; on loopback a token lies ready meanwhile."""
    is_wanted = settings.local_token and local_token.is_loopback(settings.host)
    token = asyncio.run(_prepare(settings, is_token_wanted=is_wanted))
    try:
        yield
    finally:
        if token is not None:
            asyncio.run(_withdraw(settings, token))


async def _prepare(settings: Settings, *, is_token_wanted: bool) -> local_token.LocalToken | None:
    async with offline_actions(settings.database) as actions:
        await ensure_first_forum(actions)
        if not is_token_wanted:
            local_token.discard(settings.port)
            return None
        try:
            local_token.clear_left_behind()
            return await local_token.issue(actions, settings.port)
        except (StartError, OSError) as error:
            log.warning("no local token", reason=str(error))
            return None


async def _withdraw(settings: Settings, token: local_token.LocalToken) -> None:
    """Without its file nobody can use it, also while the database is away; then it ends by itself."""
    local_token.remove(settings.port, token)
    try:
        async with offline_actions(settings.database, create=False) as actions:
            await local_token.withdraw(actions, token)
    except TertuliaError as error:
        log.warning("local token not revoked", reason=str(error))


def _announce(settings: Settings, open_files: int) -> None:
    """The one line that says where it serves, and what follows from settings and limits that nobody would guess."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    workers = "1 worker" if settings.workers == 1 else f"{settings.workers} workers"
    print(f"Tertulia serves on http://{host}:{settings.port} with {workers}. Ctrl-C stops it.", flush=True)
    if settings.workers > 1 and settings.broker.startswith("memory:"):
        sweep_s = settings.sweep_interval_ms / 1000
        print(
            f"The workers share no broker: they hear of each other's posts by the sweep, within about {sweep_s:g} s. "
            "With --broker redis://HOST it is at once.",
            flush=True,
        )
    if sentence := shortage(open_files, settings.max_connections):
        print(sentence, flush=True)


def _run(settings: Settings, listener: socket.socket) -> None:
    from tertulia_server.cli.workers import run_workers

    _export(settings)
    if not run_workers(settings, listener):
        sys.stdout.flush()
        raise StartError("The server did not start, for the reason above.")


def _export(settings: Settings) -> None:
    """Workers are processes of their own, and read their settings from the environment."""
    for name, value in settings.model_dump(mode="json").items():
        os.environ[variable_of(name)] = str(value)
