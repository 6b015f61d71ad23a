"""The Tertulia protocol, version 1: messages, codec, codes, channel names, cursor rules.

Standard library and msgpack only; no I/O and no clock, so that the server and every client share it.
"""

from tertulia_wire.channels import Channel, ChannelKind, parse_channel
from tertulia_wire.codec import Encoding, decode_client_message, decode_server_message, encode
from tertulia_wire.codes import Action, Code
from tertulia_wire.cursors import Cursor, CursorVector, reset_reason
from tertulia_wire.errors import DecodeError, WireError

__all__ = [
    "Action",
    "Channel",
    "ChannelKind",
    "Code",
    "Cursor",
    "CursorVector",
    "DecodeError",
    "Encoding",
    "WireError",
    "decode_client_message",
    "decode_server_message",
    "encode",
    "parse_channel",
    "reset_reason",
]
