"""There is no AsyncAPI validator offline: the rules of its specification that this document can break stand here."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from asyncapi_document import asyncapi_document
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.events import EVENT_DATA
from tertulia_wire.examples import CLIENT_EXAMPLES, SERVER_EXAMPLES, event_example
from tertulia_wire.messages import Event

DOCUMENT = asyncapi_document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
META_STRUCTURE = {
    "type": "object",
    "required": ["asyncapi", "info"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "id": {"type": "string"},
        "info": {
            "required": ["title", "version"],
            "properties": {
                "license": {"required": ["name"]},
                "title": {"type": "string"},
                "version": {"type": "string"},
            },
        },
        "defaultContentType": {"type": "string"},
        "servers": {"additionalProperties": {"required": ["host", "protocol"]}},
        "channels": {
            "additionalProperties": {
                "properties": {
                    "address": {"type": ["string", "null"]},
                    "messages": {"$ref": "#/definitions/references"},
                }
            }
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel"],
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": {"$ref": "#/definitions/reference"},
                    "messages": {"type": "array", "items": {"$ref": "#/definitions/reference"}},
                },
            }
        },
        "components": {
            "additionalProperties": False,
            "properties": {
                part: {"propertyNames": {"pattern": r"^[a-zA-Z0-9.\-_]+$"}, "additionalProperties": {"type": "object"}}
                for part in ("messages", "schemas")
            },
        },
    },
    "definitions": {
        "reference": {"required": ["$ref"], "properties": {"$ref": {"type": "string"}}, "additionalProperties": False},
        "references": {"type": "object", "additionalProperties": {"$ref": "#/definitions/reference"}},
    },
}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolved(reference: str) -> Any:
    value: Any = DOCUMENT
    for word in reference.removeprefix("#/").split("/"):
        value = value[word]
    return value


def payload_validator(name: str) -> jsonschema.Draft7Validator:
    payload = MESSAGES[name]["payload"]
    jsonschema.Draft7Validator.check_schema(payload)
    return jsonschema.Draft7Validator({**payload, "components": DOCUMENT["components"]})


def test_document_has_the_structure_of_asyncapi_3() -> None:
    jsonschema.Draft7Validator(META_STRUCTURE).validate(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 20
    for reference in found:
        assert isinstance(resolved(reference), dict), reference


def test_every_message_belongs_to_the_channel_and_to_one_operation() -> None:
    """The messages of an operation are those of its channel, not those of the components (rule of version 3)."""
    channel = DOCUMENT["channels"]["live"]["messages"]
    assert set(channel) == set(MESSAGES)
    used = [item["$ref"] for operation in DOCUMENT["operations"].values() for item in operation["messages"]]
    assert sorted(used) == sorted(f"#/channels/live/messages/{name}" for name in channel)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_example_of_the_document_fits_its_schema(name: str) -> None:
    for example in MESSAGES[name]["examples"]:
        payload_validator(name).validate(example["payload"])


@pytest.mark.parametrize("message", [*CLIENT_EXAMPLES, *SERVER_EXAMPLES, *map(event_example, EVENT_DATA)], ids=repr)
def test_encoded_message_fits_exactly_one_schema(message: Any) -> None:
    array = json.loads(encode(message, Encoding.JSON))
    side = "listen" if message in CLIENT_EXAMPLES else "tell"
    names = [item["$ref"].rpartition("/")[2] for item in DOCUMENT["operations"][side]["messages"]]
    fitting = [name for name in names if payload_validator(name).is_valid(array)]
    word = message.name if isinstance(message, Event) else message.kind
    assert [re.sub(r"\W", "", word).lower() in name.lower() for name in fitting] == [True]


@pytest.mark.parametrize("name", sorted(name for name in MESSAGES if name.startswith("event")))
def test_example_of_an_event_is_a_message(name: str) -> None:
    text = json.dumps(MESSAGES[name]["examples"][0]["payload"])
    assert isinstance(decode_server_message(text, Encoding.JSON), Event)
