"""A real nginx with the very file that is shipped: only names, ports and the certificate are put in."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.processes import RunningProcess, free_port
from tests.redis_servers import Certificates

ROOT: Final = Path(__file__).parent.parent
SHIPPED: Final = ROOT / "deploy" / "nginx.conf"
SERVER_LINE: Final = "    server 127.0.0.1:8000 max_fails=0;\n"
NAME: Final = "127.0.0.1"

_MAIN: Final = """\
{user}daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log info;
events {{ worker_connections 1024; }}
http {{
    gzip on;  # as many installations have it
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx(RunningProcess):
    """In front of the servers on these ports.

    ``changes`` are regular expressions and what is put in their place, to break the file on purpose.
    """

    def __init__(
        self, program: str, openssl: str, folder: Path, ports: Sequence[int], changes: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.folder = folder / "nginx"
        self.folder.mkdir()
        self.port, self.plain_port = free_port(), free_port()
        self.certificates = Certificates(openssl, self.folder)
        self._ports = ports
        self.write(changes)
        super().__init__([program, "-e", "stderr", "-c", str(self.folder / "main.conf")], self.folder / "output.log")

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    @property
    def plain_url(self) -> str:
        return f"http://{NAME}:{self.plain_port}"

    def write(self, changes: Sequence[tuple[str, str]] = ()) -> None:
        """Put in what differs from machine to machine, then the changes."""
        servers = "".join(SERVER_LINE.replace("8000", str(port)) for port in self._ports)
        text = SHIPPED.read_text(encoding="utf-8")
        for shipped, ours in (
            (SERVER_LINE, servers),
            ("listen 443 ", f"listen {NAME}:{self.port} "),
            ("listen 80;", f"listen {NAME}:{self.plain_port};"),
            ("server_name forum.example.org;", f"server_name {NAME};"),
            ("/etc/ssl/certs/forum.example.org.pem", str(self.certificates.file)),
            ("/etc/ssl/private/forum.example.org.key", str(self.certificates.key_file)),
            ("https://$host$request_uri", f"https://$host:{self.port}$request_uri"),
        ):
            assert shipped in text, f"{SHIPPED} has no {shipped!r}"
            text = text.replace(shipped, ours)
        for pattern, replacement in changes:
            text, count = re.subn(pattern, replacement, text)
            assert count, f"nothing in {SHIPPED} is like {pattern!r}"
        self.folder.joinpath("site.conf").write_text(text, encoding="utf-8")
        self.folder.joinpath("main.conf").write_text(_MAIN.format(folder=self.folder, user=_user()), encoding="utf-8")

    def start(self) -> None:
        super().start()
        self.wait_until(self._is_listening, "a listening nginx")

    def close(self) -> None:
        """Ask it to end: killed, it would leave its own processes behind."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def reload(self) -> None:
        """Read the files again; new processes take over, the old ones keep the connections that they have."""
        before = self.workers()
        self.signal(signal.SIGHUP)
        self.wait_until(lambda: bool(self.workers() - before), "new processes of nginx")

    def workers(self) -> set[int]:
        words = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii").split()
        return set(map(int, words))

    def _is_listening(self) -> bool:
        try:
            with socket.create_connection((NAME, self.port), timeout=5):
                return True
        except OSError:
            return False


def _user() -> str:
    """Root's nginx would work as `nobody`, who may not enter the folders of root's tests."""
    return "user root;\n" if os.geteuid() == 0 else ""
