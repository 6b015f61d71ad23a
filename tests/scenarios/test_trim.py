"""The log is shortened while a server runs: who stands behind what is left is told so, all others notice nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tertulia_client.cli import main
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Accepted, Hello, Reset, Subscribe, Subscribed
from tests.conftest import StartServer
from tests.processes import TertuliaServer
from tests.scenarios.followers import RawFollower
from tests.scenarios.village import Place, Writer, found, open_thread, read_cursor

TEXTS = [f"text {number}" for number in range(30)]
KEPT = 10


def messages_for(server: TertuliaServer, place: Place, cursor: Cursor, count: int) -> list[Any]:
    """The first messages that a subscription with this cursor gets, without the greeting."""
    url = f"{server.url.replace('http', 'ws', 1)}/live"
    with connect(url, subprotocols=[Subprotocol(Encoding.JSON.value)], compression=None) as connection:
        connection.send(encode(Subscribe(1, [(place.channel, cursor)]), Encoding.JSON).decode())
        messages = [decode_server_message(connection.recv(timeout=10), Encoding.JSON) for _ in range(count + 1)]
    assert isinstance(messages[0], Hello)
    return messages[1:]


def test_cursor_behind_a_trimmed_log_is_reset_and_one_within_it_goes_on(
    start_server: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = found(tmp_path)
    server = start_server()
    place = open_thread(server, people)
    with RawFollower(server, place.channel, place.cursor, Encoding.MSGPACK) as live:
        writer = Writer([server], place, people.ignacio, TEXTS)
        writer.start()
        writer.finish()
        head = read_cursor(server, place.thread_id, people.ignacio)
        live.wait_for(head.seq)
        assert main.run(["db", "trim", place.channel, "--keep-events", str(KEPT), "--database", server.database]) == 0
        assert f"Removed {head.seq - KEPT} events of {place.channel}" in capsys.readouterr().out

        (told,) = [message for message in messages_for(server, place, place.cursor, 2) if isinstance(message, Reset)]
        assert (told.channel, told.reason, told.cursor) == (place.channel, "trimmed", head)
        kept = Cursor(head.epoch, head.seq - KEPT)
        subscribed = messages_for(server, place, kept, 1)[0]
        assert isinstance(subscribed, Subscribed)
        assert list(subscribed.items) == [Accepted(place.channel, kept, head.seq)]

        more = Writer([server], place, people.ignacio, ["after the trim"])
        more.start()
        more.finish()
        live.wait_for(head.seq + 1)
    assert live.faults == []
    assert live.texts == [*TEXTS, "after the trim"]
    assert live.seqs == list(range(place.cursor.seq + 1, head.seq + 2))
