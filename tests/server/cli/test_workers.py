"""What a worker is started with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tertulia_server.cli.workers import STOP_GRACE_S, uvicorn_config
from tertulia_server.settings import Settings
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES


def test_frames_are_never_compressed_per_socket() -> None:
    config = uvicorn_config(Settings())
    assert config.ws_per_message_deflate is False
    assert config.ws_max_size == MAX_CLIENT_MESSAGE_BYTES


def test_stop_is_bounded_by_drain_and_grace() -> None:
    assert uvicorn_config(Settings(drain_ms=2500)).timeout_graceful_shutdown == 3 + STOP_GRACE_S


def test_dead_peer_is_noticed_after_the_ping_timeout() -> None:
    assert uvicorn_config(Settings(ping_timeout_s=7)).ws_ping_timeout == 7


def test_proxy_headers_of_strangers_are_not_believed() -> None:
    config = uvicorn_config(Settings())
    assert not config.proxy_headers
    assert not config.access_log


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_worker_whose_supervisor_is_gone_already_ends_itself() -> None:
    program = "from tertulia_server.cli.workers import _end_with_supervisor; _end_with_supervisor(); print('lives on')"
    variables = {**os.environ, "TERTULIA_SUPERVISOR_PID": "1"}
    answer = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == -signal.SIGTERM
    assert answer.stdout == ""
