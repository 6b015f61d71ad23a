"""`tertulia load agent`: hold readers for a run that is led from another machine."""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
from pathlib import Path
from typing import Annotated

import typer

from tertulia_client.load.agents.agent import Agent
from tertulia_client.load.agents.encryption import listening_context
from tertulia_client.load.agents.secret import find_secret


def agent(
    host: Annotated[str, typer.Option(help="Where to listen; beyond loopback only with a secret.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for one that is free.")] = 0,
    secret_file: Annotated[
        Path | None,
        typer.Option(help="What the coordinator must know; or TERTULIA_LOAD_SECRET in the environment."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Speak TLS, with this certificate (PEM); the coordinator needs --ca.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, where it is not in the same file.")] = None,
) -> None:
    """Hold readers for runs that are led from elsewhere: `tertulia load crowd --agents HOST:PORT,HOST:PORT`.

    One run at a time, in one process: for a second core start a second agent. Until Ctrl-C. Beyond loopback it needs a
    secret; without --certificate nothing is encrypted on the way.
    """
    asyncio.run(_listen(find_secret(secret_file), host, port, listening_context(certificate, key)))


async def _listen(secret: bytes, host: str, port: int, tls: ssl.SSLContext | None) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with Agent(secret, host, port, _say, tls=tls) as listening:
        print(f"tertulia: the agent listens on {listening.place}", flush=True)
        await ended.wait()


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr, flush=True)
