from __future__ import annotations

import asyncio

from tertulia_server.sinks.heartbeat import PLACES, Heartbeat


class Member:
    def __init__(self) -> None:
        self.beats: asyncio.Queue[None] = asyncio.Queue()

    def beat(self) -> None:
        self.beats.put_nowait(None)


def timers() -> int:
    return len(asyncio.get_running_loop()._scheduled)  # type: ignore[attr-defined]


async def test_each_member_beats_again_and_again_by_one_timer() -> None:
    heartbeat = Heartbeat(0.02)
    members = [Member() for _ in range(3 * PLACES)]
    places = [heartbeat.add(member) for member in members]
    assert [places.count(place) for place in range(PLACES)] == [3] * PLACES
    assert timers() == 1
    for member in members:
        await member.beats.get()
        await member.beats.get()
    for member, place in zip(members, places, strict=True):
        heartbeat.remove(member, place)
    assert len(heartbeat) == 0


async def test_timer_rests_while_there_is_nobody() -> None:
    heartbeat = Heartbeat(60)
    member = Member()
    heartbeat.remove(member, heartbeat.add(member))
    assert heartbeat._timer is None
    place = heartbeat.add(member)
    assert heartbeat._timer is not None
    heartbeat.remove(member, place)


async def test_member_may_leave_while_it_beats() -> None:
    heartbeat = Heartbeat(0.01)
    left = asyncio.Event()

    class Leaving(Member):
        def beat(self) -> None:
            heartbeat.remove(self, place)
            left.set()

    place = heartbeat.add(Leaving())
    heartbeat._places[place].clear()
    leaving = Leaving()
    heartbeat._places[place][leaving] = None
    await left.wait()
    assert len(heartbeat) == 0
