"""Options of `tertulia load`, which all its scenarios share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tertulia_client.load.plan import Verify

LoadUrl = Annotated[
    str | None,
    typer.Option("--url", envvar="TERTULIA_URL", help="Where the server is; without it, one is started for the run."),
]
CleanUrl = Annotated[str, typer.Option("--url", envvar="TERTULIA_URL", help="Where the server is.")]
Readers = Annotated[int | None, typer.Option(help="How many follow the threads.")]
Posts = Annotated[str | None, typer.Option("--posts", "--arrive", help="How many posts (requests, visits): 2/s, 90/m.")]
For = Annotated[str | None, typer.Option("--for", help="For how long: 20s, 5m.")]
Threads = Annotated[int | None, typer.Option(help="How many threads of its own it makes.")]
Thread = Annotated[str | None, typer.Option(help="Use this thread (17 or thread:17), not one of its own.")]
Settle = Annotated[str, typer.Option(help="How long to wait for the last deliveries.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same plan.")]
VerifyHow = Annotated[Verify, typer.Option(help="Whose books are kept: all, each tenth reader's, none.")]
Calibrate = Annotated[bool, typer.Option(help="Measure a server that does nothing first.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the posts of the run on the server.")]
TolerateBusy = Annotated[
    bool, typer.Option("--tolerate-busy", help="Say that the generator was saturated, but do not exit with 3.")
]
IsOurs = Annotated[bool, typer.Option("--yes-i-run-this-server", help="The target is not this machine.")]
Bots = Annotated[int, typer.Option(help="How many of the bot, when the scenario is a bot's file.")]
BotToken = Annotated[str | None, typer.Option(envvar="TERTULIA_BOT_TOKEN", help="Whose account such a bot has.")]
Workers = Annotated[int | None, typer.Option(help="Of a server that is started for the run.")]
FaultWords = Annotated[
    list[str] | None, typer.Option(help="'at 5s: kill worker', 'at 9s: delay 200ms for 3s'; may be repeated.")
]
Sources = Annotated[str, typer.Option(help="Addresses of this machine that readers come from: 127.0.0.2,127.0.0.3.")]
Processes = Annotated[int, typer.Option(help="How many processes share the readers, beside the one that posts.")]
Slo = Annotated[str, typer.Option(help="What must hold: 'p99<200ms and missing==0'.")]
Find = Annotated[str, typer.Option(help="Look for the largest number that holds: readers, or posts a second.")]
While = Annotated[str, typer.Option("--while", help="What must hold for `--find`: 'p99<200ms and missing==0'.")]
Html = Annotated[Path | None, typer.Option(help="Write the report with charts into this file.")]
Csv = Annotated[Path | None, typer.Option(help="Write a line a second into this file.")]
Junit = Annotated[Path | None, typer.Option(help="Write the checks of the run into this file.")]
Save = Annotated[Path | None, typer.Option(help="Write the report as JSON into this file, for `load compare`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
Speed = Annotated[
    float | None, typer.Option(help="For `day` and `replay`: how many seconds of the forum pass in one of the run.")
]
Recording = Annotated[Path | None, typer.Option(help="For `day`: a file of `load record`, and not a day made up.")]
AdapterName = Annotated[
    str,
    typer.Option("--adapter", help="Measure a server that is not Tertulia: broadcast, nats, socket_io, or a file.py."),
]
