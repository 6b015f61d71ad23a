"""`tertulia load`: measure a server with scripted readers and posts."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

from tertulia_client.address import DEFAULT_URL, parse_address
from tertulia_client.cli import load_options as o
from tertulia_client.cli.load_agent import agent
from tertulia_client.cli.load_record import record
from tertulia_client.cli.options import Token
from tertulia_client.cli.post import thread_id_of
from tertulia_client.errors import ClientError
from tertulia_client.load.agents.encryption import calling_context
from tertulia_client.load.agents.secret import find_secret, parse_places
from tertulia_client.load.amounts import parse_duration_s, parse_rate
from tertulia_client.load.arrivals import Arrivals, parse_stages
from tertulia_client.load.comparison import as_text as comparison_text
from tertulia_client.load.comparison import compare, differences_of_plan, read_report
from tertulia_client.load.conditions import Condition, parse_condition
from tertulia_client.load.exports import render_csv, render_junit
from tertulia_client.load.figures import figures_of, is_figure
from tertulia_client.load.finding import Finding, check_findable, sentence_of
from tertulia_client.load.grounds import clear
from tertulia_client.load.html_report import render_html
from tertulia_client.load.live_view import looked_on
from tertulia_client.load.loops import run_quick
from tertulia_client.load.others.playing import find_adapter
from tertulia_client.load.plan import Verify
from tertulia_client.load.playing import DAY, REPLAY, day_at, replay_of
from tertulia_client.load.report import Report
from tertulia_client.load.request import Request, check_amounts, perform
from tertulia_client.load.scenarios import SCENARIOS, Scenario, find_scenario
from tertulia_client.load.scripts import load_script
from tertulia_client.load.target import find_token

STATUS_FAILED: Final = 1
STATUS_INVALID: Final = 3
"""The generator was saturated: the figures are not the server's. (2 is for a run that could not begin.)"""

STATUS_UNMET: Final = 4
STATUS_STOPPED: Final = 130
"""As shells have it for what an interrupt has ended."""

FILE: Final = "FILE.py"
REPLAYS: Final = "What `tertulia load record` has written, at any speed: replay RECORDING."
OWN: Final = "A scenario of your own: classes of virtual users, or a bot as it stands."
SCENARIO_PANEL: Final = "Scenarios"
TOOL_PANEL: Final = "Tools"


class ScenarioGroup(TyperGroup):
    """Commands by name; what ends in ``.py`` is a scenario of one's own."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, FILE if cmd_name.endswith(".py") else cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            find_scenario(args[0])  # which names those that there are
        return super().resolve_command(ctx, args)


class ReplayCommand(TyperCommand):
    """Its recording is the first word, where `day` has it as an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        is_named = bool(args) and not args[0].startswith("-")
        return super().parse_args(ctx, ["--recording", *args] if is_named else args)


load = typer.Typer(cls=ScenarioGroup, help="Measure a server with scripted readers and posts.", add_completion=False)


@load.callback()
def about() -> None:
    """Measure a server with scripted readers and posts: `tertulia load crowd --help`."""


@load.command(name="list", rich_help_panel=TOOL_PANEL)
def list_scenarios() -> None:
    """Name the scenarios, with a line on each."""
    for scenario in SCENARIOS:
        print(f"{scenario.name:<10} {scenario.summary}")
    print(f"{REPLAY:<10} {REPLAYS}")
    print(f"{FILE:<10} {OWN}")
    print("\nEach starts a server of its own unless --url names one. `tertulia load crowd --help` lists the options.")


@load.command(name="compare", rich_help_panel=TOOL_PANEL)
def compare_reports(
    before: Annotated[str, typer.Argument(help="A report of `--save`; several runs with commas: a1.json,a2.json.")],
    after: Annotated[str, typer.Argument(help="Another, or several.")],
) -> None:
    """Lay two reports side by side, and say which differences are noise.

    Stretches of five seconds are the samples, for a second resembles the one before it: 40 s of each are needed, or
    three runs of 20. Less than a twentieth counts as noise however sure it is. What differs from run to run is seen
    only with several of each.
    """
    first, second = ([read_report(Path(name)) for name in _listed(names)] for names in (before, after))
    if not first or not second:
        raise ClientError("Name a report before and one after.")
    for words in dict.fromkeys(words for one in first for other in second for words in differences_of_plan(one, other)):
        _say(f"not alike: {words}")
    if len(first) == len(second) == 1:
        _say("one run of each: what changes from run to run counts as a difference here")
    print(comparison_text(compare(first, second)))


