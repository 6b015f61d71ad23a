"""Faults on a plan: ``at 5s: kill worker``, ``at 10s: delay 200ms for 3s``. They need a server of the run's own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s
from tertulia_client.load.own_server import OwnServer
from tertulia_client.load.proxy import Proxy
from tertulia_client.load.stage import Stage

MAX_FAULTS: Final = 100
MAX_COMMAND_S: Final = 120.0

_FAULT: Final = re.compile(r"\s*at\s+(\S+)\s*:\s*(.+?)\s*(?:\bfor\s+(\S+)\s*)?", re.ASCII)
_ONE_IN: Final = re.compile(r"(lose|double|swap) 1 in ([1-9][0-9]{0,8})", re.ASCII)
_DELAY: Final = re.compile(r"delay (\S+)", re.ASCII)
_HOOK: Final = re.compile(r"run (.+)", re.ASCII)
_PLAIN: Final = {"kill worker", "kill server", "restart workers", "cut", "stall"}


@dataclass(frozen=True, slots=True)
class Fault:
    """``action`` at ``at_s``; what lasts is taken back after ``for_s``, or at the end of the run."""

    at_s: float
    action: str
    for_s: float | None = None

    @property
    def needs_proxy(self) -> bool:
        return self.action in {"cut", "stall"} or bool(_ONE_IN.fullmatch(self.action) or _DELAY.fullmatch(self.action))

    @property
    def needs_workers(self) -> bool:
        """Whether there must be several, of which one can be missed."""
        return self.action in {"kill worker", "restart workers"}

    @property
    def needs_server(self) -> bool:
        """Whether it can be done only to a server that the run started itself."""
        return not _HOOK.fullmatch(self.action)


def parse_fault(text: str) -> Fault:
    """`ClientError` says what can be done."""
    match = _FAULT.fullmatch(text)
    action = " ".join(match[2].split()) if match else ""
    is_known = action in _PLAIN or any(pattern.fullmatch(action) for pattern in (_ONE_IN, _DELAY, _HOOK))
    if match is None or not is_known:
        raise ClientError(
            f"{text!r} is no fault: write it like 'at 5s: kill worker'. There are: {', '.join(sorted(_PLAIN))}, delay"
            " 200ms, lose 1 in 1000, double 1 in 1000, swap 1 in 1000, run COMMAND; and 'for 3s' behind what lasts."
        )
    if (delay := _DELAY.fullmatch(action)) is not None:
        parse_duration_s(delay[1])
    return Fault(parse_duration_s(match[1]), action, parse_duration_s(match[3]) if match[3] else None)


async def bring(faults: Sequence[Fault], server: OwnServer | None, proxy: Proxy | None, stage: Stage) -> None:
    """All of them, each in its time; what has no end of its own lasts until no more is posted."""
    began_s = stage.clock()

    async def one(fault: Fault) -> None:
        if not await stage.sleep(began_s + fault.at_s - stage.clock()):
            return
        stage.mark(fault.action if fault.for_s is None else f"{fault.action} for {fault.for_s:g} s")
        await _do(fault.action, server, proxy, stage)
        if fault.for_s is not None and proxy is not None:
            await stage.sleep(fault.for_s)
            stage.mark(f"end of: {fault.action}")
            _undo(fault.action, proxy)

    try:
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                group.create_task(one(fault))
        if any(fault.needs_proxy for fault in faults):  # the others leave nothing behind that lasts
            await stage.sleep(began_s + stage.plan.duration_s - stage.clock())
    finally:
        for fault in faults:
            if proxy is not None and fault.needs_proxy:
                _undo(fault.action, proxy)


async def _do(action: str, server: OwnServer | None, proxy: Proxy | None, stage: Stage) -> None:
    if (hook := _HOOK.fullmatch(action)) is not None:
        await _run(hook[1], stage)
    elif proxy is not None and _turn(action, proxy, is_on=True):
        return
    elif server is not None:
        await _SERVER_ACTIONS[action](server)


def _turn(action: str, proxy: Proxy, *, is_on: bool) -> bool:
    """Do or undo what the proxy does; False if it is none of its things."""
    weather = proxy.weather
    if (one_in := _ONE_IN.fullmatch(action)) is not None:
        setattr(weather, f"{one_in[1]}_one_in", int(one_in[2]) if is_on else 0)
    elif (delay := _DELAY.fullmatch(action)) is not None:
        weather.delay_s = parse_duration_s(delay[1]) if is_on else 0.0
    elif action == "stall":
        (proxy.stall if is_on else proxy.resume)()
    elif action == "cut":
        if is_on:
            proxy.cut()
    else:
        return False
    return True


_undo: Final = partial(_turn, is_on=False)


async def _kill_server(server: OwnServer) -> None:
    """And start it again at once, as whatever watches over it would."""
    server.kill()
    await server.stop()
    await server.start()


async def _kill_worker(server: OwnServer) -> None:
    server.kill_worker()


async def _restart_workers(server: OwnServer) -> None:
    server.restart_workers()


_SERVER_ACTIONS: Final[Mapping[str, Callable[[OwnServer], Awaitable[None]]]] = {
    "kill server": _kill_server,
    "kill worker": _kill_worker,
    "restart workers": _restart_workers,
}


async def _run(command: str, stage: Stage) -> None:
    """A hook: for a server elsewhere it is whatever its owner says. One that fails is booked."""
    process = await asyncio.create_subprocess_shell(command, stdin=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(MAX_COMMAND_S):
            status = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        stage.fail(f"{command!r} did not end within {MAX_COMMAND_S:g} s")
        return
    if status:
        stage.fail(f"{command!r} ended with status {status}")
