import jsonschema

from tertulia_wire.data import WhoData
from tertulia_wire.hello import hello_data
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES
from tertulia_wire.schemas import data_schemas
from tertulia_wire.version import PROTOCOL_VERSION, __version__


def test_hello_names_the_release_the_protocol_and_the_limits() -> None:
    data = hello_data(heartbeat_ms=25_000, member=None)
    assert data["server"] == f"tertulia/{__version__}"
    assert data["protocol"] == PROTOCOL_VERSION
    assert data["limits"]["message_bytes"] == MAX_CLIENT_MESSAGE_BYTES
    assert data["member"] is None


def test_hello_fits_its_shape() -> None:
    schemas = data_schemas()
    schema = {**schemas["HelloData"], "components": {"schemas": schemas}}
    members: list[WhoData | None] = [None, {"id": 42, "name": "Marisol"}]
    for member in members:
        jsonschema.Draft7Validator(schema).validate(hello_data(heartbeat_ms=25_000, member=member))
