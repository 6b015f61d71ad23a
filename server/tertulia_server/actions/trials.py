"""Trials: forums for measurements, with members of their own. Whoever made one can remove it with all that is in it,
which no other forum allows."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Audience, Visitor
from tertulia_server.forum.names import check_name
from tertulia_server.forum.rights import check_may_run_trials
from tertulia_server.forum.shaping import check_place_name
from tertulia_server.forum.titles import slug_of
from tertulia_server.forum.tokens import API_TOKEN_PREFIX, hash_token, new_token
from tertulia_server.store import trials as rows
from tertulia_server.store.trimming import trim_channel
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_SEQ

MAX_MEMBERS: Final = 100
MAX_LASTS_S: Final = 24 * 3600
REMOVING_S: Final = 2.0
"""For how long one call removes; what is left is for the next."""


class TrialMember(NamedTuple):
    """A bot of a trial; the token is told this once."""

    member_id: int
    name: str
    token: str


class MadeTrial(NamedTuple):
    """The forum, when it ends in milliseconds since 1970, and its bots with their tokens."""

    forum_id: int
    ends_ms: int
    members: list[TrialMember]


async def create_trial(
    actions: Actions, visitor: Visitor, name: str, *, members: int, lasts_s: int, audience: Audience
) -> MadeTrial:
    """Make a forum with so many bots, whose tokens hold as long as the trial. Bots have no limit of posts.

    `Refusal`: as `check_may_run_trials`, ``INVALID``, ``NAME_TAKEN``, ``FORBIDDEN`` for too many trials.
    """
    check_may_run_trials(visitor)
    name = check_place_name(name)
    if not 0 <= members <= MAX_MEMBERS:
        raise Refusal(Code.INVALID, Sentence("A trial has at most %(most)s members.", most=MAX_MEMBERS))
    now_ms, ends_ms = actions.now_ms(), _ends_ms(actions, lasts_s)
    slug = slug_of(name, fallback="trial")[:24]
    names = [check_name(f"{slug}-{number}") for number in range(1, members + 1)]
    tokens = [new_token(API_TOKEN_PREFIX) for _ in names]
    bots = [rows.NewBot(bot, hash_token(token)) for bot, token in zip(names, tokens, strict=True)]
    forum_id, ids = await actions.store.write(rows.write_trial, name, audience, bots, now_ms, ends_ms)
    return MadeTrial(forum_id, ends_ms, [TrialMember(*row) for row in zip(ids, names, tokens, strict=True)])


async def read_trials(actions: Actions, visitor: Visitor) -> list[rows.Trial]:
    """All that there are. `Refusal` as `check_may_run_trials`."""
    check_may_run_trials(visitor)
    return await actions.store.read(rows.read_trials)


async def extend_trial(actions: Actions, visitor: Visitor, forum_id: int, *, lasts_s: int) -> int:
    """Let a trial and its tokens last so long from now on; when they end. `Refusal` as `create_trial`."""
    check_may_run_trials(visitor)
    ends_ms = _ends_ms(actions, lasts_s)
    await actions.store.write(rows.extend_trial, forum_id, ends_ms)
    return ends_ms


async def remove_trial(actions: Actions, visitor: Visitor, forum_id: int) -> bool:
    """Take a trial away with its posts, its log and its members; False if there is more to be done: call again.

    Whoever follows it is told first that it is no longer theirs. `Refusal`: as `check_may_run_trials`, ``NOT_FOUND``.
    """
    check_may_run_trials(visitor)
    store, deadline_s = actions.store, time.monotonic() + REMOVING_S
    actions.tell(await store.write(rows.close_trial, forum_id))
    while await store.write(rows.delete_posts, forum_id):
        if time.monotonic() > deadline_s:
            return False
    while thread_ids := await store.read(rows.find_empty_threads, forum_id):
        for thread_id in thread_ids:
            await trim_channel(store, thread_channel(thread_id), MAX_SEQ)
        await store.write(rows.delete_threads, thread_ids)
        if time.monotonic() > deadline_s:
            return False
    for channel in await store.read(rows.trial_channels, forum_id):
        await trim_channel(store, channel, MAX_SEQ)
    announcement = await store.write(rows.delete_forum, forum_id)
    actions.tell(announcement)
    return announcement is not None


def _ends_ms(actions: Actions, lasts_s: int) -> int:
    if not 1 <= lasts_s <= MAX_LASTS_S:
        raise Refusal(Code.INVALID, Sentence("A trial lasts from 1 to %(most)s seconds.", most=MAX_LASTS_S))
    return actions.now_ms() + lasts_s * 1000
