"""Scenarios that play a script: the day that is there by name, another one, or a recording."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from tertulia_client.errors import ClientError
from tertulia_client.load.scenarios import Scenario, find_scenario
from tertulia_client.load.stage import Stage
from tertulia_client.load.traffic.acting import play_day, play_recorded_day, play_script
from tertulia_client.load.traffic.acts import Act, Doing, Script, script_of
from tertulia_client.load.traffic.day import DAY_S
from tertulia_client.load.traffic.lines import read_traffic

MIN_SPEED: Final = 0.01
MAX_SPEED: Final = 100_000.0
DAY: Final = "day"
REPLAY: Final = "replay"
MIN_LENGTH_S: Final = 1.0
"""Of a run: a recording may be over in no time at all."""


def day_at(speed: float) -> Scenario:
    """A day of which each second takes ``1/speed``; with as many posts a second as the usual one."""
    play = partial(play_day, _checked(speed))
    return replace(find_scenario(DAY), play=play, speed=speed, duration=f"{DAY_S / speed:.6f}s")


def replay_of(path: Path, speed: float, *, name: str = REPLAY, length_s: float | None = None) -> Scenario:
    """A recording as a scenario; ``length_s`` cuts it short. `ClientError` when nothing in it can be played.

    As a `DAY` its readers come and go; otherwise all are there from the beginning.
    """
    _, lines = read_traffic(path)
    script = script_of(lines)
    if length_s is not None:
        script = script.cut(length_s * _checked(speed))
    if not script.posts:
        raise ClientError(f"{path} has no posts that can be played.")
    duration_s = max(MIN_LENGTH_S, script.length_s / _checked(speed)) if length_s is None else length_s
    return Scenario(
        name,
        f"{path.name}, recorded.",
        _player_of(name, script, speed),
        speed=speed,
        script=script,
        rate=f"{max(script.posts / duration_s, 0.001):.6f}",
        duration=f"{duration_s:.6f}s",
        threads=script.threads,
        members=script.accounts,
        is_scripted=True,
        audience=find_scenario(DAY).audience if name == DAY else "members",
    )


def orders_of(scenario: Scenario) -> Mapping[str, Any] | None:
    """What another process must know of a script beside the plan; for a line of JSON. None where there is none."""
    if not scenario.is_scripted:
        return None
    acts = None if scenario.script is None else [_as_row(act) for act in scenario.script.acts]
    return {"speed": scenario.speed, "acts": acts}


def scenario_by(name: str, orders: Mapping[str, Any] | None) -> Scenario:
    """What a process plays that holds readers and writes nothing."""
    if orders is None:
        return find_scenario(name)
    if orders["acts"] is None:
        return day_at(orders["speed"])
    script = Script([Act(at_s, Doing(doing), 0, post) for at_s, doing, post in orders["acts"]], 1)
    return replace(find_scenario(DAY), play=_player_of(name, script, orders["speed"]))


def _player_of(name: str, script: Script, speed: float) -> Callable[[Stage], Coroutine[Any, Any, None]]:
    return partial(play_recorded_day if name == DAY else play_script, script, speed)


def _as_row(act: Act) -> tuple[float, str, int]:
    """Without texts: whoever writes them has them."""
    return act.at_s, act.doing.value, act.post


def _checked(speed: float) -> float:
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise ClientError(f"--speed takes {MIN_SPEED:g} to {MAX_SPEED:,.0f}.")
    return speed
