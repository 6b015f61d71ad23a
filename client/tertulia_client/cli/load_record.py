"""`tertulia load record`: what happens in channels, into a file that `load replay` and `load day` play."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from tertulia_client.address import DEFAULT_URL
from tertulia_client.cli.options import Token, Url
from tertulia_client.cli.tail import parse_since
from tertulia_client.connection import Follower
from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s
from tertulia_client.load.traffic.lines import KEPT, MAX_LINES, REPLACED, Header
from tertulia_client.load.traffic.recording import Recorder
from tertulia_client.load.traffic.taking import USUAL_EVENTS, Bounds, Taken, new_file, take
from tertulia_wire.channels import parse_channel


def record(
    channels: Annotated[list[str], typer.Argument(help="thread:17, forum:3 or site; all go into one file.")],
    url: Url = DEFAULT_URL,
    token: Token = None,
    into: Annotated[Path, typer.Option(help="The file; it must not be there yet.")] = Path("traffic.jsonl"),
    since: Annotated[str, typer.Option(help="Where to begin: now, start, or a cursor (EPOCH.SEQ).")] = "now",
    past: Annotated[bool, typer.Option("--past", help="Only what is in the log already, from its start.")] = False,
    for_: Annotated[str | None, typer.Option("--for", help="For how long: 20s, 5m, 24h; without it, until Ctrl-C.")] = (
        None
    ),
    events: Annotated[int, typer.Option(min=1, max=MAX_LINES, help="At most so many events.")] = USUAL_EVENTS,
    keep_texts: Annotated[
        bool, typer.Option("--keep-texts", help="Keep what was written; otherwise text of the same shape replaces it.")
    ] = False,
) -> None:
    """Write the traffic of channels into a file: when each event came, its kind and its size.

    Members, threads and posts become numbers, and texts become others of the same length and shape. Only reads.
    """
    names = [str(parse_channel(name)) for name in channels]
    bounds = Bounds(events, None if for_ is None else parse_duration_s(for_), is_past=past)
    begins = parse_since("start" if past else since, names)
    header = Header(names, time.time_ns() // 1_000_000, KEPT if keep_texts else REPLACED)
    recorder = Recorder(keeps_texts=keep_texts, rng=random.SystemRandom())
    follower = Follower(url, token=token, wait_for_server=False)
    taken = Taken()

    async def run() -> None:
        _stopped_by_interrupt(taken)
        await take(follower, begins, recorder, file, bounds, header=header, say=_say, taken=taken)

    with new_file(into) as file:
        try:
            asyncio.run(run())
        except asyncio.CancelledError:
            pass
        except ClientError:
            _leave_nothing_empty(into, taken)
            raise
    _say(f"{taken.events:,} events are in {into}" + (f": {taken.ended}" if taken.ended else ""))


def _stopped_by_interrupt(taken: Taken) -> None:
    """The file is whole at any moment: ending is all that there is to do."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio runs us in one

    def stop() -> None:
        taken.ended = "stopped"
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _leave_nothing_empty(path: Path, taken: Taken) -> None:
    if not taken.events:
        path.unlink(missing_ok=True)


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr)
