"""`tertulia check` against a real nginx: all is well with the shipped file, and what is broken in it has a name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from programs import NGINX, OPENSSL
from tests.needs import need
from tests.nginx import NAME, Nginx
from tests.processes import TertuliaServer

NAME_AT, SENTENCE_AT = 8, 27
"""Columns of the report."""

BUFFERED = "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; proxy_buffers 8 64k; proxy_buffer_size 64k;"


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """One server behind nginx."""
    folder = tmp_path_factory.mktemp("check")
    with ExitStack() as stack:
        server = TertuliaServer(folder, variables={"TERTULIA_TRUSTED_PROXIES": NAME, "TERTULIA_LOCAL_TOKEN": "false"})
        stack.callback(server.close)
        server.start()
        nginx = Nginx(need(NGINX), need(OPENSSL), folder, [server.port])
        stack.callback(nginx.close)
        nginx.start()
        yield nginx


def check(nginx: Nginx) -> tuple[int, dict[str, str], str]:
    """Exit status, verdict by name, and all that it said."""
    command = [sys.executable, "-m", "tertulia_client", "check", nginx.url, "--idle", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("  ") and line[2] != " "]
    verdicts = {line[NAME_AT:SENTENCE_AT].strip(): line[:NAME_AT].strip() for line in lines}
    return done.returncode, verdicts, done.stdout + done.stderr


@pytest.fixture(autouse=True)
def trust(nginx: Nginx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx.certificates.ca_file))


def test_shipped_file_passes_on_everything(nginx: Nginx) -> None:
    status, verdicts, said = check(nginx)
    assert status == 0, said
    assert set(verdicts.values()) == {"ok"}, said


@pytest.mark.parametrize(
    ("change", "name", "advice"),
    [
        ((r"proxy_set_header Upgrade .*;", ""), "websocket", "proxy_set_header Upgrade $http_upgrade;"),
        ((r"\$http_host;", "forum.internal;"), "origin", "proxy_set_header Host $http_host;"),
        ((r"proxy_set_header X-Forwarded-Proto .*;", ""), "cookie", "proxy_set_header X-Forwarded-Proto $scheme;"),
        (("proxy_buffering off;", BUFFERED), "event stream", "proxy_buffering off;"),
        ((r"proxy_read_timeout \d+s;", "proxy_read_timeout 300ms;"), "long poll", "proxy_read_timeout"),
    ],
)
def test_fault_of_the_file_is_named(nginx: Nginx, change: tuple[str, str], name: str, advice: str) -> None:
    nginx.write([change])
    nginx.reload()
    try:
        status, verdicts, said = check(nginx)
    finally:
        nginx.write()
        nginx.reload()
    assert verdicts[name] in {"FAIL", "warn"}, said
    assert status == int("FAIL" in verdicts.values()), said
    assert advice in said
    assert "nginx" in said


def test_server_that_is_away_is_named(nginx: Nginx) -> None:
    nginx.write([(r"server 127\.0\.0\.1:\d+ max_fails=0;", "server 127.0.0.1:9;")])
    nginx.reload()
    try:
        status, verdicts, said = check(nginx)
    finally:
        nginx.write()
        nginx.reload()
    assert (status, verdicts) == (1, {"answers": "FAIL"}), said
    assert "502" in said
