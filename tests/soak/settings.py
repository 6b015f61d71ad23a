"""What a soak is told: how long, which seed, on which store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.soak import broker_faults, reader_faults, store_faults, worker_faults  # noqa: F401 - they enter their faults
from tests.soak.sabotage import SABOTAGES
from tests.soak.scene import FAULTS, POSTGRESQL, SQLITE


@dataclass(frozen=True)
class Crowd:
    """Who lives in the world, and how long each writer pauses between two changes, on average.

    ``old_start_share``: of the followers who leave, how many come back as somebody else, from a cursor of long ago.
    ``catch_up_s``: what followers get after the last fault. Who has not caught up by then misses events.
    """

    writers: int = 4
    followers: int = 20
    pace_s: float = 0.25
    old_start_share: float = 0.2
    catch_up_s: float = 30.0


@dataclass(frozen=True)
class Settings:
    """``faults``: names, or none for all that the world can be given. ``sabotage``: as in `sabotage`, for tests."""

    seconds: float
    seed: int = 1
    store: str = SQLITE
    with_redis: bool = True
    workers: int = 3
    crowd: Crowd = field(default_factory=Crowd)
    faults: tuple[str, ...] = ()
    sabotage: str = ""


class WrongSettingError(Exception):
    """A variable that cannot be."""


def settings_of(variables: Mapping[str, str]) -> Settings:
    """The settings out of the environment; `WrongSettingError` says which cannot be."""
    try:
        minutes, seed = float(variables.get("MINUTES", "10")), int(variables.get("SEED", "1"))
    except ValueError as error:
        raise WrongSettingError(f"MINUTES and SEED are numbers: {error}.") from error
    store, sabotage = variables.get("STORE", SQLITE), variables.get("SABOTAGE", "")
    faults = tuple(filter(None, variables.get("FAULTS", "").split(",")))
    if not minutes > 0:
        raise WrongSettingError("MINUTES is more than 0.")
    for name, known in ((store, (SQLITE, POSTGRESQL)), *((one, FAULTS) for one in faults)):
        if name not in known:
            raise WrongSettingError(f"There is no {name!r}; there are: {', '.join(known)}.")
    if sabotage and sabotage not in SABOTAGES:
        raise WrongSettingError(f"There is no sabotage {sabotage!r}; there are: {', '.join(SABOTAGES)}.")
    return Settings(minutes * 60, seed, store, faults=faults, sabotage=sabotage)
