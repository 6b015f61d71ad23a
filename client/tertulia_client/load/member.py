"""Who holds a share of the readers of a run, as the one that leads sees it; and such a one: a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any, Final, Protocol, Self

from tertulia_client.load.agents.clocks import Offset

MAX_LINE_BYTES: Final = 256 * 1024 * 1024
SAME_CLOCK: Final = Offset(0.0, 0.0)


class Member(Protocol):
    """One part of a run, wherever it is."""

    @property
    def name(self) -> str:
        """Begins a sentence."""
        raise NotImplementedError

    @property
    def has_our_clock(self) -> bool:
        """Whether it is of this machine."""
        raise NotImplementedError

    @property
    def offset(self) -> Offset:
        """Of its clock to ours."""
        raise NotImplementedError

    def tell(self, message: Mapping[str, Any]) -> None:
        """Say it, without waiting until it is heard."""
        raise NotImplementedError

    async def hear(self) -> Mapping[str, Any] | None:
        """What it says next; None when it says nothing any more. `ClientError` when its line is cut."""
        raise NotImplementedError

    async def last_words(self) -> str:
        """When its books are here: a sentence for the report, or none."""
        raise NotImplementedError

    async def close(self, *, is_orderly: bool) -> None:
        """Let it end, or make it."""
        raise NotImplementedError


class OwnProcess:
    """``python -m tertulia_client.load.part``, by lines of JSON over its standard input and output."""

    name = "A process of the run"
    has_our_clock = True
    offset = SAME_CLOCK

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls) -> Self:
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tertulia_client.load.part"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=MAX_LINE_BYTES,
                start_new_session=True,  # Ctrl-C is for the lead, which lets the others end in order
            )
        )

    def tell(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None  # noqa: S101 - asked for above
        self.process.stdin.write(json.dumps(message).encode() + b"\n")

    async def hear(self) -> Mapping[str, Any] | None:
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        line = await self.process.stdout.readline()
        if not line:
            return None
        message: Mapping[str, Any] = json.loads(line)
        return message

    async def last_words(self) -> str:
        return ""

    async def close(self, *, is_orderly: bool) -> None:
        if self.process.returncode is None and not is_orderly:
            self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.wait()
