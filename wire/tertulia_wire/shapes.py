"""Between message objects and the arrays of the wire; every field from a peer is checked here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from tertulia_wire import limits
from tertulia_wire import messages as m
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, is_epoch
from tertulia_wire.errors import DecodeError

T = TypeVar("T")


def to_array(message: m.Message) -> list[Any]:
    """The array of the wire, of plain values."""
    match message:
        case m.Event(channel, seq, name, data):  # first: by far the most frequent
            return ["event", channel, seq, name, dict(data)]
        case m.Subscribe(ref, items):
            return ["subscribe", ref, [[channel, _cursor_array(cursor)] for channel, cursor in items]]
        case m.Unsubscribe(ref, channels):
            return ["unsubscribe", ref, list(channels)]
        case m.SendSignal(channel, name):
            return ["signal", channel, name]
        case m.Hello(data):
            return ["hello", dict(data)]
        case m.Subscribed(ref, outcomes):
            return ["subscribed", ref, [_outcome_array(item) for item in outcomes]]
        case m.Signal(channel, name, data):
            return ["signal", channel, name, dict(data)]
        case m.Reset(channel, cursor, reason):
            return ["reset", channel, list(cursor), reason]
        case m.Unsubscribed(channel, reason):
            return ["unsubscribed", channel, reason]
        case m.Error(ref_or_none, code, text, retry_after_ms):
            return ["error", ref_or_none, int(code), text, retry_after_ms]
        case m.Drain(after_ms):
            return ["drain", after_ms]
        case m.Ping(ref) | m.Pong(ref):
            return [message.kind, ref]


def parse_client_message(value: Any) -> m.ClientMessage:
    """The message that a decoded array stands for; `DecodeError` with its ``ref`` where there is one."""
    return _parse(value, _CLIENT_KINDS)


def parse_server_message(value: Any) -> m.ServerMessage:
    """The same for what a server sends; further items at the end of the array are ignored."""
    return _parse(value, _SERVER_KINDS)


def _parse(value: Any, kinds: dict[str, Callable[[list[Any]], T]]) -> T:
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise DecodeError(Code.MALFORMED, "A message is an array whose first item is its kind.")
    try:
        return kinds.get(value[0], _unknown)(value[1:])
    except DecodeError as error:
        error.ref = value[1] if len(value) > 1 and _is_ref(value[1]) else None
        raise


def _unknown(_fields: list[Any]) -> NoReturn:
    raise DecodeError(Code.UNKNOWN_KIND)


def _subscribe(fields: list[Any]) -> m.Subscribe:
    ref, items = _fields(fields, 2)
    return m.Subscribe(_ref(ref), [_item(item) for item in _list(items, limits.MAX_SUBSCRIPTIONS_PER_MESSAGE)])


def _item(item: Any) -> tuple[str, Cursor | None]:
    channel, cursor = _fields(item, 2)
    return _channel(channel), None if cursor is None else _cursor(cursor)


def _unsubscribe(fields: list[Any]) -> m.Unsubscribe:
    ref, channels = _fields(fields, 2)
    names = _list(channels, limits.MAX_SUBSCRIPTIONS_PER_MESSAGE)
    return m.Unsubscribe(_ref(ref), [_channel(name) for name in names])


def _send_signal(fields: list[Any]) -> m.SendSignal:
    channel, name = _fields(fields, 2)
    return m.SendSignal(_channel(channel), _text(name, limits.MAX_NAME_CHARS))


def _ping(fields: list[Any]) -> m.Ping:
    return m.Ping(_ref(_fields(fields, 1)[0]))


def _hello(fields: list[Any]) -> m.Hello:
    return m.Hello(_map(_fields(fields, 1)[0]))


def _subscribed(fields: list[Any]) -> m.Subscribed:
    ref, items = _fields(fields, 2)
    return m.Subscribed(_ref(ref), [_outcome(item) for item in _list(items, limits.MAX_SUBSCRIPTIONS_PER_MESSAGE)])


def _outcome(item: Any) -> m.Accepted | m.Refused:
    if isinstance(item, list) and len(item) == 2:
        code, message, retry_after_ms = _fields(item[1], 3)
        return m.Refused(_channel(item[0]), _uint(code), _text(message), _optional_uint(retry_after_ms))
    channel, cursor, head = _fields(item, 3)
    return m.Accepted(_channel(channel), _cursor(cursor), _uint(head))


def _event(fields: list[Any]) -> m.Event:
    channel, seq, name, data = _fields(fields, 4)
    return m.Event(_channel(channel), _uint(seq, smallest=1), _text(name, limits.MAX_NAME_CHARS), _map(data))


def _signal(fields: list[Any]) -> m.Signal:
    channel, name, data = _fields(fields, 3)
    return m.Signal(_channel(channel), _text(name, limits.MAX_NAME_CHARS), _map(data))


def _reset(fields: list[Any]) -> m.Reset:
    channel, cursor, reason = _fields(fields, 3)
    return m.Reset(_channel(channel), _cursor(cursor), _text(reason))


def _unsubscribed(fields: list[Any]) -> m.Unsubscribed:
    channel, reason = _fields(fields, 2)
    return m.Unsubscribed(_channel(channel), _text(reason))


def _error(fields: list[Any]) -> m.Error:
    ref, code, message, retry_after_ms = _fields(fields, 4)
    checked_ref = None if ref is None else _ref(ref)
    return m.Error(checked_ref, _uint(code), _text(message), _optional_uint(retry_after_ms))


def _drain(fields: list[Any]) -> m.Drain:
    return m.Drain(_uint(_fields(fields, 1)[0]))


def _pong(fields: list[Any]) -> m.Pong:
    return m.Pong(_ref(_fields(fields, 1)[0]))


_CLIENT_KINDS: dict[str, Callable[[list[Any]], m.ClientMessage]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "signal": _send_signal,
    "ping": _ping,
}
_SERVER_KINDS: dict[str, Callable[[list[Any]], m.ServerMessage]] = {
    "hello": _hello,
    "subscribed": _subscribed,
    "event": _event,
    "signal": _signal,
    "reset": _reset,
    "unsubscribed": _unsubscribed,
    "error": _error,
    "drain": _drain,
    "pong": _pong,
}


def _cursor_array(cursor: Cursor | None) -> list[Any] | None:
    return None if cursor is None else list(cursor)


def _outcome_array(item: m.Accepted | m.Refused) -> list[Any]:
    if isinstance(item, m.Accepted):
        return [item.channel, list(item.cursor), item.head]
    return [item.channel, [int(item.code), item.message, item.retry_after_ms]]


def _invalid(message: str) -> NoReturn:
    raise DecodeError(Code.MALFORMED, message)


def _fields(value: Any, count: int) -> list[Any]:
    """At least ``count`` items; a later release may add more at the end."""
    if not isinstance(value, list) or len(value) < count:
        _invalid(f"Expected an array of {count} items.")
    return value[:count]


def _list(value: Any, max_items: int) -> list[Any]:
    if not isinstance(value, list):
        _invalid("Expected an array.")
    if len(value) > max_items:
        raise DecodeError(Code.TOO_LARGE, f"An array may hold {max_items} items here.")
    return value


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        _invalid("Expected a map.")
    return value


def _text(value: Any, max_chars: int = limits.MAX_REASON_CHARS) -> str:
    if not isinstance(value, str) or len(value) > max_chars:
        _invalid(f"Expected a text of at most {max_chars} characters.")
    return value


def _channel(value: Any) -> str:
    """Only its length: whether there is such a channel is answered per channel, not per message."""
    return _text(value, limits.MAX_CHANNEL_CHARS)


def _uint(value: Any, largest: int = limits.MAX_SEQ, *, smallest: int = 0) -> int:
    """An integer proper: True and 1.0 are none, though Python counts with both."""
    if type(value) is not int or not smallest <= value <= largest:
        _invalid(f"Expected an integer from {smallest} to {largest}.")
    return value


def _optional_uint(value: Any) -> int | None:
    return None if value is None else _uint(value)


def _is_ref(value: Any) -> bool:
    return type(value) is int and 0 <= value <= limits.MAX_REF


def _ref(value: Any) -> int:
    return _uint(value, limits.MAX_REF)


def _cursor(value: Any) -> Cursor:
    epoch, seq = _fields(value, 2)
    if not is_epoch(epoch):
        _invalid("An epoch is 1 to 32 lower-case letters and digits.")
    return Cursor(epoch, _uint(seq))
