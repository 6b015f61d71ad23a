"""`make run`: the demo forum and its bot, as two processes that come and go together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType
from typing import Final

import environment
from children import Children
from interpreter import Refused
from set_up import set_up

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
FOLDER: Final = "var/demo"
"""Seen from the checkout, where the processes run."""
KEYS: Final = environment.ROOT / FOLDER / "keys.json"

STARTUP_LIMIT_S: Final = 60.0
"""A first start imports a thread; on a slow disk that may take seconds, never a minute."""

STOP_LIMIT_S: Final = 10.0
"""Longer than the server takes to drain and to stop by itself."""


def run() -> int:
    """Prepare, serve until told to stop, and leave no process behind. Exit status 0 after Ctrl-C or SIGTERM."""
    port = wanted_port(os.environ.get("PORT", ""))
    check_port(port)
    set_up("run")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with Children(environment.ROOT, environment.clean_environment(), STOP_LIMIT_S) as children:
        try:
            return _serve(children, port)
        except Stopped:
            return 0


class Stopped(BaseException):
    """Somebody asked us to end."""


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of signal handlers
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


def wanted_port(text: str) -> int:
    """The port that PORT asks for; without it 8000."""
    if not text:
        return DEFAULT_PORT
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise Refused(f"PORT={text} is no port: it must be a number from 1 to 65535.")


def check_port(port: int) -> None:
    """Refuse when the port cannot be listened on, with the command that will do."""
    if _is_free(port):
        return
    other = next((number for number in range(port + 1, min(port + 100, 65536)) if _is_free(number)), 0)
    raise Refused(f"Port {port} is taken; this serves on another one: PORT={other or 8001} make run")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
        return True


def _serve(children: Children, port: int) -> int:
    python = str(environment.PYTHON)
    server = children.start([python, "-m", "tertulia_client", "demo", "--port", str(port), "--folder", FOLDER])
    url = f"http://{HOST}:{port}"
    if not _await_health(server, url):
        return server.wait()
    keys = json.loads(KEYS.read_text(encoding="utf-8"))
    bot = {"TERTULIA_URL": url, "TERTULIA_TOKEN": keys["bot_token"], "TERTULIA_CHANNELS": f"thread:{keys['thread_id']}"}
    children.start([python, "-m", "tertulia_client.demo_bot"], bot)
    return server.wait()


def _await_health(server: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the server answers; False when it ended instead, which it has explained itself."""
    deadline = time.monotonic() + STARTUP_LIMIT_S
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):  # noqa: S310 - our own address
                return True
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                print(f"The server does not answer on {url}.", file=sys.stderr)
                return False
            time.sleep(0.05)
    return False
