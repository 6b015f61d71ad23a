"""A script on its way: each act at its time, whatever became of those before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from tertulia_client.api import Api, PostReceipt
from tertulia_client.errors import ClientError
from tertulia_client.load.page_readers import open_browser, read_page
from tertulia_client.load.publisher import MAX_IN_FLIGHT
from tertulia_client.load.stage import Stage
from tertulia_client.load.traffic.acts import Act, Doing, Script
from tertulia_client.load.traffic.cast import Cast
from tertulia_client.load.traffic.day import DAY_S, Visit, busyness_of, make_day, make_visits
from tertulia_wire.channels import thread_channel
from tertulia_wire.data import PostData

LEAST_STAY_S: Final = 2.0
"""Of the run's time: whatever the speed, a reader is there long enough to be one."""

NOT_RATED: Final = "ratings are left out: they need a second account (--bot-token, or a token that may make members)"


class Player:
    """Writes and rates as the ``cast``. Times count from when an act was due; one post's changes are made in order."""

    def __init__(self, stage: Stage, script: Script, *, speed: float, cast: Cast) -> None:
        self._stage = stage
        self._acts = script.acts
        self._speed = speed
        self._cast = cast
        self._posts: dict[int, asyncio.Future[PostData | None]] = {}
        self._turns: dict[int, asyncio.Lock] = {}
        self._room = asyncio.Semaphore(MAX_IN_FLIGHT)

    def plan(self) -> Iterator[tuple[str, float]]:
        """Of each post its key, and when it is due: seconds after the beginning."""
        return ((self._key(act), act.at_s / self._speed) for act in self._acts if act.doing is Doing.POST)

    async def run(self, began_s: float) -> None:
        """Until all acts are done; told to stop, no more are begun."""
        stage, turn_s = self._stage, began_s
        async with asyncio.TaskGroup() as group:
            for act in self._acts:
                if act.doing is Doing.RATE and not self._cast.can_rate:
                    continue
                due_s = began_s + act.at_s / self._speed
                await stage.sleep(due_s - stage.clock())
                late_s = stage.clock() - max(due_s, turn_s)  # a wait for room below is the server's
                await self._room.acquire()
                turn_s = stage.clock()
                if stage.stopping.is_set():
                    return
                if act.doing is Doing.POST:
                    self._posts[act.post] = asyncio.get_running_loop().create_future()
                    stage.publisher.note_late(self._key(act), late_s)
                group.create_task(self._do(act, due_s)).add_done_callback(lambda _: self._room.release())

    async def _do(self, act: Act, due_s: float) -> None:
        stage = self._stage
        thread_id = stage.thread_ids[act.thread % len(stage.thread_ids)]
        try:
            if act.doing is Doing.POST:
                await self._post(act, thread_id, due_s)
                return
            receipt = await self._change(act)
        except ClientError as error:
            stage.fail(f"{act.doing.value}: {error}")
            return
        if receipt is not None:
            stage.times(act.doing.value).record(stage.clock() - due_s)
            stage.ledger.note_head(thread_channel(thread_id), receipt.cursor.seq)

    async def _post(self, act: Act, thread_id: int, due_s: float) -> None:
        """Whoever waits for the post learns of it, or that there is none."""
        written: PostData | None = None
        author = self._cast.author_of(act)
        try:
            receipt = await self._stage.publisher.publish(thread_id, act.text, self._key(act), due_s, api=author)
            written = receipt.post
        finally:
            self._posts[act.post].set_result(written)

    def _key(self, act: Act) -> str:
        return f"act-{self._stage.run}-{act.post:06d}"

    async def _change(self, act: Act) -> PostReceipt | None:
        """None where there is no post to change."""
        post = await self._posts[act.post] if act.post in self._posts else None
        if post is None:
            return None
        async with self._turns.setdefault(act.post, asyncio.Lock()):
            receipt = await self._ask(act, post)
            if receipt is not None:
                post.update(receipt.post)
            return receipt

    async def _ask(self, act: Act, post: PostData) -> PostReceipt | None:
        match act.doing:
            case Doing.EDIT:
                return await self._cast.author_of(act).edit_post(post["id"], act.text, version=post["version"])
            case Doing.REMOVE:
                return await self._cast.author_of(act).remove_post(post["id"])
            case _:
                rater = self._cast.rater_of(act)
                return None if rater is None else await rater.rate_post(post["id"], act.mark)


