"""The generated parts of docs/reference/protocol.md, each a piece of Markdown made from the protocol package itself."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Callable
from typing import Any, Final

from tertulia_wire import limits
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.events import EVENT_DATA
from tertulia_wire.examples import CLIENT_EXAMPLES, SERVER_EXAMPLES, event_example
from tertulia_wire.schemas import REFERENCE_PREFIX, Schema, data_schemas, description, kind_of, message_schema
from tertulia_wire.shapes import to_array

MAX_HEX_BYTES: Final = 160
"""Longer examples are shown in JSON only; all of them stand in examples.json."""

MAX_LINE_CHARS: Final = 90

LIMITS: Final = {
    "MAX_SEQ": "the largest seq, and the largest integer anywhere",
    "MAX_REF": "the largest ref",
    "MAX_CLIENT_MESSAGE_BYTES": "bytes of a message from a client",
    "MAX_SERVER_MESSAGE_BYTES": "bytes of a message from a server",
    "MAX_SUBSCRIPTIONS_PER_MESSAGE": "items of one `subscribe` or `unsubscribe`",
    "MAX_SUBSCRIPTIONS_PER_CONNECTION": "channels that one connection follows",
    "MAX_DEPTH_LEVELS": "arrays and maps within each other, the message itself being the first",
    "MAX_ARRAY_ITEMS": "items of an array",
    "MAX_MAP_ITEMS": "fields of a map",
    "MAX_CHANNEL_CHARS": "characters of a channel's name",
    "MAX_EPOCH_CHARS": "characters of an epoch",
    "MAX_NAME_CHARS": "characters of the name of an event or a signal",
    "MAX_REASON_CHARS": "characters of a reason or of an error's sentence",
    "MAX_CURSOR_VECTOR_CHARS": "characters of several cursors as one text",
    "MAX_VECTOR_CHANNELS": "channels that one SSE stream or one long poll follows",
    "MAX_POLL_WAIT_MS": "milliseconds that a long poll waits at most",
    "LOG_BLOCK_EVENTS": "events that one request to the log answers at most",
    "MAX_POST_CHARS": "characters of a post",
    "MAX_TITLE_CHARS": "characters of a title",
    "MIN_KEY_CHARS": "characters of an idempotency key, at least",
    "MAX_KEY_CHARS": "characters of an idempotency key, at most",
    "POSTS_PER_PAGE": "posts of a page: page n holds the numbers 20(n-1)+1 to 20n",
}


def client_messages() -> str:
    return "\n".join(_message_section(message) for message in CLIENT_EXAMPLES)


def server_messages() -> str:
    return "\n".join(_message_section(message) for message in SERVER_EXAMPLES)


def codes() -> str:
    rows = [f"| {int(code)} | `{code.name}` | {code.action.value} | {code.status} | {code.sentence} |" for code in Code]
    return _table(["code", "name", "what to do", "HTTP", "sentence"], rows)


def limit_table() -> str:
    rows = [f"| `{name}` | {getattr(limits, name):,} | {meaning} |" for name, meaning in LIMITS.items()]
    return _table(["name", "value", "what it bounds"], rows)


def events() -> str:
    rows = [f"| `{name}` | [`{shape.__name__}`](#{shape.__name__.lower()}) |" for name, shape in EVENT_DATA.items()]
    return _table(["name", "data"], rows)


def data_shapes() -> str:
    return "\n".join(_shape_section(name, schema) for name, schema in data_schemas().items())


BLOCKS: Final[dict[str, Callable[[], str]]] = {
    "client messages": client_messages,
    "server messages": server_messages,
    "events": events,
    "data": data_shapes,
    "codes": codes,
    "limits": limit_table,
}
"""Name of the block, as its markers in the page have it, to what makes it."""


def fill(page: str) -> str:
    """The page with each block between its markers made anew; `ValueError` for a marker that is missing."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- begin generated: {name} -->\n", f"<!-- end generated: {name} -->"
        before, found, rest = page.partition(begin)
        _, found_end, after = rest.partition(end)
        if not found or not found_end:
            raise ValueError(f"the page has no block {name!r}")
        page = f"{before}{begin}\n{make()}\n{end}{after}"
    return page


