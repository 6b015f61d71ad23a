"""`tertulia load`: measure a server with scripted readers and posts."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Final

import typer

from tertulia_client.address import DEFAULT_URL, parse_address
from tertulia_client.cli.options import Token, Url
from tertulia_client.cli.post import thread_id_of
from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s, parse_rate
from tertulia_client.load.loops import run_quick
from tertulia_client.load.run import CrowdPlan, run_crowd
from tertulia_client.load.target import find_token

STATUS_FAILED: Final = 1
MAX_READERS: Final = 60_000
MAX_POSTS: Final = 1_000_000
MAX_RATE_PER_S: Final = 10_000

load = typer.Typer(help="Measure a server with scripted readers and posts.", add_completion=False)


@load.callback()
def scenarios() -> None:
    """Measure a server with scripted readers and posts: `tertulia load crowd --help`."""


@load.command()
def crowd(
    url: Url = DEFAULT_URL,
    readers: Annotated[int, typer.Option(help="How many follow the thread.")] = 100,
    posts: Annotated[str, typer.Option(help="How many posts: 2/s, 90/m.")] = "2/s",
    for_: Annotated[str, typer.Option("--for", help="For how long: 20s, 5m.")] = "20s",
    token: Token = None,
    thread: Annotated[str | None, typer.Option(help="Use this thread (17 or thread:17), not one of its own.")] = None,
    settle: Annotated[str, typer.Option(help="How long to wait for the last deliveries.")] = "10s",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """One thread, N readers, R posts a second: is every post delivered to everybody, once, and how fast?

    Times count from when a post was planned, to each reader. The status is 1 if anything is missing, came twice or out
    of order, or could not be posted; 2 if the run could not begin.
    """
    address = parse_address(url)
    rate, duration_s = parse_rate(posts), parse_duration_s(for_)
    if not 1 <= readers <= MAX_READERS:
        raise ClientError(f"--readers takes 1 to {MAX_READERS:,}.")
    if not 0 < rate <= MAX_RATE_PER_S or duration_s <= 0 or rate * duration_s > MAX_POSTS:
        raise ClientError(f"A run makes up to {MAX_POSTS:,} posts, at most {MAX_RATE_PER_S:,} a second.")
    plan = CrowdPlan(
        address=address,
        token=find_token(address, token),
        readers=readers,
        rate=rate,
        duration_s=duration_s,
        settle_s=parse_duration_s(settle),
        thread_id=None if thread is None else thread_id_of(thread),
    )
    try:
        report = run_quick(run_crowd(plan, _say))
    except ExceptionGroup as group:  # not `except*`: Python 3.11.2 gives what it raises as a group again
        told, others = group.split(ClientError)
        if told is None or others is not None:
            raise
        raise _first(told) from None
    print(json.dumps(report.as_values(), indent=2) if as_json else report.as_text())
    if not report.is_clean:
        raise typer.Exit(STATUS_FAILED)


def _first(group: ExceptionGroup[ClientError]) -> ClientError:
    """One of what all say alike."""
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ClientError)  # noqa: S101 - the group was split by this type
    return error


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr)
