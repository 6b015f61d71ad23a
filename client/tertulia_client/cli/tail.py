"""`tertulia tail`: the events of channels as lines of JSON, for pipes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from tertulia_client import notices as n
from tertulia_client.address import DEFAULT_URL
from tertulia_client.cli.options import Token, Url
from tertulia_client.connection import Follower
from tertulia_client.errors import ClientError
from tertulia_client.subscription import Since, Start
from tertulia_wire.channels import parse_channel
from tertulia_wire.cursors import Cursor, CursorVector
from tertulia_wire.errors import WireError


def tail(
    channels: Annotated[list[str], typer.Argument(help="thread:17, forum:3, member:42 or site.")],
    url: Url = DEFAULT_URL,
    since: Annotated[
        str,
        typer.Option(
            help="Where to begin: now, start, the cursor of a printed line, or CHANNEL=CURSOR,... for several channels."
        ),
    ] = "now",
    token: Token = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a server that is not there yet.")] = False,
) -> None:
    """Print the events of a channel as they happen, one line of JSON each.

    It goes on through restarts of the server, with nothing missing and nothing twice. To go on after its own end, give
    --since the cursor of the last line. What is no event (connection lost, live again) goes to standard error.
    """
    begins = parse_since(since, [str(parse_channel(name)) for name in channels])
    try:
        asyncio.run(_tail(Follower(url, token=token, wait_for_server=wait), begins))
    except BrokenPipeError:  # whoever read us has enough, as `head` has; nothing may be written any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parse_since(since: str, channels: Sequence[str]) -> dict[str, Since]:
    """Where to begin in each channel; `ClientError` when the text says nothing of one of them."""
    words = {"now": Start.NOW, "start": Start.BEGINNING}
    if since in words:
        return dict.fromkeys(channels, words[since])
    try:
        if "=" in since:
            vector = CursorVector.parse(since)
            return {channel: vector.get(channel, Start.NOW) for channel in channels}
        cursor = Cursor.parse(since)
    except WireError:
        raise ClientError("--since takes now, start, or a cursor (EPOCH.SEQ) as an earlier line gave it.") from None
    if len(set(channels)) != 1:
        raise ClientError("A cursor belongs to one channel: give CHANNEL=CURSOR,CHANNEL=CURSOR with --since.")
    return {channels[0]: cursor}


async def _tail(follower: Follower, begins: Mapping[str, Since]) -> None:
    printing = asyncio.current_task()
    loop = asyncio.get_running_loop()
    is_stopped = False

    def stop() -> None:
        nonlocal is_stopped
        is_stopped = True
        if printing is not None:
            printing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await _print_all(follower, begins)
    except asyncio.CancelledError:
        if not is_stopped:
            raise


async def _print_all(follower: Follower, begins: Mapping[str, Since]) -> None:
    remaining = set(begins)
    for channel, since in begins.items():
        follower.follow(channel, since)
    async with follower:
        async for notice in follower:
            if isinstance(notice, n.ChannelEnded):
                remaining.discard(notice.channel)
                if not remaining:
                    raise notice.as_error()
            _print(notice, follower.address.origin)


def _print(notice: n.Notice, origin: str) -> None:
    """Events and resets to standard output, each flushed; the rest, in words, to standard error."""
    match notice:
        case n.EventReceived(channel, seq, name, data, cursor):
            _print_line(
                {
                    "channel": channel,
                    "seq": seq,
                    "epoch": cursor.epoch,
                    "cursor": str(cursor),
                    "name": name,
                    "data": data,
                }
            )
        case n.ChannelReset(channel, cursor, reason):
            _say(f"{channel} was reset ({reason}): read it afresh; events after {cursor} follow")
            _print_line({"reset": {"channel": channel, "cursor": str(cursor), "reason": reason}})
        case n.Greeted():
            _say(f"connected to {origin}")
        case n.ChannelLive(channel, cursor):
            _say(f"{channel} is live at {cursor}")
        case n.ChannelEnded() as ended:
            _say(str(ended.as_error()))
        case n.ChannelDelayed(channel, _, reason, retry_s):
            _say(f"{channel} must wait {retry_s:.1f} s: {reason}")
        case n.HoleFound(channel, expected_seq, received_seq):
            _say(f"{channel}: {received_seq} came where {expected_seq} was due; reading again from there")
        case n.ErrorReceived(_, message):
            _say(f"the server says: {message}")
        case n.DrainAnnounced():
            _say("the server is about to stop")
        case n.Disconnected(reason, retry_s):
            _say(f"{reason}; next try in {retry_s:.1f} s")
        case n.SignalReceived():
            pass


def _print_line(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr)