@load.command(name="clean", rich_help_panel=TOOL_PANEL)
def clean(
    url: o.CleanUrl = DEFAULT_URL,
    token: Token = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what a run is using now.")] = False,
) -> None:
    """Remove forums, threads and members that runs have left on a server."""
    address = parse_address(url)
    left = run_quick(clear(address, find_token(address, token), _say, is_all=everything))
    print(f"{left} are left." if left else "Nothing of any run is left.")


STATUSES: Final = (
    "Times count from when a post was planned, to each reader. Status 0: each event once, in order, to everybody;"
    " 1: something is missing, came twice or out of order, or was refused; 2: the run could not begin; 3: INVALID, the"
    " generator itself was saturated; 4: a condition of --slo does not hold."
)


def _help_of(scenario: Scenario) -> str:
    """What it does, and what it has unless told otherwise."""
    what = "requests" if not scenario.readers else "posts"
    readers = "1 reader" if scenario.readers == 1 else f"{scenario.readers:,} readers"
    amounts = [readers] if scenario.readers else []
    amounts += [f"{scenario.threads} threads"] if scenario.threads > 1 else []
    amounts += [f"{what} at {scenario.rate}", f"for {scenario.duration}"]
    return f"{scenario.summary}\n\nUnless told otherwise: {', '.join(amounts)}. {STATUSES}"


def play(
    context: typer.Context,
    url: o.LoadUrl = None,
    readers: o.Readers = None,
    posts: o.Posts = None,
    for_: o.For = None,
    stages: o.Stages = "",
    threads: o.Threads = None,
    token: Token = None,
    thread: o.Thread = None,
    settle: o.Settle = "10s",
    seed: o.Seed = 1,
    verify: o.VerifyHow = Verify.FULL,
    calibrate: o.Calibrate = False,
    keep: o.Keep = False,
    tolerate_busy: o.TolerateBusy = False,
    is_ours: o.IsOurs = False,
    bots: o.Bots = 1,
    bot_token: o.BotToken = None,
    workers: o.Workers = None,
    fault: o.FaultWords = None,
    sources: o.Sources = "",
    processes: o.Processes = 1,
    agents: o.Agents = "",
    secret_file: o.SecretFile = None,
    ca: o.Ca = None,
    metrics_port: o.MetricsPort = None,
    slo: o.Slo = "",
    find: o.Find = "",
    while_: o.While = "",
    html: o.Html = None,
    csv: o.Csv = None,
    junit: o.Junit = None,
    save: o.Save = None,
    as_json: o.AsJson = False,
    speed: o.Speed = None,
    recording: o.Recording = None,
    adapter: o.AdapterName = "",
) -> None:
    """One run, or as many as `--find` takes."""
    scenario = scenario_of(str(context.info_name), speed, recording, for_)
    if recording is not None and (posts or find == "posts"):
        raise ClientError("The posts of a recording are its own: leave out --posts.")
    request = _request(scenario, url, token, (readers, posts, for_, settle), threads, stages)
    request = replace(request, seed=seed, verify=verify, keeps_posts=keep, is_calibrated=calibrate, is_ours=is_ours)
    request = replace(request, bots=bots, bot_token=bot_token, workers=workers, processes=processes)
    secret = find_secret(secret_file) if agents else b""
    request = replace(request, metrics_port=metrics_port, agents=parse_places(agents, secret), secret=secret)
    request = replace(request, agents_tls=calling_context(ca), sources=_listed(sources), faults=tuple(fault or ()))
    adapters = find_adapter(adapter) if adapter else None
    request = replace(request, thread_id=None if thread is None else thread_id_of(thread), adapter=adapters)
    outputs = Outputs(html, csv, junit, save, is_json=as_json, tolerates_busy=tolerate_busy)
    check_amounts(request)
    if find:
        check_findable(find, request, has_files=any((html, csv, junit, save)))
        status = _find(request, find, _condition(while_ or slo), outputs)
    else:
        status = _run(request, _condition(slo) if slo else None, outputs)
    if status:
        raise typer.Exit(status)


for _scenario in SCENARIOS:
    load.command(name=_scenario.name, rich_help_panel=SCENARIO_PANEL, help=_help_of(_scenario))(play)
