"""Every transcript against a real server, in each of its encodings."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.runner import load, main, play
from tests.processes import TertuliaServer


@pytest.fixture(scope="module", params=["auto", "portable"])
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[TertuliaServer]:
    variables = {"TERTULIA_SINK": request.param}
    server = TertuliaServer(tmp_path_factory.mktemp("conformance"), variables=variables)
    try:
        server.start()
        yield server
    finally:
        server.close()


def url_of(server: TertuliaServer) -> str:
    return f"{server.url.replace('http', 'ws', 1)}/live"


CASES = [(transcript, subprotocol) for transcript in load([]) for subprotocol in transcript["encodings"]]
NAMES = [f"{transcript['name']}-{subprotocol}" for transcript, subprotocol in CASES]


@pytest.mark.parametrize(("transcript", "subprotocol"), CASES, ids=NAMES)
def test_server_holds_the_conversation(server: TertuliaServer, transcript: dict[str, Any], subprotocol: str) -> None:
    play(url_of(server), transcript, subprotocol, channel="site")


def test_runner_from_the_command_line_says_ok(server: TertuliaServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", url_of(server), "ping"]) == 0
    assert capsys.readouterr().out.count(": ok\n") == 2


def test_server_raised_nothing_while_they_were_played(server: TertuliaServer) -> None:
    assert "Traceback" not in server.output()
