from __future__ import annotations

import pytest

from tests.server.hub.fakes import FakeSink


@pytest.fixture(params=[False, True], ids=["pushed", "piped"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sinks of the test are pushed to, or have a pipe: nothing that a hub promises depends on that."""
    monkeypatch.setattr(FakeSink, "is_piped", request.param)
