"""`tertulia load`: measure a server with scripted readers and posts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from typer.core import TyperGroup

from tertulia_client.address import parse_address
from tertulia_client.cli.options import Token
from tertulia_client.cli.post import thread_id_of
from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s, parse_rate
from tertulia_client.load.comparison import as_text as comparison_text
from tertulia_client.load.comparison import compare, differences_of_plan, read_report
from tertulia_client.load.conditions import parse_condition
from tertulia_client.load.exports import render_csv, render_junit
from tertulia_client.load.figures import figures_of
from tertulia_client.load.html_report import render_html
from tertulia_client.load.live_view import LiveView
from tertulia_client.load.loops import run_quick
from tertulia_client.load.plan import Verify
from tertulia_client.load.report import Report
from tertulia_client.load.request import MAX_RATE_PER_S, MAX_READERS, Request, check_amounts, perform
from tertulia_client.load.scenarios import SCENARIOS, find_scenario
from tertulia_client.load.scripts import load_script
from tertulia_client.load.search import find_largest

STATUS_FAILED: Final = 1
STATUS_INVALID: Final = 3
"""The generator was saturated: the figures are not the server's. (2 is for a run that could not begin.)"""

STATUS_UNMET: Final = 4

FILE: Final = "FILE.py"


class ScenarioGroup(TyperGroup):
    """Commands by name; what ends in ``.py`` is a scenario of one's own."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, FILE if cmd_name.endswith(".py") else cmd_name)


load = typer.Typer(cls=ScenarioGroup, help="Measure a server with scripted readers and posts.", add_completion=False)

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


@load.command(name="compare")
def compare_reports(before: Path, after: Path) -> None:
    """Lay two reports (`--save`) side by side, and say which differences are noise.

    Seconds of the runs are compared by their ranks; less than a twentieth counts as noise however sure it is.
    """
    first, second = read_report(before), read_report(after)
    for words in differences_of_plan(first, second):
        _say(f"not alike: {words}")
    print(comparison_text(compare(first, second)))


def play(
    context: typer.Context,
    url: LoadUrl = None,
    readers: Annotated[int | None, typer.Option(help="How many follow the threads.")] = None,
    posts: Annotated[
        str | None, typer.Option("--posts", "--arrive", help="How many posts (requests, visits): 2/s, 90/m.")
    ] = None,
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
    bots: Annotated[int, typer.Option(help="How many of the bot, when the scenario is a bot's file.")] = 1,
    bot_token: Annotated[
        str | None, typer.Option(envvar="TERTULIA_BOT_TOKEN", help="Whose account such a bot has.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Of a server that is started for the run.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="'at 5s: kill worker', 'at 9s: delay 200ms for 3s'; may be repeated.")
    ] = None,
    sources: Annotated[
        str, typer.Option(help="Addresses of this machine that readers come from: 127.0.0.2,127.0.0.3.")
    ] = "",
    slo: Annotated[str, typer.Option(help="What must hold: 'p99<200ms and missing==0'.")] = "",
    find: Annotated[str, typer.Option(help="Look for the largest number that holds: readers, or posts a second.")] = "",
    while_: Annotated[
        str, typer.Option("--while", help="What must hold for `--find`: 'p99<200ms and missing==0'.")
    ] = "",
    html: Annotated[Path | None, typer.Option(help="Write the report with charts into this file.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a line a second into this file.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the checks of the run into this file.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the report as JSON into this file, for `load compare`.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Times count from when a post was planned, to each reader.

    The status is 1 if anything is missing, came twice or out of order, or was refused; 2 if the run could not begin;
    3 if the generator itself was saturated; 4 if `--slo` does not hold.
    """
    name = str(context.info_name)
    scenario = load_script(Path(name)) if name.endswith(".py") else find_scenario(name)
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
        bots=bots,
        workers=workers,
        sources=tuple(source.strip() for source in sources.split(",") if source.strip()),
        faults=tuple(fault or ()),
        bot_token=bot_token,
    )
    check_amounts(request)
    if find:
        raise typer.Exit(_find(request, find, while_ or slo, tolerates_busy=tolerate_busy))
    condition = parse_condition(slo) if slo else None
    report = _told(lambda: _watched(request))
    broken = condition.broken(figures_of(report)) if condition else []
    values = json.dumps(report.as_values(), indent=2)
    print(values if as_json else report.as_text())
    for words in broken:
        _say(f"not met: {words}")
    _write(html, lambda: render_html(report, broken))
    _write(csv, lambda: render_csv(report))
    _write(junit, lambda: render_junit(report, broken))
    _write(save, lambda: values + "\n")
    if status := status_of(report, broken, tolerates_busy=tolerate_busy):
        raise typer.Exit(status)


for _scenario in SCENARIOS:
    load.command(name=_scenario.name, help=f"{_scenario.summary}\n\n{play.__doc__}")(play)
load.command(name=FILE, help=f"A scenario of your own: virtual users, or a bot.\n\n{play.__doc__}")(play)


def _watched(request: Request) -> Report:
    """With a live view when somebody looks on."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        return run_quick(perform(request, _say))
    with LiveView(Console(stderr=True)) as view:
        return run_quick(perform(request, view.say, on_moment=view.show))


def _find(request: Request, what: str, words: str, *, tolerates_busy: bool) -> int:
    """Status 0 when a size was found."""
    condition = parse_condition(words)
    if what not in {"readers", "posts"}:
        raise ClientError(f"--find takes readers or posts, not {what!r}.")

    async def attempt(size: int) -> Sequence[str]:
        sized = replace(request, readers=size) if what == "readers" else replace(request, rate=float(size))
        check_amounts(sized)
        report = await perform(sized, lambda _: None)
        broken = list(condition.broken(figures_of(report)))
        if not report.is_valid and not tolerates_busy:
            broken.append("INVALID: the generator was saturated")
        _say(f"{size:,} {what}: {'; '.join(broken) or 'holds'}")
        return broken

    first, most = (request.readers, MAX_READERS) if what == "readers" else (round(request.rate), MAX_RATE_PER_S)
    found = _told(lambda: run_quick(find_largest(attempt, first=max(1, first), most=most)))
    print(found.as_text(what if what == "readers" else "posts a second"))
    return 0 if found.largest else STATUS_UNMET


def _write(path: Path | None, render: Callable[[], str]) -> None:
    if path is None:
        return
    try:
        path.write_text(render(), encoding="utf-8")
    except OSError as error:
        raise ClientError(f"{path} cannot be written: {error.strerror}.") from error


def status_of(report: Report, broken: Sequence[str] = (), *, tolerates_busy: bool = False) -> int:
    """What is lost is lost, whoever was busy; times of a saturated generator are none."""
    if not report.is_clean:
        return STATUS_FAILED
    if not report.is_valid and not tolerates_busy:
        return STATUS_INVALID
    return STATUS_UNMET if broken else 0


Result = TypeVar("Result")


def _told(run: Callable[[], Result]) -> Result:
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
