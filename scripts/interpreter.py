"""A Python that is new enough and can make virtual environments: found, installed or asked for.

Runs on old Pythons too, so it uses only what they know.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
NEWEST_MINOR = 14
"""Newer ones work too when they are the `python3`; the names python3.11 to python3.14 are looked for."""

GUARD = "TERTULIA_DEV_INTERPRETER"
"""Set for a Python that was chosen here, so that two that point at each other do not do so for ever."""

PROBE = (
    "import sys, importlib.util as u;"
    "print(*sys.version_info[:2], *(u.find_spec(m) is not None for m in ('venv', 'ensurepip')))"
)


class Refused(SystemExit):
    """Ends the program with status 2 and a text for people on stderr."""

    def __init__(self, text: str) -> None:
        print(text, file=sys.stderr)
        super().__init__(2)


def ensure(arguments: list[str]) -> None:
    """Return when this Python will do; else start over with another one, or end with status 2 and the way out."""
    wanted = os.environ.get("PYTHON", "")
    if wanted and GUARD not in os.environ:
        python = shutil.which(wanted)
        if python is None:
            raise Refused(f"PYTHON={wanted} is no program.")
        if not _is_this(python):
            _restart(python, arguments)
    if sys.version_info[:2] < OLDEST:
        _restart(_newer(wanted), arguments)
    if not _can_make_environments(sys.executable):
        _install_venv()


def probe(python: str) -> tuple[int, int, bool]:
    """Ask a Python for its version and whether it has venv and ensurepip; (0, 0, False) if it does not run."""
    try:
        answer = subprocess.run([python, "-I", "-c", PROBE], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return 0, 0, False
    major, minor, venv, ensurepip = answer.stdout.split()
    return int(major), int(minor), venv == ensurepip == "True"


def _is_this(python: str) -> bool:
    return os.path.realpath(python) == os.path.realpath(sys.executable)


def _can_make_environments(python: str) -> bool:
    return probe(python)[2]


def _restart(python: str, arguments: list[str]) -> None:
    if GUARD in os.environ:
        raise Refused(f"{python} is older than Python {_dotted(OLDEST)}.")
    os.environ[GUARD] = python
    os.execv(python, [python, str(Path(__file__).resolve().parent / "dev.py"), *arguments])  # noqa: S606 - no shell is wanted


def _newer(wanted: str) -> str:
    """The path of a Python that is new enough, installed if need be."""
    if wanted:
        raise Refused(f"PYTHON={wanted} is {sys.version.split()[0]}; Tertulia needs {_dotted(OLDEST)} or newer.")
    found = find_newer()
    if found is None:
        _install_python()
        found = find_newer()
    if found is None:
        raise Refused(f"No Python {_dotted(OLDEST)} or newer was found after installing it.")
    return found


def find_newer() -> str | None:
    """The newest of python3.14 ... python3.11 on the PATH that runs."""
    for minor in range(NEWEST_MINOR, OLDEST[1] - 1, -1):
        python = shutil.which(f"python3.{minor}")
        if python is not None and probe(python)[:2] >= OLDEST:
            return python
    return None


def _install_python() -> None:
    minor = next((minor for minor in range(NEWEST_MINOR, OLDEST[1] - 1, -1) if _apt_has(f"python3.{minor}")), None)
    if minor is None:
        raise Refused(
            f"Tertulia needs Python {_dotted(OLDEST)} or newer; this is {sys.version.split()[0]}, and this system's "
            "packages have none.\nInstall one and name it: PYTHON=/path/to/python3.12 make run"
        )
    apt_install(
        f"Tertulia needs Python {_dotted(OLDEST)} or newer; this is {sys.version.split()[0]}.",
        f"python3.{minor}",
        f"python3.{minor}-venv",
    )


def _install_venv() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    sentence = f"{sys.executable} cannot make virtual environments: venv or ensurepip is missing."
    apt_install(sentence, package)
    if not _can_make_environments(sys.executable):
        raise Refused(f"{sentence} Installing {package} did not help; name another: PYTHON=/path/to/python3 make run")


def _apt_has(package: str) -> bool:
    if shutil.which("apt-cache") is None:
        return False
    answer = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, check=False)
    return answer.returncode == 0


def install_command(*packages: str) -> str:
    """The exact command that installs Debian packages here."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y {' '.join(packages)}"


def apt_install(reason: str, *packages: str) -> None:
    """Install Debian packages as root; anyone else is told the command and the program ends with status 2."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Refused(f"{reason}\n\n    {install_command(*packages)}\n")
    print(f"{reason} Installing {' '.join(packages)} ...", flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    answer = subprocess.run(install, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if answer.returncode != 0:
        print(answer.stdout.decode(errors="replace"), file=sys.stderr)
        raise Refused(f"{reason} This failed:\n\n    {install_command(*packages)}\n")


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
