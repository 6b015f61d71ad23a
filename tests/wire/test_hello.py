from tertulia_wire.hello import hello_data
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES
from tertulia_wire.version import PROTOCOL_VERSION, __version__


def test_hello_names_the_release_the_protocol_and_the_limits():
    data = hello_data(heartbeat_ms=25_000, member=None)
    assert data["server"] == f"tertulia/{__version__}"
    assert data["protocol"] == PROTOCOL_VERSION
    assert data["limits"]["message_bytes"] == MAX_CLIENT_MESSAGE_BYTES
    assert data["member"] is None
