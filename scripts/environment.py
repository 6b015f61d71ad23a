"""The project's own environment, ./.venv: made once, left alone while nothing changed, repaired when broken.

A stamp inside it says for which pins, which Python and which checkout it was made. While pip works, a marker lies
beside the stamp: one that is found at the start was left by a set-up that was interrupted, and the whole is remade.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from interpreter import Refused

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
STAMP: Final = VENV / "tertulia-setup.json"
UNFINISHED: Final = VENV / "tertulia-setup-unfinished"
LOCK: Final = ROOT / ".setup.lock"
CONSTRAINTS: Final = ROOT / "constraints.txt"

EXTRAS: Final = {"run": ("server",), "test": ("server", "test")}
"""What a profile installs beside the client; the wheel that brings Node belongs to each, for the script of the page."""

MISLEADING: Final = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
    "PIP_USER",
    "VIRTUAL_ENV",
)
"""Variables of the caller's that would lead pip or Python to another place."""


def prepare(profile: str) -> None:
    """Make ./.venv ready for ``run`` or ``test``. If it is so already, this reads a few files and no network."""
    if _is_ready(profile):
        return
    print(f"Setting up ./{VENV.name} for `make {profile}`; the first time takes a minute or two.", flush=True)
    profiles = _profiles() | {profile}
    _make()
    _install(sorted(profiles))


@contextmanager
def locked() -> Iterator[None]:
    """Only one set-up at a time in this checkout.

    What is started meanwhile inherits the lock: a pip that outlives a killed set-up keeps the next one waiting.
    """
    with LOCK.open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work in this folder; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clean_environment() -> dict[str, str]:
    """The variables that programs of ./.venv are started with."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    kept["PATH"] = os.pathsep.join([str(VENV / "bin"), kept.get("PATH", os.defpath)])
    return kept


def run_to_end(*arguments: str, **variables: str) -> int:
    """Python of ./.venv in this checkout, with these variables besides; its exit status, 130 after Ctrl-C."""
    command = [str(PYTHON), *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=clean_environment() | variables, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it got the signal too, and ends what it started
            process.wait()
            return 130


def project_table() -> dict[str, Any]:
    return tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))


def requirements(profiles: list[str]) -> list[str]:
    """What pip is asked for, without the project itself: it is built here, all else comes as wheels."""
    table = project_table()
    asked = list(table["project"]["dependencies"]) + list(table["build-system"]["requires"])
    for extra in sorted({extra for profile in profiles for extra in EXTRAS[profile]}):
        asked += table["project"]["optional-dependencies"][extra]
    return sorted(set(asked))


def fingerprint() -> str:
    """A hash of all that the contents of ./.venv follow from."""
    table = project_table()
    metadata = {name: table[name] for name in ("build-system", "project")}
    metadata["hatch"] = table["tool"]["hatch"]
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    digest.update(CONSTRAINTS.read_bytes())
    return digest.hexdigest()


def _base() -> dict[str, str]:
    """What a virtual environment is tied to: its Python, and the place where it lies."""
    return {"python": _base_python(), "version": sys.version, "root": str(ROOT)}


def _base_python() -> str:
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _may_stay(base: dict[str, str]) -> bool:
    """Whether an environment that was made for ``base`` will do.

    Which `python3` comes first on today's PATH does not matter; one that PYTHON= asks for does.
    """
    is_wanted = not os.environ.get("PYTHON") or base.get("python") == _base_python()
    return is_wanted and base.get("root") == str(ROOT) and _runs("import sys", base.get("version", ""))


def _stamp() -> dict[str, Any]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _profiles() -> set[str]:
    return set(_stamp().get("profiles", ()))


def _is_ready(profile: str) -> bool:
    stamp = _stamp()
    return (
        not UNFINISHED.exists()
        and stamp.get("fingerprint") == fingerprint()
        and bool({profile, "test"} & set(stamp.get("profiles", ())))
        and _may_stay(stamp.get("base", {}))
    )


def _make() -> None:
    """Leave a virtual environment that can be installed into, marked as unfinished."""
    base = _stamp().get("base", _base())
    is_usable = not UNFINISHED.exists() and _may_stay(base) and _runs("import pip, sys", base.get("version", ""))
    if not is_usable:
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
    UNFINISHED.touch()
    if not is_usable:
        _call([_base_python(), "-m", "venv", str(VENV)], "Making the virtual environment")


def _runs(imports: str, version: str) -> bool:
    """Whether the environment's Python runs, can import this, and is still of that version."""
    probe = f"{imports}; print(sys.version, end='')"
    try:
        answer = subprocess.run([PYTHON, "-I", "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.stdout == version


def _install(profiles: list[str]) -> None:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    wheels = [*pip, "--only-binary", ":all:", "--constraint", str(CONSTRAINTS), *requirements(profiles)]
    _call(wheels, "Installing the dependencies")
    _call([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], "Installing Tertulia itself")
    base = _stamp().get("base", _base())
    stamp = {"fingerprint": fingerprint(), "base": base, "profiles": profiles}
    STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    UNFINISHED.unlink()


def _call(command: list[str], purpose: str) -> None:
    """Run a step of the set-up; if it fails, end with status 2. What it left behind is remade the next time."""
    print(f"  {purpose} ...", flush=True)
    if subprocess.run(command, env=clean_environment(), cwd=ROOT, check=False, close_fds=False).returncode != 0:
        raise Refused(f"{purpose} failed, for the reason above. The same command tries it again.")
