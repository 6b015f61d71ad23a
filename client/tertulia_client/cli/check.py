"""`tertulia check`: whether the proxy in front of a server is set up right."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from tertulia_client.address import parse_address
from tertulia_client.checkup.finding import has_failed, report
from tertulia_client.checkup.run import run_checks

STATUS_FAILED: Final = 1


def check(
    url: Annotated[str, typer.Argument(help="The address that readers use: https://forum.example.org.")],
    idle: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0, max=3600, help="Silence that lines must survive; 90 finds most time limits."
        ),
    ] = 5.0,
) -> int:
    """See from outside whether what stands in front of a server passes on what it needs.

    Ordinary requests, the WebSocket, server-sent events, long poll, origins and cookies; with what to change in nginx
    where something does not. Ends with status 1 if something fails. Writes nothing and needs no account.
    """
    address = parse_address(url)
    print(address.origin)
    findings = asyncio.run(run_checks(address, idle_s=idle))
    print(report(findings))
    return STATUS_FAILED if has_failed(findings) else 0
