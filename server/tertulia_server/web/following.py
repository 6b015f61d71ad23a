"""How a connection begins to follow channels, whatever carries it: WebSocket, SSE or long poll."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeVar, cast

from starlette.requests import HTTPConnection

from tertulia_server.errors import TertuliaError
from tertulia_server.forum.models import Proof, Visitor
from tertulia_server.forum.rights import may_read
from tertulia_server.hub.crowd import NOBODY_KNOWN, Reader
from tertulia_server.hub.listener import Grant, Listener
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.store.access import Accesses
from tertulia_server.turns import tell_failure
from tertulia_server.web.identity import known_proof
from tertulia_wire.channels import ChannelKind, parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.data import WhoData
from tertulia_wire.hello import hello_data
from tertulia_wire.limits import MAX_SUBSCRIPTIONS_PER_CONNECTION
from tertulia_wire.messages import Hello, Refused
from tertulia_wire.signals import AWAY, STOPPED, TYPING

BUSY_RETRY_AFTER_MS: Final = 2000
"""When a client that was turned away may come back, before its own jitter."""

TRIES: Final = 5
"""How often a subscribe is asked again because the log became another one in between, or rights changed."""

ConnectionT = TypeVar("ConnectionT", bound=HTTPConnection)


def live_of(connection: HTTPConnection) -> Live:
    """What the application of this connection keeps its readers up to date with: its ``app.state.live``."""
    return cast("Live", connection.app.state.live)


class Met(NamedTuple):
    """Who is at the other end, by what that is known, and which changes of rights were applied when we asked."""

    visitor: Visitor
    proof: Proof | None
    rights_seq: int


async def meet(connection: ConnectionT, identify: Callable[[ConnectionT], Awaitable[Visitor]]) -> Met:
    """Find out who it is; raises what ``identify`` raises, and ``OVERLOADED`` for want of a turn at the door."""
    live = live_of(connection)
    async with live.admission.handshake():
        rights_seq = live.hub.gate.seq
        visitor = await identify(connection)
    return Met(visitor, known_proof(connection), rights_seq)


class Following:
    """Heads and rights for one listener: asks the store, judges, and answers in its place among what is sent."""

    def __init__(self, live: Live, met: Met, listener: Listener) -> None:
        self._live = live
        self._listener = listener
        listener.visitor, listener.proof = met.visitor, met.proof
        self._is_doubtful = met.proof is not None and met.rights_seq != live.hub.gate.seq

    def greet(self, subscriptions: int = MAX_SUBSCRIPTIONS_PER_CONNECTION) -> None:
        """The first message of a connection, which may follow so many channels."""
        heartbeat_ms, member = self._live.settings.heartbeat_ms, _who(self._listener.visitor)
        hello = hello_data(heartbeat_ms=heartbeat_ms, member=member, subscriptions=subscriptions)
        self._listener.send(Hello(hello))

    async def subscribe(self, ref: int, items: Sequence[Wanted | Refused]) -> Sequence[Grant | Refused]:
        """Follow what may be followed, and answer with `subscribed`; returns what became of each item.

        Held from before the question, so that nothing falls between its answer and going live.
        """
        wanted = [item.channel for item in items if isinstance(item, Wanted)]
        with self._live.hub.hold(wanted):
            try:
                accesses = await self._read_accesses(wanted)
            except Exception as error:  # noqa: BLE001 - whatever the database says, the client hears that it is away
                tell_failure("subscribe_failed", error)
                answers: list[Grant | Refused] = [_put_off(item) for item in items]
            else:
                judged = [self._judge(item, accesses) if isinstance(item, Wanted) else item for item in items]
                answers = self._admit(judged)
            self._listener.subscribe(ref, answers)
        return answers

    def signal(self, channel: str, name: str) -> None:
        """What a reader says of themselves. Programs are no readers, and only threads have them."""
        presence = self._live.presence
        if presence is None or self._listener.visitor.is_bot or parse_channel(channel).kind is not ChannelKind.THREAD:
            return
        if name == AWAY:
            presence.away(self._listener, channel)
        elif name == STOPPED:
            presence.stop(self._listener, channel)
        elif self._listener.follows(channel):
            self._listener.on_leave = presence.away
            presence.read(self._listener, channel, _reader(self._listener.visitor))
            if name == TYPING:
                presence.write(self._listener, channel)

    def _admit(self, answers: Sequence[Grant | Refused]) -> list[Grant | Refused]:
        """Those who would catch up are put off together while too many others do."""
        behind = {answer.channel for answer in answers if isinstance(answer, Grant) and answer.is_behind}
        if not behind:
            return list(answers)
        try:
            self._live.admission.check_catch_up(len(behind))
        except TertuliaError as error:
            code, sentence, retry_after_ms = error.code, str(error), error.retry_after_ms
            return [
                Refused(answer.channel, code, sentence, retry_after_ms) if answer.channel in behind else answer
                for answer in answers
            ]
        return list(answers)

    async def _read_accesses(self, channels: Sequence[str]) -> Accesses:
        """Heads and rights, in the epoch that the hub knows, and not of before a change that was applied meanwhile."""
        if self._is_doubtful:
            await self._live.rights.verify(self._listener)
            self._is_doubtful = False
        for _ in range(TRIES):
            rights_seq = self._live.hub.gate.seq
            accesses = await self._live.accesses.read(channels)
            if accesses.epoch != self._live.hub.epoch:
                await self._live.sweep.meet_epoch(accesses.epoch)
            elif rights_seq == self._live.hub.gate.seq:
                return accesses
        raise TertuliaError(Code.STORE_UNAVAILABLE)

    def _judge(self, wanted: Wanted, accesses: Accesses) -> Grant | Refused:
        """What may not be read is answered as what is not there."""
        access = accesses.by_channel[wanted.channel]
        if not access.exists or not may_read(self._listener.visitor, access.rules, access.owner_id):
            return Refused(wanted.channel, Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL.sentence)
        return Grant(wanted.channel, wanted.cursor, access.head, access.first_seq)


def _put_off(item: Wanted | Refused) -> Refused:
    code = Code.STORE_UNAVAILABLE
    return item if isinstance(item, Refused) else Refused(item.channel, code, code.sentence, BUSY_RETRY_AFTER_MS)


def _reader(visitor: Visitor) -> Reader:
    is_named = visitor.member_id is not None and not visitor.hides_presence and not visitor.is_banned
    return Reader(visitor.member_id, visitor.name) if is_named else NOBODY_KNOWN


def _who(visitor: Visitor) -> WhoData | None:
    return None if visitor.member_id is None else {"id": visitor.member_id, "name": visitor.name}
