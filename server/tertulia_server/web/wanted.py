"""What an address asks to follow: channels and cursors in a query, for those transports that cannot send messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.requests import Request

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Visitor
from tertulia_server.session import Wanted
from tertulia_server.web.identity import check_origin, identify, sign_in_token
from tertulia_wire.channels import parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, CursorVector
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_CHANNEL_CHARS, MAX_CURSOR_VECTOR_CHARS, MAX_REF, MAX_VECTOR_CHANNELS
from tertulia_wire.messages import Refused

LAST_EVENT_ID: Final = "last-event-id"


async def identify_follower(request: Request) -> Visitor:
    """As for a WebSocket: a cookie that another site's page sends along counts for nothing, and is refused.

    A browser names the origin only when a page of another origin asks, and would not let that page read the answer.
    """
    is_by_cookie = "authorization" not in request.headers and sign_in_token(request) is not None
    if is_by_cookie and "origin" in request.headers:
        check_origin(request)
    return await identify(request)


def parse_wanted(request: Request) -> list[Wanted | Refused]:
    """``?since=VECTOR`` and ``?channels=a,b``; a cursor of ``Last-Event-ID`` wins over one of the address.

    `WireError` or `Refusal` for what cannot be read or is too much; what is no channel is refused in its place.
    """
    cursors: dict[str, Cursor | None] = dict.fromkeys(_channels(request.query_params.get("channels", "")))
    cursors |= CursorVector.parse(request.query_params.get("since", ""))
    cursors |= CursorVector.parse(request.headers.get(LAST_EVENT_ID, ""))
    if len(cursors) > MAX_VECTOR_CHANNELS:
        raise Refusal(
            Code.TOO_MANY_SUBSCRIPTIONS,
            Sentence("Up to %(most)s channels can be followed like this.", most=MAX_VECTOR_CHANNELS),
        )
    return [_item(channel, cursor) for channel, cursor in cursors.items()]


def cursors_of(items: Iterable[Wanted | Refused]) -> dict[str, Cursor]:
    """Where those who asked already are."""
    wanted = [item for item in items if isinstance(item, Wanted)]
    return {item.channel: item.cursor for item in wanted if item.cursor is not None}


def parse_count(request: Request, name: str, default: int, largest: int = MAX_REF) -> int:
    """A whole number of the query; more than ``largest`` is ``largest``."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise Refusal(Code.INVALID, Sentence("%(name)s is a whole number.", name=name))
    return min(int(text), largest)


def _channels(text: str) -> list[str]:
    if len(text) > MAX_CURSOR_VECTOR_CHARS:
        raise Refusal(Code.TOO_LARGE, Sentence("Channels may take %(most)s characters.", most=MAX_CURSOR_VECTOR_CHARS))
    return [name for name in text.split(",") if name]


def _item(channel: str, cursor: Cursor | None) -> Wanted | Refused:
    try:
        parse_channel(channel)
    except WireError as error:
        return Refused(channel[:MAX_CHANNEL_CHARS], error.code, str(error))
    return Wanted(channel, cursor)
