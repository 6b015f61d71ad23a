"""How a bot is, in a word that cannot lie, and in figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final


class BotState(Enum):
    """From well to not at all. Only the first two get every event in a while."""

    LIVE = "live"
    """Connected, heard lately, every channel caught up, nothing waits for long."""
    LAGGING = "lagging"
    """Connected, but behind: catching up, or its handlers are slower than the events."""
    RECONNECTING = "reconnecting"
    DEAF = "deaf"
    """Connected by the look of it, and nothing was heard for longer than the server may be silent."""
    STOPPED = "stopped"


WELL: Final = frozenset({BotState.LIVE, BotState.LAGGING})


@dataclass(slots=True)
class Figures:
    """Counted since the bot began to run."""

    received: int = 0
    handled: int = 0
    failed: int = 0
    retried: int = 0
    dead_letters: int = 0
    dropped: int = 0
    resets: int = 0
    disconnects: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """``channels``: state and place of each. ``oldest_wait_s``: of the events that wait for their handler."""

    state: BotState
    channels: Mapping[str, str]
    waiting: int
    oldest_wait_s: float
    blocked: int
    figures: Figures

    @property
    def is_well(self) -> bool:
        return self.state in WELL

    def as_json(self) -> str:
        values: dict[str, Any] = asdict(self)
        values["state"] = self.state.value
        return json.dumps(values, indent=2)

    def as_metrics(self) -> str:
        """Prometheus' text format, version 0.0.4."""
        lines = ["# HELP tertulia_bot_state 1 for the state that the bot is in.", "# TYPE tertulia_bot_state gauge"]
        lines += [f'tertulia_bot_state{{state="{one.value}"}} {int(one is self.state)}' for one in BotState]
        for name, value, about in (
            ("waiting_events", self.waiting, "Events that wait for their handler."),
            ("oldest_wait_seconds", round(self.oldest_wait_s, 3), "How long the oldest of them has waited."),
            ("channels", len(self.channels), "Channels that are followed."),
        ):
            lines += _metric(name, "gauge", value, about)
        counts = asdict(self.figures) | {"blocked": self.blocked}
        for name, value in counts.items():
            lines += _metric(f"{name}_total", "counter", value, _ABOUT[name])
        return "\n".join(lines) + "\n"


def state_of(*, is_running: bool, is_connected: bool, is_deaf: bool, is_live: bool, is_late: bool) -> BotState:
    """The worst that is true."""
    if not is_running:
        return BotState.STOPPED
    if not is_connected:
        return BotState.RECONNECTING
    if is_deaf:
        return BotState.DEAF
    return BotState.LIVE if is_live and not is_late else BotState.LAGGING


_ABOUT: Final = {
    "received": "Events that came.",
    "handled": "Events whose handlers all ended well.",
    "failed": "Handlers that raised.",
    "retried": "Handlers that were called once more.",
    "dead_letters": "Events that no try could handle.",
    "dropped": "Events that went unhandled because too many waited.",
    "resets": "Channels that had to be started over.",
    "disconnects": "Connections that ended.",
    "blocked": "Times that a handler blocked the loop.",
}


def _metric(name: str, kind: str, value: float, about: str) -> list[str]:
    full = f"tertulia_bot_{name}"
    return [f"# HELP {full} {about}", f"# TYPE {full} {kind}", f"{full} {value}"]
