"""Plain values: what both encodings can carry alike, and the limits on it.

A plain value is None, a bool, an integer within ±(2^53-1), a finite float, a text without lone surrogates, a list, or a
map with text keys. msgpack could say more (binary, extensions, NaN, other keys) and so could Python's JSON; both are
held to this, so that every message that was decoded can be encoded again, in either encoding.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, NoReturn

from tertulia_wire.codes import Code
from tertulia_wire.errors import DecodeError
from tertulia_wire.limits import MAX_ARRAY_ITEMS, MAX_DEPTH_LEVELS, MAX_MAP_ITEMS, MAX_SEQ


def unique_map(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    """A map of its pairs. A key that comes twice has no one meaning (RFC 8259 section 4), so it is malformed."""
    value = dict(pairs)
    if len(value) != len(pairs):
        refuse("A map holds a key twice.")
    return value


def refuse(message: str) -> NoReturn:
    """Every refusal of this module: ``MALFORMED`` with a sentence."""
    raise DecodeError(Code.MALFORMED, message)


def check_plain(value: Any) -> None:
    """`DecodeError` unless the value is plain and within the limits of depth, items and integers.

    Goes level by level, not by recursion: its own stack stays flat whatever was sent.
    """
    level: list[Iterable[Any]] = [(value,)]
    for _ in range(MAX_DEPTH_LEVELS + 1):
        deeper: list[Iterable[Any]] = []
        for items in level:
            _check_items(items, deeper)
        if not deeper:
            return
        level = deeper
    refuse(f"Values may nest {MAX_DEPTH_LEVELS} levels deep.")


def _check_items(items: Iterable[Any], deeper: list[Iterable[Any]]) -> None:
    """Check the scalars of one container, and put those containers that it holds aside."""
    for item in items:
        kind = type(item)
        if kind is str:
            if not item.isascii():
                _check_text(item)
        elif kind is int:
            if not -MAX_SEQ <= item <= MAX_SEQ:
                refuse("Integers lie within 53 bits.")
        elif kind is list:
            if len(item) > MAX_ARRAY_ITEMS:
                raise DecodeError(Code.TOO_LARGE, f"An array may hold {MAX_ARRAY_ITEMS} items.")
            deeper.append(item)
        elif kind is dict:
            _check_keys(item)
            deeper.append(item.values())
        elif item is not None and kind is not bool:
            _check_float(item)


def _check_keys(value: dict[Any, Any]) -> None:
    if len(value) > MAX_MAP_ITEMS:
        raise DecodeError(Code.TOO_LARGE, f"A map may hold {MAX_MAP_ITEMS} fields.")
    for key in value:
        if type(key) is not str:
            refuse("The keys of a map are texts.")
        _check_text(key)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        refuse("A text holds half of a surrogate pair.")


def _check_float(value: Any) -> None:
    if type(value) is not float:
        refuse("Binary data and extension types have no place in a message.")
    if not isfinite(value):
        refuse("Numbers are finite.")
