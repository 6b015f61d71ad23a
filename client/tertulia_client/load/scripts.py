"""A scenario that is a file: classes of virtual users, or a bot, which is a virtual user as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tertulia_client.bot import Bot
from tertulia_client.errors import ClientError
from tertulia_client.load.bot_users import play_bots
from tertulia_client.load.scenarios import Scenario
from tertulia_client.load.stage import Stage
from tertulia_client.load.users import VirtualUser, visit_all
from tertulia_client.loading import load_module

MAX_VISITS_AT_ONCE: Final = 2_000
VISITORS: Final = 8
"""Accounts that virtual users have by turns, where the run may make some."""


def load_script(path: Path) -> Scenario:
    """`ClientError` for a file that is no Python, or has neither virtual users nor one bot.

    ``READERS``, ``RATE``, ``DURATION``, ``STAGES`` and ``THREADS`` in it are what the run has unless told otherwise.
    """
    module = load_module(path)
    kinds = [value for value in vars(module).values() if _is_kind(value)]
    bots = [value for value in vars(module).values() if isinstance(value, Bot)]
    if bool(kinds) == bool(bots) or len(bots) > 1:
        raise ClientError(f"{path} needs classes of `VirtualUser`, or one `Bot`: it has {len(kinds)} and {len(bots)}.")
    usual: Mapping[str, Any] = vars(module)
    play = partial(visit, kinds) if kinds else partial(play_bots, lambda: _bot_of(load_module(path)))
    return Scenario(
        name=path.stem,
        summary=(module.__doc__ or "").strip().split("\n")[0],
        play=play,
        readers=int(usual.get("READERS", 10)),
        rate=str(usual.get("RATE", "2/s")),
        duration=str(usual.get("DURATION", "20s")),
        stages=str(usual.get("STAGES", "")),
        threads=int(usual.get("THREADS", 1)),
        members=1 if bots else VISITORS,
        needs_bot_token=bool(bots),
        is_own_code=True,
    )


async def visit(kinds: list[type[VirtualUser]], stage: Stage) -> None:
    """Readers first, then visits on the plan."""
    await stage.gather()
    stage.say(f"{stage.plan.post_count:,} visits {stage.plan.pace} follow")
    await stage.watch(partial(visit_all, stage, kinds, MAX_VISITS_AT_ONCE))
    await stage.settle()


def _is_kind(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, VirtualUser) and value is not VirtualUser


def _bot_of(module: ModuleType) -> Bot:
    return next(value for value in vars(module).values() if isinstance(value, Bot))
