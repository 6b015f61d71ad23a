"""Programs of the system that tests need: how they are called, where they are, how they are installed.

The one table for the tests (which are reported as not run without them) and for whoever installs them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Final

import interpreter

SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where Debian keeps servers; the PATH of an ordinary user does not look there."""


@dataclass(frozen=True)
class Program:
    """``commands`` are tried in order; ``package`` is Debian's."""

    name: str
    commands: tuple[str, ...]
    package: str

    def find(self) -> str | None:
        """The path of the program, or None."""
        places = ((command, path) for path in (None, SYSTEM_PATH) for command in self.commands)
        return next((found for command, path in places if (found := shutil.which(command, path=path))), None)

    @property
    def install_command(self) -> str:
        return interpreter.install_command(self.package)


REDIS: Final = Program("redis-server", ("redis-server",), "redis-server")
OPENSSL: Final = Program("openssl", ("openssl",), "openssl")
CHROMIUM: Final = Program(
    "chromium",
    ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "chromium-headless-shell",
)
"""Without windows to draw, the pages' tests take two thirds of the time."""
NGINX: Final = Program("nginx", ("nginx",), "nginx")
PROGRAMS: Final = {program.name: program for program in (REDIS, OPENSSL, CHROMIUM, NGINX)}


def missing() -> list[Program]:
    return [program for program in PROGRAMS.values() if program.find() is None]


def install_missing() -> int:
    """Install what is missing, as root; anyone else is told the command (status 2)."""
    absent = missing()
    if absent:
        names = " and ".join(program.name for program in absent)
        interpreter.apt_install(f"The tests need {names}.", *(program.package for program in absent))
    return 0
