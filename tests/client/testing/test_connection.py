"""The fake server holds every conversation that a real one must."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tertulia_client.testing import FakeServer
from tertulia_wire.limits import MAX_SEQ
from tests.conformance.runner import load, play

CASES = [(transcript, subprotocol) for transcript in load([]) for subprotocol in transcript["encodings"]]


@pytest.mark.parametrize(
    ("transcript", "subprotocol"), CASES, ids=[f"{one['name']}-{subprotocol}" for one, subprotocol in CASES]
)
async def test_fake_server_holds_the_conversation(transcript: dict[str, Any], subprotocol: str) -> None:
    async with FakeServer(tokens=frozenset()) as server:
        server.unknown_channels.add(f"thread:{MAX_SEQ}")
        url = f"{server.url.replace('http', 'ws', 1)}/live"
        await asyncio.to_thread(play, url, transcript, subprotocol, channel="site")
