import dataclasses
import json
from typing import Any

import jsonschema
import pytest

from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.events import EVENT_DATA
from tertulia_wire.examples import CLIENT_EXAMPLES, EVENT_EXAMPLES, SERVER_EXAMPLES, event_example
from tertulia_wire.schemas import data_schemas, description, event_schema, kind_of, message_schema

MESSAGES = [*m.ClientMessage.__args__, *m.ServerMessage.__args__]


@dataclasses.dataclass
class Undocumented:
    field: int


def validator(schema: Any) -> Any:
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator({**schema, "components": {"schemas": data_schemas()}})


def on_the_wire(message: Any) -> Any:
    return json.loads(encode(message, Encoding.JSON))


@pytest.mark.parametrize("message", [*CLIENT_EXAMPLES, *SERVER_EXAMPLES], ids=repr)
def test_message_fits_its_schema(message: Any) -> None:
    validator(message_schema(type(message))).validate(on_the_wire(message))


@pytest.mark.parametrize("name", EVENT_DATA)
def test_event_fits_the_schema_of_its_name(name: str) -> None:
    validator(event_schema(name)).validate(on_the_wire(event_example(name)))


@pytest.mark.parametrize("name", sorted(set(EVENT_DATA) - {"moderation.changed", "void"}))
def test_event_without_its_data_does_not_fit(name: str) -> None:
    event = m.Event("thread:17", 41, name, {})
    assert not validator(event_schema(name)).is_valid(on_the_wire(event))


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_schema_of_one_message_refuses_the_others(message: Any) -> None:
    check = validator(message_schema(message))
    for other in (*CLIENT_EXAMPLES, *SERVER_EXAMPLES):
        array = on_the_wire(other)
        if array[0] != kind_of(message):
            assert not check.is_valid(array), array


@pytest.mark.parametrize(
    ("message", "value"),
    [(m.Ping, ["ping", -1]), (m.Ping, ["ping"]), (m.Subscribe, ["subscribe", 1, [["site"]]]),
     (m.Subscribe, ["subscribe", 1, [["site", ["ABC", 1]]]]), (m.Hello, ["hello", {}]),
     (m.Subscribed, ["subscribed", 1, [["site", [4204, "No."]]]])],
)  # fmt: skip
def test_broken_message_does_not_fit(message: Any, value: Any) -> None:
    assert not validator(message_schema(message)).is_valid(value)


def test_field_that_may_be_missing_is_not_required() -> None:
    """Annotations are texts here, where `typing` itself does not notice what is not required."""
    schema = data_schemas()["PostEventData"]
    assert schema["required"] == ["post", "thread"]
    assert "key_hash" in schema["properties"]


@pytest.mark.parametrize("name", ["void", "moderation.changed"])
def test_some_events_have_no_data(name: str) -> None:
    validator(event_schema(name)).validate(["event", "site", 1, name, {}])
    assert EVENT_EXAMPLES[name] == {}


def test_description_is_one_line_of_the_docstring() -> None:
    assert description(m.Drain) == "This server is about to stop: come back (to any worker) after `after_ms`."
    assert description(Undocumented) == ""