async def play_script(script: Script, speed: float, stage: Stage) -> None:
    """All readers first, then what was recorded."""
    await stage.gather()
    stage.say(f"{script.posts:,} posts and {len(script.acts) - script.posts:,} changes follow, at speed {speed:g}")
    _tell_left_out(script.left_out, stage)
    async with _cast(stage) as cast:
        player = Player(stage, script, speed=speed, cast=cast)
        began_s = await stage.begin(player.plan)
        await stage.watch(partial(stage.team.publish, stage, partial(player.run, began_s)))
        _tell_left_out(cast.left_out, stage)
    await stage.settle()


async def play_day(speed: float, stage: Stage) -> None:
    """A day made up."""
    length_s = stage.plan.duration_s * speed
    await _play_with_visits(
        make_day(stage.plan).cut(length_s), make_visits(stage.plan, min(DAY_S, length_s)), speed, stage
    )


async def play_recorded_day(script: Script, speed: float, stage: Stage) -> None:
    """What was recorded; how many read hangs on how much was written."""
    length_s, least_stay_s = stage.plan.duration_s * speed, LEAST_STAY_S * speed
    visits = make_visits(stage.plan, length_s, busyness_of(script), least_stay_s=least_stay_s)
    await _play_with_visits(script, visits, speed, stage)


async def _play_with_visits(script: Script, visits: Sequence[Visit], speed: float, stage: Stage) -> None:
    """Readers come and go while posts are written; whoever is there at the end must have all that was owed."""
    stage.say(f"{script.posts:,} posts, {len(script.acts) - script.posts:,} changes and {len(visits):,} visits follow")
    _tell_left_out(script.left_out, stage)
    async with _cast(stage) as cast:
        player = Player(stage, script, speed=speed, cast=cast)
        began_s = await stage.begin(player.plan)
        write = partial(stage.team.publish, stage, partial(player.run, began_s))
        await stage.watch(write, partial(_receive, stage, visits, speed, began_s))
        _tell_left_out(cast.left_out, stage)
    await stage.settle()


def _tell_left_out(left_out: Mapping[str, int], stage: Stage) -> None:
    for what, count in left_out.items():
        stage.say(f"not played: {count:,} {what}")


@asynccontextmanager
async def _cast(stage: Stage) -> AsyncIterator[Cast]:
    """The members of the run; where it may make none, its own account writes and the second one rates."""
    members, token = len(stage.plan.member_tokens), stage.plan.bot_token
    if members > 1:
        stage.say(f"{members} members write and rate")
        yield Cast([stage.api_of(number) for number in range(members)], authors=members)
    elif token is not None:
        async with Api(stage.plan.address, token=token) as rater:
            yield Cast([stage.api, rater], authors=1)
    else:
        stage.say(NOT_RATED)
        yield Cast([stage.api], authors=1)


async def _receive(stage: Stage, visits: Sequence[Visit], speed: float, began_s: float) -> None:
    """Of the readers that this process holds."""
    follows = stage.plan.chooser("reader")
    async with open_browser(stage.plan.address) as browser, asyncio.TaskGroup() as group:

        async def stay(visit: Visit, due_s: float) -> None:
            """Reads the page, then follows it until it is time to go."""
            await read_page(stage, browser, f"/threads/{stage.thread_ids[follows(visit.seat)]}", due_s)
            goes_s = began_s + visit.goes_s / speed
            try:
                async with asyncio.timeout(max(0.0, goes_s - stage.clock())):
                    await stage.crowd.join(visit.seat)
            except TimeoutError:
                pass  # had no patience
            except ClientError as error:
                stage.fail(f"a reader: {error}")
            if goes_s < began_s + stage.plan.duration_s and await stage.sleep(goes_s - stage.clock()):
                stage.crowd.leave(visit.seat)

        for visit in (visit for visit in visits if stage.team.owns(visit.seat)):
            due_s = began_s + visit.comes_s / speed
            if not await stage.sleep(due_s - stage.clock()):
                return
            group.create_task(stay(visit, due_s))