load.command(
    name=REPLAY,
    cls=ReplayCommand,
    options_metavar="RECORDING [OPTIONS]",
    rich_help_panel=SCENARIO_PANEL,
    help=f"{REPLAYS}\n\n{STATUSES}",
)(play)
load.command(name=FILE, rich_help_panel=SCENARIO_PANEL, help=f"{OWN}\n\n{STATUSES}")(play)
load.command(name="record", rich_help_panel=TOOL_PANEL)(record)
load.command(name="agent", rich_help_panel=TOOL_PANEL)(agent)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the report goes, and how strict the status is."""

    html: Path | None
    csv: Path | None
    junit: Path | None
    save: Path | None
    is_json: bool
    tolerates_busy: bool


def scenario_of(name: str, speed: float | None, recording: Path | None, for_: str | None) -> Scenario:
    """The one that was named, with the times that `--speed` and a recording give it."""
    if recording is not None and name in {DAY, REPLAY}:
        length_s = None if for_ is None else parse_duration_s(for_)
        return replay_of(recording, 1.0 if speed is None else speed, name=name, length_s=length_s)
    if name == REPLAY:
        raise ClientError("Name the file: tertulia load replay FILE. `tertulia load record` writes one.")
    if recording is not None or (speed is not None and name != DAY):
        raise ClientError(f"--speed and --recording are for `day` and `replay`, not for {name!r}.")
    if speed is not None:
        return day_at(speed)
    return load_script(Path(name)) if name.endswith(".py") else find_scenario(name)


def _request(
    scenario: Scenario,
    url: str | None,
    token: str | None,
    amounts: tuple[int | None, str | None, str | None, str],
    threads: int | None,
    stages: str,
) -> Request:
    """What the scenario has usually, unless told otherwise."""
    readers, posts, duration, settle = amounts
    request = Request(
        scenario=scenario,
        address=None if url is None else parse_address(url),
        token=token,
        readers=scenario.readers if readers is None else readers,
        rate=parse_rate(posts or scenario.rate),
        duration_s=parse_duration_s(duration or scenario.duration),
        settle_s=parse_duration_s(settle),
        threads=scenario.threads if threads is None else threads,
    )
    is_one_rate = posts is not None or duration is not None
    wanted = stages or ("" if is_one_rate else scenario.stages)
    if not wanted:
        return request
    if stages and is_one_rate:
        raise ClientError("--stages say how many and for how long: leave out --posts and --for.")
    arrivals = Arrivals(stretches := parse_stages(wanted))
    return replace(request, stages=stretches, duration_s=arrivals.duration_s, rate=arrivals.count / arrivals.duration_s)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def _condition(words: str) -> Condition:
    """`ClientError` before the run, not after it, for a figure that there is not."""
    condition = parse_condition(words)
    condition.check(is_figure)
    return condition


def _run(request: Request, condition: Condition | None, outputs: Outputs) -> int:
    """Run once, and put the report wherever it was asked for; the exit status."""
    report = _told(lambda: _watched(request))
    broken = condition.broken(figures_of(report)) if condition else []
    values = json.dumps(report.as_values(), indent=2)
    print(values if outputs.is_json else report.as_text())
    for words in broken:
        _say(f"not met: {words}")
    _write(outputs.html, lambda: render_html(report, broken))
    _write(outputs.csv, lambda: render_csv(report))
    _write(outputs.junit, lambda: render_junit(report, broken))
    _write(outputs.save, lambda: values + "\n")
    return status_of(report, broken, tolerates_busy=outputs.tolerates_busy)


def _watched(request: Request) -> Report:
    """With a live view when somebody looks on, whose sentences stay when it goes."""
    with looked_on(Console(stderr=True), _say) as (say, on_moment):
        return run_quick(perform(request, say, on_moment=on_moment))


def _find(request: Request, what: str, condition: Condition, outputs: Outputs) -> int:
    """As many runs as that takes; status 0 when a size was found."""
    finding = Finding(request, what, condition, tolerates_busy=outputs.tolerates_busy, say=_say)
    found = _told(lambda: run_quick(finding.search()))
    print(json.dumps(found.as_values(), indent=2) if outputs.is_json else found.as_text(finding.words))
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
    except asyncio.CancelledError:  # by the second Ctrl-C: nobody waits for the rest
        raise typer.Exit(STATUS_STOPPED) from None
    except ExceptionGroup as group:  # not `except*`: Python 3.11.2 gives what it raises as a group again
        raise sentence_of(group) from None


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr)
