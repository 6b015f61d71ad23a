"""`tertulia webhook`."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tertulia_client.cli import main
from tertulia_client.webhooks import Delivery, read_delivery
from tertulia_server.actions.forums import create_forum
from tertulia_server.actions.members import create_member
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Audience
from tertulia_server.forum.webhooks import OffReason
from tertulia_server.store.leases import take_lease
from tertulia_server.store.port import Connection
from tertulia_server.store.webhook_results import Turn, write_attempt
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, read_trial
from tertulia_server.store.webhooks import Delivery as Kept
from tertulia_server.store.webhooks import change_webhook, find_owner_id, read_deliveries
from tests.processes import free_port
from tests.server.store.webhook_place import attempt

URL = "https://receiver.example/in"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ada, a bot, forum 1 for all and forum 2 for the staff."""
    database = f"sqlite:///{tmp_path / 'forum.db'}"
    monkeypatch.setenv("TERTULIA_DATABASE", database)
    monkeypatch.setenv("TERTULIA_WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("TERTULIA_WEBHOOK_TIMEOUT_MS", "60000")

    async def found() -> None:
        async with offline_actions(database) as actions:
            await create_member(actions, "Ada")
            await create_member(actions, "Helper", is_bot=True)
            await create_forum(actions, "Talk")
            await create_forum(actions, "Staff", audience=Audience.STAFF)

    asyncio.run(found())
    return database


@dataclass
class Taker:
    """A receiver in a thread of its own: says ``status``, and keeps what came and was signed with ``secret``."""

    url: str = ""
    secret: str = ""
    status: int = 204
    taken: list[Delivery] = field(default_factory=list)


@pytest.fixture
def taker() -> Iterator[Taker]:
    taker = Taker()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taker.taken.append(read_delivery(self.headers, body, taker.secret))  # type: ignore[arg-type]
            self.send_response(taker.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        taker.url = f"http://127.0.0.1:{server.server_port}/in"
        yield taker
        server.shutdown()
        thread.join()


def add(capsys: pytest.CaptureFixture[str], url: str = URL) -> str:
    """Make a webhook of Ada's; its secret."""
    assert main.run(["webhook", "add", "forum:1", url, "--owner", "ada", "--label", "chat"]) == 0
    return capsys.readouterr().out.strip()


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main.run(["webhook", *words]) == status
    return capsys.readouterr().out


def test_webhook_is_made_listed_and_removed(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "list") == "There are no webhooks.\n"
    assert re.fullmatch(r"whsec_[\w+/=]{20,}", add(capsys))
    for words in (["list"], ["list", "--owner", "ADA"]):
        line, count = said(capsys, *words).splitlines()
        assert line.split() == ["1", "on", "forum:1", "Ada:", "chat,", URL]
        assert count == "1 in all."
    assert said(capsys, "list", "--owner", "Helper") == "There are no webhooks.\n"
    assert said(capsys, "remove", "1") == "Webhook 1 is no more.\n"
    assert said(capsys, "list") == "There are no webhooks.\n"


def test_list_says_why_one_is_off(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys)
    off = {"is_on": False, "off_reason": OffReason.FAILING.value}
    asyncio.run(write(database, lambda conn: change_webhook(conn, find_owner_id(conn, 1), 1, **off)))
    assert "off      forum:1" in (listed := said(capsys, "list"))
    assert "for too long no delivery was taken" in listed


def test_what_cannot_be_is_refused(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["add", "forum:2", URL, "--owner", "Ada"],  # which she may not read
        ["add", "forum:1", URL, "--owner", "Helper"],
        ["add", "forum:1", URL, "--owner", "Nobody"],
        ["add", "forum:1", "ftp://receiver.example/", "--owner", "Ada"],
        ["add", "forum:1", "http://10.0.0.1/", "--owner", "Ada"],
        ["add", "site", URL, "--owner", "Ada"],
        ["list", "--owner", "Nobody"],
        *([command, "9"] for command in ("test", "log", "remove")),
        ["resend", "9", "1"],
    ):
        assert main.run(["webhook", *words]) == 2, words
        captured = capsys.readouterr()
        assert captured.out == "", words
        assert captured.err.startswith("tertulia: "), words
    assert said(capsys, "list") == "There are no webhooks.\n"


def test_trial_is_signed_and_is_no_event(database: str, taker: Taker, capsys: pytest.CaptureFixture[str]) -> None:
    taker.secret = add(capsys, taker.url)
    assert said(capsys, "test", "1").startswith("delivered, 204, after ")
    assert said(capsys, "test", "1").startswith("delivered, 204, after ")
    first, second = taker.taken
    assert (first.name, first.channel, first.is_reset) == ("test", "forum:1", False)
    assert first.id != second.id
    assert said(capsys, "log", "1") == "Nothing was sent yet.\n"
    taker.status = 401
    assert said(capsys, "test", "1", status=1).startswith("not taken, 401, after ")


def test_trial_says_why_nobody_was_reached(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, f"http://127.0.0.1:{free_port()}/")
    answer = said(capsys, "test", "1", status=1)
    assert answer.startswith("not reached, after ")
    assert answer.endswith(": Nobody takes connections there: does it run, and is the port right?\n")


def test_log_tells_what_came_of_deliveries_and_one_is_sent_again(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(capsys)
    asyncio.run(write(database, refuse_one))
    line = said(capsys, "log", "1").strip()
    assert re.match(r"1  \d{4}-\d\d-\d\d .* test +0  not taken, 500, after 12 ms: so it is$", line)
    assert "`tertulia webhook log 1`" in said(capsys, "resend", "1", "1")
    (delivery,) = asyncio.run(read(database))
    assert delivery.is_wanted_again
    assert main.run(["webhook", "resend", "1", "77"]) == 2
    assert "not kept any more" in capsys.readouterr().err


def refuse_one(conn: Connection) -> None:
    now_ms = 1_760_000_000_000
    fence = take_lease(conn, LEASE, "one", now_ms=now_ms, lease_ms=LEASE_MS)
    assert fence is not None
    write_attempt(conn, Turn("one", fence, now_ms), read_trial(conn, 1, now_ms), attempt(status=500))


async def write(database: str, work: Callable[[Connection], None]) -> None:
    async with offline_actions(database) as actions:
        await actions.store.write(work)


async def read(database: str) -> list[Kept]:
    async with offline_actions(database) as actions:
        return await actions.store.read(read_deliveries, 1)
