"""Each example bot, in a dialog."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tertulia_client.testing import FakeServer, card, talking_with, thread_data
from tertulia_server.webhooks.posting import signed_headers
from tertulia_wire.webhooks import write_secret
from tests.examples.conftest import Load

EVE = card(9, "Eve")


async def test_dice_and_polls(load: Load, server: FakeServer) -> None:
    async with talking_with(load("dice_and_polls").bot, server) as dialog:
        await dialog.says("!roll 3d1").expects("1 + 1 + 1 = **3**")
        await dialog.says("!roll many").expects_match("are no dice")
        await dialog.says("!vote tea").expects("There is no poll here.")
        await dialog.says("!poll Tea or coffee?").expects_match("2 to 10 choices")
        await dialog.says("!poll Tea or coffee? | tea | black coffee").expects(
            "**Tea or coffee?** Answer with `!vote tea` or `!vote black coffee`."
        )
        await dialog.says("!vote tea").expects("tea: 1, black coffee: 0")
        await dialog.says("!vote Black coffee", author=EVE).expects("tea: 1, black coffee: 1")
        await dialog.says("!vote black coffee").expects("tea: 0, black coffee: 2")
        await dialog.says("!vote milk").expects("There is no such choice here.")


async def test_moderation_removes_what_newcomers_link_too_much(load: Load, server: FakeServer) -> None:
    links = " ".join(["https://example.org"] * 3)
    async with talking_with(load("moderation").bot, server) as dialog:
        await dialog.says(f"look: {links}").expects_match("A post by Ana was removed")
        await dialog.says("look: https://example.org").expects_silence()
        await dialog.says(links, author={**EVE, "messages": 100}).expects_silence()
    assert [post["is_removed"] for post in server.posts] == [True, False, False, False]


async def test_bridge_carries_posts_and_waits_for_a_chat_that_is_away(
    load: Load, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    answers = [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 Ok\r\nContent-Length: 0\r\n\r\n"]
    done = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        taken.append(json.loads(await reader.readexactly(length))["text"])
        writer.write(answers.pop(0))
        writer.close()
        if not answers:
            done.set()

    chat = await asyncio.start_server(take, "127.0.0.1", 0)
    async with chat:
        monkeypatch.setenv("CHAT_WEBHOOK", f"http://127.0.0.1:{chat.sockets[0].getsockname()[1]}/hook")
        bot = load("bridge").bot
        async with talking_with(bot, server):
            server.publish("forum:1", "post.created", _data("hello"))
            await done.wait()
    assert len(taken) == 2
    assert taken[0] == taken[1] == f"Ana in Thread 1: hello {server.url}/posts/1"


async def test_digest_counts_over_a_restart_and_writes_once_a_day(
    load: Load, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_FILE", str(tmp_path / "digest.json"))
    days = ["2026-01-30"]
    lives = [load("digest"), load("digest")]
    for life, module in enumerate(lives, 1):
        monkeypatch.setattr(module, "today", lambda: days[-1])
        async with talking_with(module.bot, server) as dialog:
            await dialog.says(f"said in life {life}", thread_id=2).expects_silence()
            await dialog.says("in the digest itself").expects_silence()
            await module.write_digest()
    assert len(server.posts) == 4
    module = lives[-1]
    async with talking_with(module.bot, server):
        counted = module.read()
        days.append("2026-01-31")
        await module.write_digest()
        module.write(counted)  # killed between the post and its note of it
        await module.write_digest()
        await module.write_digest()
    assert server.texts[4:] == ["Said on 2026-01-30:\n\n- [Thread 2](/threads/2): 2 new"]
    assert module.read() == {"day": "2026-01-31", "threads": {}}


async def test_find_and_link(load: Load, server: FakeServer) -> None:
    for thread_id in (1, 2):
        server.publish("forum:3", "thread.created", {"thread": thread_data(thread_id)})
    async with talking_with(load("find_and_link").bot, server) as dialog:
        await dialog.says("!find THREAD 2").expects("- [Thread 2](/threads/2)")
        await dialog.says("!find nothing").expects("Nothing found.")
        await dialog.says("!find").expects("Nothing found.")


async def test_receiver_takes_each_delivery_once_and_only_from_the_forum(
    load: Load, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = write_secret(b"of the test")
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    receiver = load("receive_webhook").Receiver
    with HTTPServer(("127.0.0.1", 0), receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            deliveries = [(1, secret), (1, secret), (2, write_secret(b"of somebody else")), (2, secret)]
            told = [await asyncio.to_thread(_deliver, server.server_port, seq, by) for seq, by in deliveries]
        finally:
            server.shutdown()
            thread.join()
    assert told == [204, 204, 401, 204]
    assert capsys.readouterr().out == "Ana in Thread 1: hello 1\nAna in Thread 1: hello 2\n"


def _deliver(port: int, seq: int, secret: str) -> int:
    name = f"3:thread:1:abc:{seq}"
    place = {"id": name, "webhook": 3, "channel": "thread:1", "epoch": "abc", "seq": seq}
    body = json.dumps({**place, "name": "post.created", "data": _data(f"hello {seq}")}).encode()
    headers = signed_headers(name, [secret], body, int(time.time()))
    return httpx.post(f"http://127.0.0.1:{port}/", content=body, headers=headers).status_code


def _data(text: str) -> dict[str, Any]:
    server = FakeServer()
    server.say(text)
    return dict(server.logs["thread:1"][0][1])
