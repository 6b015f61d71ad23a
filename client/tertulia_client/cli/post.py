"""`tertulia post`: write a post in a thread."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Final

import typer

from tertulia_client.address import DEFAULT_URL
from tertulia_client.api import Api, PostReceipt
from tertulia_client.cli.options import Token, Url
from tertulia_client.errors import ClientError
from tertulia_wire.channels import ChannelKind, parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_KEY_CHARS, MAX_POST_CHARS, MIN_KEY_CHARS

STDIN: Final = "-"
DEADLINE_S: Final = 10.0
"""A person waits at the prompt; repeating the command with the same --key is safe."""


def post(
    thread: Annotated[str, typer.Argument(help="Number of the thread: 17 or thread:17.")],
    text: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.")] = STDIN,
    url: Url = DEFAULT_URL,
    token: Token = None,
    key: Annotated[
        str | None,
        typer.Option(help="Idempotency key, 8 to 64 characters: repeating the command with it posts once."),
    ] = None,
) -> None:
    """Write a post in a thread and print its address."""
    if not token:
        raise ClientError("Posting needs a token: --token or TERTULIA_TOKEN.", Code.UNAUTHENTICATED)
    if key is not None and not MIN_KEY_CHARS <= len(key) <= MAX_KEY_CHARS:
        raise ClientError(Code.KEY_MISSING.sentence, Code.KEY_MISSING)
    thread_id = thread_id_of(thread)
    said = _read_stdin() if text == STDIN else text
    receipt, origin = asyncio.run(_post(url, token, thread_id, said, key))
    known = ", posted before" if receipt.is_replayed else ""
    print(f"Post {receipt.post['number']} in {receipt.thread['title']!r}{known}.", file=sys.stderr)
    print(f"{origin}/posts/{receipt.post['id']}")


def thread_id_of(thread: str) -> int:
    """``17`` or ``thread:17``; `ClientError` for anything else."""
    try:
        channel = parse_channel(thread if ":" in thread else f"thread:{thread}")
    except WireError:
        channel = None
    if channel is None or channel.kind is not ChannelKind.THREAD:
        raise ClientError(f"{thread!r} is no thread: give its number, or thread:NUMBER.", Code.UNKNOWN_CHANNEL)
    return channel.id


async def _post(url: str, token: str, thread_id: int, text: str, key: str | None) -> tuple[PostReceipt, str]:
    async with Api(url, token=token, deadline_s=DEADLINE_S) as api:
        return await api.create_post(thread_id, text, key=key), api.address.origin


def _read_stdin() -> str:
    """At most one character more than a post may have, so that the server says what is wrong with it."""
    return sys.stdin.read(MAX_POST_CHARS + 1)
