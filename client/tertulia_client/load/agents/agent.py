"""`tertulia load agent`: holds readers for a run that is led from elsewhere, one run at a time.

It starts a part of the run as the one that leads does for a process of its own, and carries its messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.agents.clocks import machine_id
from tertulia_client.load.agents.encryption import IN_THE_OPEN
from tertulia_client.load.agents.sealed_line import GREETING_LIMIT_S, MAX_MESSAGE_BYTES, LineBroken, SealedLine, answer
from tertulia_client.load.agents.secret import VARIABLE, check_listening, is_loopback

MAX_CALLERS: Final = 16
ORDERS_LIMIT_S: Final = 120.0
"""From a greeting to the plan: the other agents are called meanwhile, and a trial is made."""

PART_LIMIT_S: Final = 2.0
"""For a part to end by itself when nobody leads it any more."""


class Agent:
    """``async with Agent(secret, host, port, say) as agent``; it listens then, at ``agent.place``."""

    def __init__(
        self, secret: bytes, host: str, port: int, say: Callable[[str], None], *, tls: ssl.SSLContext | None = None
    ) -> None:
        check_listening(host, secret)
        if tls is None and not is_loopback(host):
            say(IN_THE_OPEN)
        self._secret = secret
        self._host = host
        self._port = port
        self._say = say
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()
        self._is_busy = False
        self.place = ""

    async def __aenter__(self) -> Self:
        try:
            shake_limit_s = GREETING_LIMIT_S if self._tls else None
            self._server = await asyncio.start_server(
                self._take, self._host, self._port, ssl=self._tls, ssl_handshake_timeout=shake_limit_s
            )
        except OSError as error:
            raise ClientError(f"The agent cannot listen on {self._host}:{self._port}: {error.strerror}.") from None
        host, port = self._server.sockets[0].getsockname()[:2]
        self.place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None  # noqa: S101 - it was started
        self._server.close()
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._callers) >= MAX_CALLERS:
            writer.transport.abort()
            return
        caller = asyncio.create_task(self._answer(reader, writer))
        self._callers.add(caller)
        caller.add_done_callback(self._callers.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        who = str((writer.get_extra_info("peername") or ["somebody"])[0])
        try:
            line = await answer(reader, writer, self._secret)
            if self._is_busy:
                line.tell({"error": "it is busy with another run"})
                await line.close(PART_LIMIT_S)
                return
            self._is_busy = True
            try:
                self._say(f"a run from {who} begins")
                await self._work(line)
                self._say(f"the run from {who} is over")
            finally:
                self._is_busy = False
        except LineBroken as error:
            self._say(f"the run from {who} is gone: {error}")
        except ClientError as error:
            self._say(f"turned away {who}: {error}")
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _work(self, line: SealedLine) -> None:
        line.tell({"machine": machine_id()})
        try:
            async with asyncio.timeout(ORDERS_LIMIT_S):
                orders = await self._orders(line)
        except TimeoutError:
            raise LineBroken("it gave no orders") from None
        if orders is None:
            return
        if (refusal := self._refusal(orders)) is not None:
            line.tell({"error": refusal})
            await line.close(PART_LIMIT_S)
            return
        part = await _start_part()
        telling = asyncio.create_task(_tell_what_it_says(part, line))
        try:
            while orders is not None:
                await _pass_on(part, orders)
                orders = await self._orders(line)
        finally:
            await _end(part)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _orders(self, line: SealedLine) -> Mapping[str, Any] | None:
        """The next that are for the part; what our clock shows is answered here, where nothing else is done."""
        while (message := await line.hear()) is not None and "clock" in message:
            line.tell({"clock": message["clock"], "shows_s": time.monotonic()})
        return message

    def _refusal(self, orders: Mapping[str, Any]) -> str | None:
        """Whoever is on this machine may ask an agent without a secret: so it attacks no other."""
        try:
            address = parse_address(orders["plan"]["address"])
        except (LookupError, TypeError, ClientError):
            return "These are no orders for a run."
        if not self._secret and not address.is_loopback:
            return f"Without a secret it connects to servers on its own machine only, and not to {address.origin}."
        return None


async def _start_part() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tertulia_client.load.part"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != VARIABLE},
        limit=MAX_MESSAGE_BYTES,
        start_new_session=True,
    )


async def _pass_on(part: asyncio.subprocess.Process, orders: Mapping[str, Any]) -> None:
    assert part.stdin is not None  # noqa: S101 - asked for above
    with contextlib.suppress(ConnectionError):  # that it is gone is told by the other task
        part.stdin.write(json.dumps(orders).encode() + b"\n")
        await part.stdin.drain()


async def _tell_what_it_says(part: asyncio.subprocess.Process, line: SealedLine) -> None:
    assert part.stdout is not None  # noqa: S101 - asked for above
    with contextlib.suppress(ValueError):  # a line that is too long, or no JSON: nothing that a part says
        while words := await part.stdout.readline():
            line.tell(json.loads(words))
            await line.drain()
    line.tell({"ended": True})


async def _end(part: asyncio.subprocess.Process) -> None:
    """By the end of its input; at once when this agent itself is told to end."""
    assert part.stdin is not None  # noqa: S101 - asked for above
    part.stdin.close()
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PART_LIMIT_S):
                await part.wait()
    finally:
        if part.returncode is None:
            part.kill()
            await part.wait()
