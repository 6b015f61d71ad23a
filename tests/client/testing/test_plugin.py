from __future__ import annotations

from tertulia_client.testing import FakeServer

pytest_plugins = ["tertulia_client.testing.plugin"]


async def test_fixture_is_a_server_of_this_test(tertulia_server: FakeServer) -> None:
    tertulia_server.say("hello")
    assert tertulia_server.texts == ["hello"]
