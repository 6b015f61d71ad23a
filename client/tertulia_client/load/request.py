"""What somebody asked for on the command line, and how it becomes a run: with or without a server of its own."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.errors import ClientError
from tertulia_client.load.agents.encryption import IN_THE_OPEN
from tertulia_client.load.arrivals import Stretch
from tertulia_client.load.calibration import calibrate
from tertulia_client.load.capacity import check_descriptors, check_ports
from tertulia_client.load.faults import Fault, bring, parse_fault
from tertulia_client.load.grounds import check_is_tertulia
from tertulia_client.load.others.adapter import Adapter
from tertulia_client.load.others.playing import MAX_THREADS as MAX_OTHER_THREADS
from tertulia_client.load.others.playing import check_playable, run_on_other
from tertulia_client.load.own_server import OwnServer
from tertulia_client.load.plan import Plan, Verify
from tertulia_client.load.playing import orders_of
from tertulia_client.load.proxy import Proxy
from tertulia_client.load.report import Report
from tertulia_client.load.run import run_scenario
from tertulia_client.load.run_health import onlookers
from tertulia_client.load.scenarios import Scenario
from tertulia_client.load.stage import OnMoment, Say
from tertulia_client.load.target import check_permission, find_token
from tertulia_client.load.team import Lead

MAX_READERS: Final = 60_000
MAX_POSTS: Final = 1_000_000
MAX_RATE_PER_S: Final = 10_000
MAX_THREADS: Final = 10_000
MAX_BOTS: Final = 100
MAX_WORKERS: Final = 64
MAX_PROCESSES: Final = 64


@dataclass(frozen=True, slots=True)
class Request:
    """``address`` None: a server is started for the run, and ended with it."""

    scenario: Scenario
    address: ServerAddress | None
    token: str | None
    readers: int
    rate: float
    duration_s: float
    settle_s: float
    threads: int = 1
    seed: int = 1
    thread_id: int | None = None
    verify: Verify = Verify.FULL
    keeps_posts: bool = False
    is_calibrated: bool = False
    is_ours: bool = False
    bots: int = 1
    bot_token: str | None = None
    workers: int | None = None
    faults: Sequence[str] = ()
    sources: Sequence[str] = ()
    processes: int = 1
    stages: Sequence[Stretch] = ()
    agents: Sequence[ServerAddress] = ()
    """They hold readers beside the processes of this machine, of which there may be none then."""
    secret: bytes = field(default=b"", repr=False)
    agents_tls: ssl.SSLContext | None = None
    """By which they are called; None for lines that are not encrypted."""
    metrics_port: int | None = None
    adapter: type[Adapter] | None = None
    """Of a server that is not Tertulia."""

    @property
    def is_shared(self) -> bool:
        """Whether the readers are held by others than the process that posts."""
        return self.processes != 1 or bool(self.agents)

    @property
    def parts(self) -> int:
        """How many processes hold readers."""
        return self.processes + len(self.agents)

    def all_faults(self) -> Sequence[Fault]:
        """Those of the scenario and those that were asked for; `ClientError` for what is none, or comes too late."""
        faults = [parse_fault(_in_seconds(text, self.duration_s)) for text in (*self.scenario.faults, *self.faults)]
        for fault in faults:
            if fault.at_s >= self.duration_s:
                raise ClientError(f"The run is over before {fault.action!r} at {fault.at_s:g} s.")
            if fault.needs_workers and self.own_workers == 1:
                raise ClientError(f"{fault.action!r} takes several workers, of which one can be missed: --workers 2.")
            if fault.needs_server and self.address is not None:
                instead = "leave out --url" if self.adapter is None else "with --adapter there is 'run COMMAND' only"
                raise ClientError(f"{fault.action!r} needs a server of the run's own: {instead}.")
        return faults

    @property
    def own_workers(self) -> int:
        """Of a server that is started for the run; 0 for none."""
        return 0 if self.address is not None else self.workers or self.scenario.workers

    def plan(self, address: ServerAddress) -> Plan:
        """With the token that is found for this address; `ClientError` if there is none. Another server takes none."""
        return Plan(
            scenario=self.scenario.name,
            address=address,
            token=find_token(address, self.token) if self.adapter is None else "",
            readers=self.readers,
            rate=self.rate,
            duration_s=self.duration_s,
            settle_s=self.settle_s,
            threads=1 if self.thread_id is not None else self.threads,
            seed=self.seed,
            thread_id=self.thread_id,
            verify=self.verify,
            stages=[(one.duration_s, one.from_rate, one.to_rate) for one in self.stages],
            keeps_posts=self.keeps_posts or self.address is None,
            members=self.scenario.members,
            audience=self.scenario.audience,
            bots=self.bots,
            bot_token=self.bot_token,
        )


def check_amounts(request: Request) -> None:
    """`ClientError` for what no run may do."""
    least = min(1, request.scenario.readers)
    if not least <= request.readers <= MAX_READERS:
        raise ClientError(f"--readers takes {least} to {MAX_READERS:,}.")
    if not 1 <= request.bots <= MAX_BOTS:
        raise ClientError(f"--bots takes 1 to {MAX_BOTS}.")
    if not 1 <= request.threads <= MAX_THREADS:
        raise ClientError(f"--threads takes 1 to {MAX_THREADS:,}.")
    is_too_much = request.rate * request.duration_s > MAX_POSTS
    is_too_much |= any(max(one.from_rate, one.to_rate) > MAX_RATE_PER_S for one in request.stages)
    if not 0 < request.rate <= MAX_RATE_PER_S or request.duration_s <= 0 or is_too_much:
        raise ClientError(f"A run makes up to {MAX_POSTS:,} posts, at most {MAX_RATE_PER_S:,} a second.")
    if request.workers is not None and not 1 <= request.workers <= MAX_WORKERS:
        raise ClientError(f"--workers takes 1 to {MAX_WORKERS}.")
    least = 0 if request.agents else 1
    if not least <= request.processes <= MAX_PROCESSES - len(request.agents):
        raise ClientError(f"--processes takes {least} to {MAX_PROCESSES}, agents among them.")
    if request.is_shared:
        _check_shared(request)
    if request.stages and request.scenario.is_scripted:
        raise ClientError("--stages are for posts that come at a rate: a day and a recording have times of their own.")
    if request.adapter is not None:
        _check_other(request)
    for source in request.sources:
        _check_source(source)
    request.all_faults()
    if request.address is None and request.thread_id is not None:
        raise ClientError("A server that is started for the run has no threads yet: give --url with --thread.")


async def perform(request: Request, say: Say, *, on_moment: OnMoment | None = None) -> Report:
    """Run what was asked for; ``on_moment`` is called each second. `ClientError` when it cannot begin."""
    _check_capacity(request)
    if request.metrics_port and on_moment is None:
        on_moment = _nothing  # Prometheus looks on: let other processes tell what they see
    if request.adapter is not None and request.address is not None:
        return await _perform_on_other(request, request.adapter, request.address, say, on_moment)
    async with AsyncExitStack() as stack:
        address, faults = request.address, request.all_faults()
        server, proxy = None, None
        if address is None:
            say("starting a server for this run")
            server = await stack.enter_async_context(
                OwnServer(request.scenario.server_variables, workers=request.own_workers)
            )
            assert server.address is not None  # noqa: S101 - it was started
            address = server.address
            say(f"started a server for this run: {address.origin}")
        else:
            check_permission(address, is_allowed=request.is_ours)
            await check_is_tertulia(address)
        plan = request.plan(address)
        floor = None
        if request.is_calibrated and plan.readers:
            say("calibrating against a server that does nothing")
            floor = await calibrate(plan)
        if any(fault.needs_proxy for fault in faults):
            proxy = await stack.enter_async_context(Proxy(address))
            plan = replace(plan, address=proxy.address)
        brought = [partial(bring, faults, server, proxy)] if faults else []
        team = None
        if request.is_shared:
            team = await stack.enter_async_context(_lead_of(request, say))
        return await run_scenario(
            request.scenario,
            plan,
            say,
            floor=floor,
            on_moment=on_moment,
            sources=request.sources,
            faults=brought,
            watchers=onlookers(address, request.metrics_port),
            team=team,
        )


async def _perform_on_other(
    request: Request, adapter: type[Adapter], address: ServerAddress, say: Say, on_moment: OnMoment | None
) -> Report:
    """On a server that is not Tertulia; of the faults there can be hooks."""
    check_permission(address, is_allowed=request.is_ours)
    hooks = request.all_faults()
    return await run_on_other(
        *(request.scenario, request.plan(address), adapter, say),
        on_moment=on_moment,
        sources=request.sources,
        faults=[partial(bring, hooks, None, None)] if hooks else [],
    )


def _lead_of(request: Request, say: Say) -> Lead:
    """Says where what goes to the agents can be read on the way."""
    if request.agents_tls is None and not all(agent.is_loopback for agent in request.agents):
        say(IN_THE_OPEN)
    return Lead(
        request.processes,
        request.sources,
        agents=request.agents,
        secret=request.secret,
        tls=request.agents_tls,
        script=orders_of(request.scenario),
    )


def _nothing(*_: object) -> None:
    pass


def _check_capacity(request: Request) -> None:
    check_descriptors(request.readers, processes=request.parts, own_workers=request.own_workers)
    if request.address is None or request.address.is_loopback:
        check_ports(request.readers, sources=len(request.sources))


def _check_shared(request: Request) -> None:
    """Whether there is something to share, and agents reach what is measured: for one elsewhere this machine is not
    its own."""
    beside = "start the run several times beside itself, with another --seed each"
    if request.scenario.is_own_code:
        raise ClientError(f"--processes and --agents play no file of yours, for no code is sent to them: {beside}.")
    if not request.scenario.readers:
        raise ClientError(
            f"--processes and --agents share out readers, and {request.scenario.name!r} has none: {beside}."
        )
    is_here = request.address is None or request.address.is_loopback
    if is_here and not all(agent.is_loopback for agent in request.agents):
        raise ClientError("Agents on other machines need --url with an address of the server that they reach.")


def _check_other(request: Request) -> None:
    check_playable(request.scenario)
    if request.address is None:
        raise ClientError("--adapter needs --url: where the other server is.")
    if request.threads > MAX_OTHER_THREADS:
        raise ClientError(f"--threads takes 1 to {MAX_OTHER_THREADS} with --adapter.")
    if request.is_shared:
        raise ClientError(
            "--adapter goes without --processes and --agents, for what they are sent is no code: start the run several"
            " times beside itself, with another --seed each."
        )
    if request.is_calibrated:
        raise ClientError(
            "--calibrate has a server that speaks as Tertulia does, which an adapter does not: take a bare one for"
            " comparison, with --adapter broadcast."
        )
    if request.thread_id is not None:
        raise ClientError("--thread names a thread of Tertulia: with --adapter the run has channels of its own.")


def _check_source(source: str) -> None:
    """Whether connections can come from this address of ours."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET) as line:
            line.bind((source, 0))
    except OSError as error:
        raise ClientError(f"--sources: {source!r} is no address of this machine ({error.strerror or error}).") from None


def _in_seconds(text: str, duration_s: float) -> str:
    """``at 25%:`` as a time."""
    return re.sub(r"\bat\s+([0-9]{1,2})%", lambda match: f"at {int(match[1]) / 100 * duration_s:.3f}s", text)
