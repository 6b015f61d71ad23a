"""`tertulia load`: measure a server with scripted readers and posts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated, Final

import typer

from tertulia_client.address import parse_address
from tertulia_client.cli.options import Token
from tertulia_client.cli.post import thread_id_of
from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s, parse_rate
from tertulia_client.load.loops import run_quick
from tertulia_client.load.plan import Verify
from tertulia_client.load.report import Report
from tertulia_client.load.request import Request, check_amounts, perform
from tertulia_client.load.scenarios import SCENARIOS, find_scenario

STATUS_FAILED: Final = 1
STATUS_INVALID: Final = 3
"""The generator was saturated: the figures are not the server's. (2 is for a run that could not begin.)"""

load = typer.Typer(help="Measure a server with scripted readers and posts.", add_completion=False)

LoadUrl = Annotated[
    str | None,
    typer.Option("--url", envvar="TERTULIA_URL", help="Where the server is; without it, one is started for the run."),
]


@load.callback()
def about() -> None:
    """Measure a server with scripted readers and posts: `tertulia load crowd --help`."""


@load.command(name="list")
def list_scenarios() -> None:
    """Name the scenarios, with a line on each."""
    for scenario in SCENARIOS:
        print(f"{scenario.name:<10} {scenario.summary}")


def play(
    context: typer.Context,
    url: LoadUrl = None,
    readers: Annotated[int | None, typer.Option(help="How many follow the threads.")] = None,
    posts: Annotated[str | None, typer.Option(help="How many posts (or requests): 2/s, 90/m.")] = None,
    for_: Annotated[str | None, typer.Option("--for", help="For how long: 20s, 5m.")] = None,
    threads: Annotated[int | None, typer.Option(help="How many threads of its own it makes.")] = None,
    token: Token = None,
    thread: Annotated[str | None, typer.Option(help="Use this thread (17 or thread:17), not one of its own.")] = None,
    settle: Annotated[str, typer.Option(help="How long to wait for the last deliveries.")] = "10s",
    seed: Annotated[int, typer.Option(help="The same seed gives the same plan.")] = 1,
    verify: Annotated[Verify, typer.Option(help="Whose books are kept: all, each tenth reader's, none.")] = Verify.FULL,
    calibrate: Annotated[bool, typer.Option(help="Measure a server that does nothing first.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the posts of the run on the server.")] = False,
    tolerate_busy: Annotated[
        bool, typer.Option("--tolerate-busy", help="Say that the generator was saturated, but do not exit with 3.")
    ] = False,
    is_ours: Annotated[bool, typer.Option("--yes-i-run-this-server", help="The target is not this machine.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Times count from when a post was planned, to each reader.

    The status is 1 if anything is missing, came twice or out of order, or was refused; 2 if the run could not begin;
    3 if the generator itself was saturated.
    """
    scenario = find_scenario(str(context.info_name))
    request = Request(
        scenario=scenario,
        address=None if url is None else parse_address(url),
        token=token,
        readers=scenario.readers if readers is None else readers,
        rate=parse_rate(posts or scenario.rate),
        duration_s=parse_duration_s(for_ or scenario.duration),
        settle_s=parse_duration_s(settle),
        threads=scenario.threads if threads is None else threads,
        seed=seed,
        thread_id=None if thread is None else thread_id_of(thread),
        verify=verify,
        keeps_posts=keep,
        is_calibrated=calibrate,
        is_ours=is_ours,
    )
    check_amounts(request)
    report = _told(lambda: run_quick(perform(request, _say)))
    print(json.dumps(report.as_values(), indent=2) if as_json else report.as_text())
    if status := status_of(report, tolerates_busy=tolerate_busy):
        raise typer.Exit(status)


for _scenario in SCENARIOS:
    load.command(name=_scenario.name, help=f"{_scenario.summary}\n\n{play.__doc__}")(play)


def status_of(report: Report, *, tolerates_busy: bool) -> int:
    """What is lost is lost, whoever was busy; times of a saturated generator are none."""
    if not report.is_clean:
        return STATUS_FAILED
    return 0 if report.is_valid or tolerates_busy else STATUS_INVALID


def _told(run: Callable[[], Report]) -> Report:
    """One error of a group, as a sentence."""
    try:
        return run()
    except ExceptionGroup as group:  # not `except*`: Python 3.11.2 gives what it raises as a group again
        told, others = group.split(ClientError)
        if told is None or others is not None:
            raise
        raise _first(told) from None


def _first(group: ExceptionGroup[ClientError]) -> ClientError:
    """One of what all say alike."""
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ClientError)  # noqa: S101 - the group was split by this type
    return error


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr)
