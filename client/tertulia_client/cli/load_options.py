"""Options of `tertulia load`, which all its scenarios share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tertulia_client.load.plan import Verify

WHAT = "What is done, and where"
HOW = "How it is measured"
OUT = "What comes of it"

LoadUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="TERTULIA_URL",
        help="Where the server is; without it, one is started for the run.",
        rich_help_panel=WHAT,
    ),
]
CleanUrl = Annotated[str, typer.Option("--url", envvar="TERTULIA_URL", help="Where the server is.")]
Readers = Annotated[
    int | None,
    typer.Option(help="How many follow the threads (for `day`: at most at the same time).", rich_help_panel=WHAT),
]
Posts = Annotated[
    str | None,
    typer.Option("--posts", "--arrive", help="How many posts (requests, visits): 2/s, 90/m.", rich_help_panel=WHAT),
]
For = Annotated[str | None, typer.Option("--for", help="For how long: 20s, 5m.", rich_help_panel=WHAT)]
Stages = Annotated[
    str,
    typer.Option(
        help="Rates that rise and fall, in place of --posts and --for: '30s to 20/s, 1m at 20/s, 30s to 0/s'.",
        rich_help_panel=WHAT,
    ),
]
Threads = Annotated[int | None, typer.Option(help="How many threads of its own it makes.", rich_help_panel=WHAT)]
Thread = Annotated[
    str | None, typer.Option(help="Use this thread (17 or thread:17), not one of its own.", rich_help_panel=WHAT)
]
Settle = Annotated[str, typer.Option(help="How long to wait for the last deliveries.", rich_help_panel=HOW)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same plan.", rich_help_panel=WHAT)]
VerifyHow = Annotated[
    Verify, typer.Option(help="Whose books are kept: all, each tenth reader's, none.", rich_help_panel=HOW)
]
Calibrate = Annotated[
    bool, typer.Option("--calibrate", help="Measure a server that does nothing first.", rich_help_panel=HOW)
]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the posts of the run on the server.", rich_help_panel=WHAT)]
TolerateBusy = Annotated[
    bool,
    typer.Option(
        "--tolerate-busy", help="Say that the generator was saturated, but do not exit with 3.", rich_help_panel=HOW
    ),
]
IsOurs = Annotated[
    bool,
    typer.Option(
        "--yes-i-run-this-server",
        help="Needed where the target is not this machine: a load run is an attack on anybody else's.",
        rich_help_panel=WHAT,
    ),
]
Bots = Annotated[
    int, typer.Option(help="How many of the bot, when the scenario is a bot's file.", rich_help_panel=WHAT)
]
BotToken = Annotated[
    str | None,
    typer.Option(
        envvar="TERTULIA_BOT_TOKEN",
        help="A second account: for a bot's file that of the bot, for `day` and `replay` the one that rates.",
        rich_help_panel=WHAT,
    ),
]
Workers = Annotated[int | None, typer.Option(help="Of a server that is started for the run.", rich_help_panel=WHAT)]
FaultWords = Annotated[
    list[str] | None,
    typer.Option(help="'at 5s: kill worker', 'at 9s: delay 200ms for 3s'; may be repeated.", rich_help_panel=WHAT),
]
Sources = Annotated[
    str,
    typer.Option(help="Addresses of this machine that readers come from: 127.0.0.2,127.0.0.3.", rich_help_panel=HOW),
]
Processes = Annotated[
    int, typer.Option(help="How many processes share the readers, beside the one that posts.", rich_help_panel=HOW)
]
Agents = Annotated[
    str,
    typer.Option(
        help="HOST:PORT,HOST:PORT of `tertulia load agent`: they hold readers, too; alone with --processes 0.",
        rich_help_panel=HOW,
    ),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(help="The secret of the agents; or TERTULIA_LOAD_SECRET in the environment.", rich_help_panel=HOW),
]
Ca = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        help="Call the agents by TLS, and believe who is vouched for in this file: a CA, or their certificates.",
        rich_help_panel=HOW,
    ),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=65535,
        help="Tell Prometheus of the run here: http://127.0.0.1:PORT/metrics.",
        rich_help_panel=OUT,
    ),
]
Slo = Annotated[
    str, typer.Option(help="What must hold, else the status is 4: 'p99<200ms and missing==0'.", rich_help_panel=OUT)
]
Find = Annotated[
    str, typer.Option(help="Look for the largest number that holds: readers, or posts a second.", rich_help_panel=OUT)
]
While = Annotated[
    str, typer.Option("--while", help="What must hold for `--find`: 'p99<200ms and missing==0'.", rich_help_panel=OUT)
]
Html = Annotated[Path | None, typer.Option(help="Write the report with charts into this file.", rich_help_panel=OUT)]
Csv = Annotated[Path | None, typer.Option(help="Write a line a second into this file.", rich_help_panel=OUT)]
Junit = Annotated[Path | None, typer.Option(help="Write the checks of the run into this file.", rich_help_panel=OUT)]
Save = Annotated[
    Path | None, typer.Option(help="Write the report as JSON into this file, for `load compare`.", rich_help_panel=OUT)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.", rich_help_panel=OUT)]
Speed = Annotated[
    float | None,
    typer.Option(
        help="For `day` and `replay`: how many seconds of the forum pass in one of the run.", rich_help_panel=WHAT
    ),
]
Recording = Annotated[
    Path | None, typer.Option(help="For `day`: a file of `load record`, and not a day made up.", rich_help_panel=WHAT)
]
AdapterName = Annotated[
    str,
    typer.Option(
        "--adapter",
        help="Measure a server that is not Tertulia: broadcast, nats, socket_io, or a file.py.",
        rich_help_panel=WHAT,
    ),
]
