"""Databases of both engines for tests outside the contract suite: what works on one must work between any two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgresql import PostgresServer

ENGINES = ("sqlite", "postgresql")


class Databases:
    """Gives names of new databases, without anything in them."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self._folder = folder
        self._request = request
        self._count = 0

    def new(self, engine: str) -> str:
        """The URL of one that has no tables yet."""
        if engine == "sqlite":
            self._count += 1
            return f"sqlite:///{self._folder}/forum-{self._count}.db"
        server: PostgresServer = self._request.getfixturevalue("shared_postgresql")
        return server.url(server.create_database())
