"""The programs of the system that tests need."""

from __future__ import annotations

from pathlib import Path

import pytest

import interpreter
import programs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "SYSTEM_PATH", str(tmp_path / "sbin"))
    return tmp_path


def _put(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_program_is_found_by_any_of_its_names(folder: Path) -> None:
    assert programs.CHROMIUM.find() is None
    path = _put(folder, "google-chrome")
    assert programs.CHROMIUM.find() == path
    assert programs.missing() == [programs.REDIS, programs.OPENSSL, programs.NGINX]


def test_server_is_found_where_only_root_looks(folder: Path) -> None:
    assert programs.NGINX.find() is None
    (folder / "sbin").mkdir()
    path = _put(folder / "sbin", "nginx")
    assert programs.NGINX.find() == path


def test_nothing_is_installed_when_all_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(folder, "chromium")
    _put(folder, "redis-server")
    _put(folder, "openssl")
    _put(folder, "nginx")
    monkeypatch.setattr(interpreter, "apt_install", lambda *words: pytest.fail(f"installed {words}"))
    assert programs.install_missing() == 0


def test_missing_programs_are_installed_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(interpreter, "apt_install", lambda reason, *packages: asked.append(packages))
    assert programs.install_missing() == 0
    assert asked == [("redis-server", "openssl", "chromium-headless-shell", "nginx")]


def test_install_command_is_ready_to_be_pasted() -> None:
    assert "apt-get install -y redis-server" in programs.REDIS.install_command
