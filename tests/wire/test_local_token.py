"""The one rule for where a token of this user's lies."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tertulia_wire.local_token import is_private, local_token_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_path_of_two_ports_differs_and_names_the_port(folder: Path) -> None:
    path = local_token_path(8123)
    assert path.is_relative_to(folder)
    assert "8123" in path.name
    assert path != local_token_path(8124)


def test_path_is_only_a_name_nothing_is_made(folder: Path) -> None:
    local_token_path(8000)
    assert list(folder.iterdir()) == []


def test_folder_open_to_others_is_not_private(folder: Path) -> None:
    shared = folder / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    assert not is_private(shared)
    shared.chmod(0o700)
    assert is_private(shared)


def test_link_to_a_private_folder_is_not_private(folder: Path) -> None:
    own = folder / "own"
    own.mkdir(mode=0o700)
    link = folder / "link"
    link.symlink_to(own)
    assert not is_private(link)