def type_text(schema: Schema) -> str:
    """A schema in a few words, for a cell of a table."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE_PREFIX)
        return f"[`{name}`](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(type_text(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f'`"{value}"`' for value in schema["enum"])
    if schema["type"] == "array":
        return _array_text(schema)
    kind = str(schema["type"])
    return {"null": "nil", "string": "text", "object": "map"}.get(kind, kind) + _bounds_text(schema)


def _array_text(schema: Schema) -> str:
    items = schema["items"]
    if isinstance(items, dict):
        return f"array of {type_text(items)}"
    return "[" + ", ".join(map(_item_text, items)) + "]"


def _item_text(schema: Schema) -> str:
    """An item of an array by its name, where it has one."""
    if "anyOf" in schema:
        return " or ".join(map(_item_text, schema["anyOf"]))
    if schema.get("type") == "array":
        return _array_text(schema)
    return str(schema.get("description") or type_text(schema))


def _bounds_text(schema: Schema) -> str:
    if schema.get("maximum") not in {None, limits.MAX_SEQ}:
        return f", {schema['minimum']} to {schema['maximum']}"
    return f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""


def _message_section(example: m.Message) -> str:
    message = type(example)
    items = message_schema(message)["items"]
    names = ["kind", *(field.name for field in dataclasses.fields(message))]
    rows = [f'| 0 | kind | `"{kind_of(message)}"` |']
    rows += [f"| {place} | {names[place]} | {type_text(items[place])} |" for place in range(1, len(items))]
    text = description(message)
    return f"### `{kind_of(message)}`\n\n{text}\n\n{_table(['place', 'field', 'type'], rows)}\n{_example_text(example)}"


def _example_text(example: m.Message) -> str:
    as_json = f"```json\n{pretty(to_array(example))}\n```\n"
    packed = encode(example, Encoding.MSGPACK)
    if len(packed) > MAX_HEX_BYTES:
        return as_json
    lines = "\n".join(textwrap.wrap(packed.hex(" "), 96))
    return f"{as_json}\nin msgpack, {len(packed)} bytes:\n\n```text\n{lines}\n```\n"


def pretty(value: Any, indent: str = "") -> str:
    """JSON in which short arrays and maps stay on one line."""
    whole = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(whole) <= MAX_LINE_CHARS or not isinstance(value, list | dict):
        return whole
    deeper = indent + "  "
    if isinstance(value, list):
        lines = [deeper + pretty(item, deeper) for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    lines = [f"{deeper}{json.dumps(name)}: {pretty(item, deeper)}" for name, item in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _shape_section(name: str, schema: Schema) -> str:
    required = set(schema["required"])
    rows = [
        f"| `{field}` | {type_text(field_schema)}{'' if field in required else '; may be missing'} |"
        for field, field_schema in schema["properties"].items()
    ]
    table = _table(["field", "type"], rows) if rows else ""
    return f"### {name}\n\n{schema['description']}\n\n{table}"


def _table(heads: list[str], rows: list[str]) -> str:
    return "\n".join([f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *rows, ""])


def example_vectors() -> dict[str, Any]:
    """Each example in both encodings, for the tests of clients in other languages."""
    named: dict[str, m.Message] = {f"client {message.kind}": message for message in CLIENT_EXAMPLES}
    named |= {f"server {message.kind}": message for message in SERVER_EXAMPLES}
    named |= {f"server event {name}": event_example(name) for name in EVENT_DATA}
    return {
        name: {"json": to_array(message), "msgpack_hex": encode(message, Encoding.MSGPACK).hex()}
        for name, message in named.items()
    }
