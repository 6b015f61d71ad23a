"""Where one begins to follow: patterns of channels, and starting points other than a cursor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from tertulia_client.api import Api, LogBlock
from tertulia_client.errors import ApiError, ClientError
from tertulia_client.subscription import Since, Start
from tertulia_wire.channels import forum_channel, parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import WireError
from tertulia_wire.events import POST_CREATED

FORUMS: Final = "forum:*"
"""The only pattern: all forums that the bot may read, also those that come later."""

REFRESH_S: Final = 60.0
"""How often the forums are asked for again."""

UNKNOWN_EPOCH: Final = "unknown"
MAX_BLOCKS: Final = 1000
"""Blocks of the log that are looked through for a post with a time, before one gives up."""

Begin = Since | datetime | str
"""``"latest"``, ``"earliest"``, ``Last(50)``, a time with its zone, a cursor."""


def check_channel(name: str) -> str:
    """A channel's name, or the pattern `FORUMS`; `ClientError` for all else."""
    try:
        return name if name == FORUMS else str(parse_channel(name))
    except WireError:
        raise ClientError(
            f"A channel is thread:N, forum:N, {FORUMS}, member:N, site or moderation, not {name!r}."
        ) from None


def begin_of(since: Begin) -> Since | datetime:
    """The words ``latest`` and ``earliest``, and cursors as text, as what they mean; `ClientError` for other words."""
    if isinstance(since, datetime) and since.tzinfo is None:
        raise ClientError("A time to begin at needs its time zone: datetime(2026, 1, 31, tzinfo=UTC).")
    if not isinstance(since, str):
        return since
    words = {"latest": Start.NOW, "now": Start.NOW, "earliest": Start.BEGINNING, "start": Start.BEGINNING}
    if since in words:
        return words[since]
    try:
        return Cursor.parse(since)
    except WireError:
        raise ClientError(f"One begins at latest, earliest, Last(n), a time or a cursor, not at {since!r}.") from None


async def expand(api: Api, names: Iterable[str]) -> list[str]:
    """The channels that these names mean now."""
    names = list(names)
    channels = [name for name in names if name != FORUMS]
    if FORUMS in names:
        channels += [forum_channel(forum["id"]) for forum in await api.read_forums()]
    return list(dict.fromkeys(channels))


async def find_place(api: Api, channel: str, begin: Since | datetime) -> Since:
    """``begin`` as something to follow from; a time costs some requests for blocks of the log."""
    return await find_cursor_at(api, channel, begin) if isinstance(begin, datetime) else begin


async def find_cursor_at(api: Api, channel: str, at: datetime) -> Cursor:
    """The place before the first post that was written at this time or later; the head if there is none."""
    at_ms = int(at.timestamp() * 1000)
    head = await _read_head(api, channel)
    low, high = 0, head.seq  # every post up to low is older, none after high is
    while low < high:
        middle = (low + high) // 2
        found = await _find_post(api, channel, Cursor(head.epoch, middle), high)
        if found is not None and found[1] < at_ms:
            low = found[0]
        else:
            high = middle
    return Cursor(head.epoch, low)


async def _find_post(api: Api, channel: str, after: Cursor, until: int) -> tuple[int, int] | None:
    """Seq and time of the first new post after a cursor that tells its time; None if there is none up to ``until``."""
    for _ in range(MAX_BLOCKS):
        block = await api.read_log(channel, after, until=until)
        found = _first_post(block)
        if found is not None or block.cursor.seq >= until:
            return found
        after = block.cursor
    raise ClientError(f"{channel} has too many events without a time to begin at one: give a cursor.")


def _first_post(block: LogBlock) -> tuple[int, int] | None:
    """The same within one block."""
    for seq, name, data in block.events:
        created_ms = data.get("post", {}).get("created_ms") if name == POST_CREATED else None
        if isinstance(created_ms, int):
            return seq, created_ms
    return None


async def _read_head(api: Api, channel: str) -> Cursor:
    """A cursor of no log is refused, and the refusal says where the log is."""
    try:
        block = await api.read_log(channel, Cursor(UNKNOWN_EPOCH, 0))
    except ApiError as error:
        if error.code is Code.CURSOR_RESET and error.cursor is not None:
            return error.cursor
        raise
    return Cursor(block.cursor.epoch, block.head)
