"""The AsyncAPI 3.0 document of the live connection, made from the message classes and the shapes of data."""

from __future__ import annotations

import re
from typing import Any, Final

from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding
from tertulia_wire.events import EVENT_DATA
from tertulia_wire.examples import CLIENT_EXAMPLES, SERVER_EXAMPLES, event_example
from tertulia_wire.schemas import data_schemas, event_schema, message_schema
from tertulia_wire.shapes import to_array
from tertulia_wire.version import __version__

_DESCRIPTION: Final = """\
The live connection of a Tertulia server: subscribe to channels, and hear each event of them once, in order.
Every message is an array whose first item is its kind; the payloads here are those of the JSON encoding, and msgpack
carries the same values. The rules (cursors, catching up, heartbeat, what to do on a code) stand in protocol.md.\
"""


def asyncapi_document() -> dict[str, Any]:
    """The document as plain values, the same at each call."""
    client = {_client_name(example): _message(example) for example in CLIENT_EXAMPLES}
    server = {example.kind: _message(example) for example in SERVER_EXAMPLES if not isinstance(example, m.Event)}
    server |= {_event_name(name): _event_message(name) for name in EVENT_DATA}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tertulia, live",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:8000", "protocol": "ws", "description": "As `make run` starts it."}},
        "channels": {"live": _channel([*client, *server])},
        "operations": {
            "listen": _operation("receive", list(client), "What a client may send."),
            "tell": _operation("send", list(server), "What the server sends."),
        },
        "components": {"messages": client | server, "schemas": data_schemas()},
    }


def _channel(names: list[str]) -> dict[str, Any]:
    subprotocols = {"type": "string", "enum": [encoding.value for encoding in Encoding]}
    headers = {"type": "object", "properties": {"Sec-WebSocket-Protocol": subprotocols}}
    return {
        "address": "/live",
        "description": "One WebSocket. Which channels it follows is asked for within it.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _operation(action: str, names: list[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/live"},
        "messages": [{"$ref": f"#/channels/live/messages/{name}"} for name in names],
    }


def _message(example: m.Message) -> dict[str, Any]:
    schema = message_schema(type(example))
    return {
        "name": example.kind,
        "title": example.kind,
        "summary": schema.pop("description"),
        "payload": schema,
        "examples": [{"payload": to_array(example)}],
    }


def _event_message(name: str) -> dict[str, Any]:
    schema = event_schema(name)
    return {
        "name": f"event {name}",
        "title": f"event {name}",
        "summary": schema.pop("description"),
        "payload": schema,
        "examples": [{"payload": to_array(event_example(name))}],
    }


def _client_name(example: m.ClientMessage) -> str:
    """Both sides have a `signal`; names of the document are unique."""
    return "sendSignal" if isinstance(example, m.SendSignal) else example.kind


def _event_name(name: str) -> str:
    """``post.created`` becomes ``eventPostCreated``."""
    return "event" + "".join(word.capitalize() for word in re.split(r"\W", name))
