"""Where a run plays: a trial of its own where its token may make one, otherwise threads among those of others.

Whatever ends a run, its grounds are cleared; what an earlier one could not clear is found and removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from tertulia_client.address import ServerAddress
from tertulia_client.api import Api
from tertulia_client.errors import ApiError, ClientError, NotTertulia
from tertulia_client.load.plan import Plan
from tertulia_client.load.target import begin_threads, prepare_threads, remove_posts
from tertulia_client.load.trials import TRY_AGAIN_S, Trials
from tertulia_wire.codes import Code

Say = Callable[[str], None]


@dataclass(slots=True)
class Grounds:
    """``plan`` has the tokens of the members that write and read; ``post_ids`` are to be removed one by one."""

    plan: Plan
    thread_ids: Sequence[int]
    post_ids: list[int] = field(default_factory=list)


@asynccontextmanager
async def lay_out(plan: Plan, run: str, say: Say) -> AsyncIterator[Grounds]:
    """Somewhere to post for as long as the run lasts. `ClientError` when there is nowhere."""
    async with Trials(plan.address, plan.token) as trials:
        may_make_trials = plan.thread_id is None and await _clear_leftovers(trials, say)
        laid = _in_trial(trials, plan, run, say) if may_make_trials else _among_others(plan, run, say)
        async with laid as grounds:
            yield grounds


async def clear(address: ServerAddress, token: str, say: Say, *, is_all: bool) -> int:
    """Remove what runs have left; with ``is_all`` also what is still in use. How many trials are left.

    `ClientError` if the token may not.
    """
    async with Trials(address, token) as trials:
        found = await trials.read()
        if found is None:
            raise ClientError("This token may not remove trials: take an administrator's, or that of the server.")
        left = 0
        for trial in found:
            if trial.is_over or is_all:
                left += not await _remove(trials, trial.forum_id, trial.name, say)
            else:
                say(f"{trial.name} is still in use")
                left += 1
        return left


async def check_is_tertulia(address: ServerAddress) -> None:
    """`ClientError` if nobody is there, or somebody else."""
    async with Api(address, deadline_s=TRY_AGAIN_S) as api:
        try:
            await api.read_forums()
        except ApiError as error:
            if error.code in (Code.NOT_FOUND, Code.INVALID):
                raise NotTertulia(f"What answers at {address.origin} is no Tertulia server.") from None
            raise


async def _clear_leftovers(trials: Trials, say: Say) -> bool:
    """False if this token may not make trials at all."""
    found = await trials.read()
    for trial in found or ():
        if trial.is_over:
            await _remove(trials, trial.forum_id, trial.name, say)
    return found is not None


async def _remove(trials: Trials, forum_id: int, name: str, say: Say) -> bool:
    try:
        await trials.remove(forum_id)
    except ClientError as error:
        say(f"{name} was left behind ({error}); `tertulia load clean` removes it")
        return False
    say(f"removed {name}, with its threads and members")
    return True


@asynccontextmanager
async def _in_trial(trials: Trials, plan: Plan, run: str, say: Say) -> AsyncIterator[Grounds]:
    name = f"Load run {run}"
    forum_id, tokens = await trials.create(name, plan.members + 1, plan.audience)
    keeping = asyncio.create_task(trials.keep(forum_id))
    try:
        async with Api(plan.address, token=tokens[0]) as api:
            thread_ids = await begin_threads(api, forum_id, run, plan.threads)
        members = tuple(tokens[1:])
        yield Grounds(
            replace(plan, token=tokens[0], member_tokens=members, bot_token=plan.bot_token or members[0]), thread_ids
        )
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        if not plan.keeps_posts:
            await _remove(trials, forum_id, name, say)


@asynccontextmanager
async def _among_others(plan: Plan, run: str, say: Say) -> AsyncIterator[Grounds]:
    async with Api(plan.address, token=plan.token, deadline_s=TRY_AGAIN_S) as api:
        if plan.thread_id is not None:
            thread_ids = [(await api.read_thread(plan.thread_id))["id"]]
        else:
            thread_ids = await prepare_threads(api, run, plan.threads)
        grounds = Grounds(plan, thread_ids)
        try:
            yield grounds
        finally:
            if not plan.keeps_posts and grounds.post_ids:
                say(await remove_posts(api, grounds.post_ids))
