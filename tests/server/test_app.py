"""The wiring: what a lifespan opens it also closes, and every address has its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tertulia_server.app import create_app, create_app_from_environment
from tertulia_server.errors import StartError
from tertulia_server.settings import Settings


def test_create_app_serves_pages_api_and_live_connections(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/forum.db")
    with TestClient(create_app(settings)) as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/forums").status_code == 200
        with client.websocket_connect("/live", subprotocols=["tertulia.v1.json"]) as socket:
            assert socket.receive_json()[0] == "hello"


def test_create_app_opened_again_on_the_same_database_works(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/forum.db")
    for _ in range(2):
        with TestClient(create_app(settings)) as client:
            assert client.get("/readyz").json()["status"] == "ready"


def test_create_app_with_a_file_that_is_no_database_does_not_start(tmp_path: Path) -> None:
    path = tmp_path / "forum.db"
    path.write_text("this is a shopping list, and a long one" * 100)
    with pytest.raises(StartError, match="database"), TestClient(create_app(Settings(database=f"sqlite:///{path}"))):
        pass
    assert path.read_text().startswith("this is a shopping list")


def test_create_app_from_environment_reads_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_DATABASE", f"sqlite:///{tmp_path}/other.db")
    with TestClient(create_app_from_environment()):
        assert (tmp_path / "other.db").exists()


@pytest.mark.parametrize("ladder", ["MEMBER", "5 MEMBER"])
def test_create_app_with_a_ladder_that_cannot_be_does_not_start(ladder: str) -> None:
    with pytest.raises(StartError, match="TERTULIA_RANK_LADDER"):
        create_app(Settings(rank_ladder=ladder))
