"""`tertulia serve`, as a process: what it says, what it refuses, and that it ends cleanly."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tertulia_wire.local_token import local_token_path
from tests.processes import STOP_LIMIT_S, TertuliaServer

StartServer = Callable[..., TertuliaServer]


def _refused(folder: Path, *options: str) -> str:
    """What a start that must fail says, which is one sentence and status 2."""
    command = [sys.executable, "-m", "tertulia_client", "serve", "--port", "0", *options]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 2, answer
    assert answer.stdout == ""
    assert answer.stderr.startswith("tertulia: ")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert f"Port {port} is taken" in _refused(tmp_path, "--port", str(port))
    assert list(tmp_path.iterdir()) == []


def test_address_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    assert "192.0.2.1" in _refused(tmp_path, "--host", "192.0.2.1")  # RFC 5737: nobody has it


def test_file_that_is_no_database_is_one_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 100)
    before = file.read_bytes()
    assert "not a database" in _refused(tmp_path, "--database", f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_database_of_another_program_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = file.read_bytes()
    assert "another program" in _refused(tmp_path, "--database", f"sqlite:///{file}")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--database", "mysql://localhost/forum"), "mysql"),
        (("--database", "sqlite:///no/such/folder/forum.db"), "folder"),
        (("--broker", "carrier-pigeon://loft"), "carrier-pigeon"),
        (("--workers", "0"), "WORKERS"),
        (("--port", "99999"), "PORT"),
    ],
)
def test_setting_that_cannot_be_is_one_sentence(options: tuple[str, ...], word: str, tmp_path: Path) -> None:
    assert word in _refused(tmp_path, *options)


def test_ranks_that_cannot_be_read_are_refused_before_a_worker_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERTULIA_RANK_LADDER", "0 Newcomer, many Regular")
    assert "'many Regular'" in _refused(tmp_path, "--workers", "2")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_server_serves_until_it_is_told_to_stop(number: signal.Signals, start_server: StartServer) -> None:
    server = start_server()
    with urllib.request.urlopen(f"{server.url}/", timeout=10) as answer:
        assert answer.status == 200
    assert f"Tertulia serves on {server.url} with 1 worker." in server.output()
    server.signal(number)
    assert server.process.wait(30) == 0
    assert "Traceback" not in server.output()


def test_server_started_again_has_what_was_there(start_server: StartServer) -> None:
    server = start_server()
    port = server.port
    server.kill()
    server.start()
    assert server.port == port
    assert server.stop() == 0


def test_local_token_lies_ready_while_serving(start_server: StartServer) -> None:
    server = start_server()
    token = local_token_path(server.port).read_text()
    request = urllib.request.Request(f"{server.url}/api/me", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b'"load"' in answer.read()
    server.stop()
    assert not local_token_path(server.port).exists()


def test_server_whose_database_went_away_ends_well_and_takes_its_token_along(
    start_server: StartServer, tmp_path: Path
) -> None:
    folder = tmp_path / "database"
    folder.mkdir()
    server = start_server(database=f"sqlite:///{folder / 'forum.db'}")
    assert local_token_path(server.port).exists()
    folder.rename(tmp_path / "elsewhere")  # of a file alone SQLite makes a new one, at whatever a worker reads next
    assert server.stop() == 0
    assert not local_token_path(server.port).exists()
    assert "local token not revoked" in server.output()


def test_server_clears_the_token_of_one_that_was_killed(start_server: StartServer, tmp_path: Path) -> None:
    with socket.socket() as line:  # nobody listens there, and nobody else is given the port meanwhile
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind(("127.0.0.1", 0))
        left = tmp_path / local_token_path(line.getsockname()[1]).relative_to(tempfile.gettempdir())
        left.parent.mkdir(mode=0o700)
        left.write_text("of a server that was killed")
        server = start_server(variables={"TMPDIR": str(tmp_path)})
    assert [entry.name for entry in left.parent.iterdir()] == [f"token-{server.port}"]


def test_local_token_is_not_made_when_unwanted(start_server: StartServer) -> None:
    server = start_server(variables={"TERTULIA_LOCAL_TOKEN": "false"})
    assert not local_token_path(server.port).exists()


def test_two_workers_without_a_broker_say_so_and_end_together(start_server: StartServer) -> None:
    server = start_server(workers=2)
    assert "with 2 workers" in server.output()
    assert "by the sweep, within about 1 s" in server.output()
    assert server.stop() == 0
    assert not server.is_healthy()


def test_killed_supervisor_leaves_no_worker_on_the_port(start_server: StartServer) -> None:
    server = start_server(workers=2)
    server.kill()
    deadline = time.monotonic() + STOP_LIMIT_S
    while not _can_listen(server.port):
        assert time.monotonic() < deadline, server.output()


def _can_listen(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:
            return False
        return True
