from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import TertuliaServer


@pytest.fixture(scope="session")
def checked_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TertuliaServer]:
    """A real server, to be looked at through proxies."""
    server = TertuliaServer(tmp_path_factory.mktemp("checked"))
    try:
        server.start()
        yield server
    finally:
        server.close()
