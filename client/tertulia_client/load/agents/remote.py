"""An agent, as the one that leads the run sees it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final, Self

from tertulia_client.address import ServerAddress
from tertulia_client.errors import ClientError
from tertulia_client.load.agents.clocks import ROUNDS, Offset, machine_id, offset_of, sentence_of, shared
from tertulia_client.load.agents.encryption import refusal_of
from tertulia_client.load.agents.sealed_line import LineBroken, SealedLine, greet
from tertulia_client.load.agents.secret import name_of

CALL_LIMIT_S: Final = 10.0
MEASURE_LIMIT_S: Final = 30.0
END_LIMIT_S: Final = 10.0


class Remote:
    """Made by `call`. It is a `Member` of the run."""

    def __init__(self, name: str, line: SealedLine) -> None:
        self.name = f"The agent {name}"
        self._agent = name
        self._line = line
        self._measured = Offset(0.0, 0.0)
        self.offset = self._measured
        self.has_our_clock = False

    @classmethod
    async def call(cls, place: ServerAddress, secret: bytes, tls: ssl.SSLContext | None = None) -> Self:
        """Ask an agent for its work. `ClientError` names it and says why it cannot be had."""
        name = name_of(place)
        try:
            async with asyncio.timeout(CALL_LIMIT_S):
                reader, writer = await asyncio.open_connection(place.host, place.port, ssl=tls)
        except (OSError, TimeoutError) as error:
            raise ClientError(f"The agent {name} cannot be reached: {refusal_of(error)}.") from None
        try:
            line = await greet(reader, writer, secret)
            agent = cls(name, line)
            await agent._begin()
        except BaseException as error:
            writer.transport.abort()
            if isinstance(error, ClientError):
                raise ClientError(f"The agent {name} is of no use: {error}.") from None
            if isinstance(error, TimeoutError):
                raise ClientError(f"The agent {name} says nothing.") from None
            raise
        return agent

    async def _begin(self) -> None:
        async with asyncio.timeout(CALL_LIMIT_S):
            first = await self._line.hear() or {}
        if "machine" not in first:
            raise ClientError(str(first.get("error", "it ended the call")))
        self._measured = self.offset = await self._measure()
        same = shared(self._measured, str(first["machine"]), machine_id())
        if same is not None:
            self.offset, self.has_our_clock = same, True

    async def _measure(self) -> Offset:
        rounds = []
        async with asyncio.timeout(MEASURE_LIMIT_S):
            for number in range(ROUNDS):
                asked_s = time.monotonic()
                self._line.tell({"clock": number})
                answer: Mapping[str, Any] | None = {}
                while answer is not None and answer.get("clock") != number:
                    answer = await self._line.hear()  # beside it, that its process has ended
                if answer is None:
                    raise LineBroken("it ended the call")
                rounds.append((asked_s, float(answer["shows_s"]), time.monotonic()))
        return offset_of(rounds)

    def tell(self, message: Mapping[str, Any]) -> None:
        self._line.tell(message)

    async def hear(self) -> Mapping[str, Any] | None:
        message = await self._line.hear()
        return None if message is None or "ended" in message else message

    async def last_words(self) -> str:
        """How well its clock was known: asked again, for a clock may go wrong meanwhile."""
        if self.has_our_clock:
            return ""
        try:
            return sentence_of(self._agent, self._measured, await self._measure())
        except (ClientError, TimeoutError):
            return f"The clock of agent {self._agent} could not be compared again after the run: UNSURE."

    async def close(self, *, is_orderly: bool) -> None:
        """In order, until the agent is free for the next run."""
        await self._line.close(END_LIMIT_S if is_orderly else 0.0)
