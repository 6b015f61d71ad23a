"""A real server with a small forum in it, for what only a real one shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tertulia_server
from tests.processes import TertuliaServer

PAGES = sorted(Path(tertulia_server.__file__).parent.joinpath("demo").glob("*.txt"))

Tertulia = Callable[..., list[str]]


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[TertuliaServer]:
    """One forum with one thread of 28 posts, ``thread:1``; not started yet, so that a test chooses when."""
    server = TertuliaServer(tmp_path)
    words = [sys.executable, "-m", "tertulia_client", "import", "--database", server.database, *map(str, PAGES)]
    subprocess.run(words, check=True, capture_output=True)
    server.start()
    yield server
    server.close()
