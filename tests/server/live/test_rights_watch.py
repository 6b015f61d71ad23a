"""Changes of rights in two workers on one store: over a broker that tells both, and over one that loses everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from tertulia_server.actions.accounts import sign_out_everywhere
from tertulia_server.actions.bans import MIN_BAN_MS, ban_member, end_bans
from tertulia_server.actions.bots import create_bot, create_token
from tertulia_server.actions.context import Actions
from tertulia_server.actions.moderation import move_thread
from tertulia_server.actions.moderators import appoint_moderator, dismiss_moderator
from tertulia_server.actions.posts import create_post
from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.port import Publication
from tertulia_server.errors import TertuliaError
from tertulia_server.forum.models import GUEST, Audience, Proof, ProofKind, Scope, Visitor
from tertulia_server.forum.tokens import hash_token
from tertulia_server.hub.listener import REASON_RIGHTS, Grant, Listener
from tertulia_server.live import rights_watch as module
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.settings import Settings
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.rights_log import forum_rights, member_rights, read_rights, rights_changed
from tertulia_server.store.schema import forums, members
from tertulia_server.store.sign_ins import delete_sign_ins, find_visitors_by_token, insert_sign_in
from tertulia_server.web.following import Following, Met
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event, Unsubscribed
from tests.server.hub.fakes import FakeSink
from tests.server.town import NOW_MS, Town, begin_thread, found_town

LIMIT_S = 10.0
HOUR_MS = 3_600_000

_numbers = count(1)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not is_so():  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.005)


@dataclass
class Place:
    """Two workers; what an action publishes is heard by both, or by none, in which case only the store tells them."""

    store: Store
    town: Town
    is_heard: bool
    now_ms: int = NOW_MS
    workers: list[Live] = field(default_factory=list)
    brokers: list[MemoryBroker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.actions = Actions(self.store, self.publish, lambda: self.now_ms)

    def publish(self, publications: Sequence[Publication]) -> None:
        """The last comes first: what was written after a change of rights is often heard before it."""
        for broker in self.brokers if self.is_heard else ():
            broker.publish(publications[::-1])

    async def start(self) -> None:
        for _ in range(2):
            broker = MemoryBroker()
            live = Live(Settings(sweep_interval_ms=100), self.store, broker, now_ms=lambda: self.now_ms)
            await live.start()
            self.workers.append(live)
            self.brokers.append(broker)

    async def join(
        self, visitor: Visitor, *channels: str, worker: int = 1, proof: Proof | None = None
    ) -> tuple[FakeSink, Listener]:
        live, sink = self.workers[worker], FakeSink()
        if visitor.member_id is not None and proof is None:
            proof = Proof(ProofKind.SIGN_IN, f"sign-in-{next(_numbers)}")
            await self.store.write(
                insert_sign_in, proof.token_hash, visitor.member_id, created_ms=0, expires_ms=NOW_MS + HOUR_MS
            )
        listener = live.hub.connect(sink)
        following = Following(live, Met(visitor, proof, live.hub.gate.seq), listener)
        await following.subscribe(1, [Wanted(channel, None) for channel in channels])
        return sink, listener

    async def post(self, thread_id: int, text: str, *, visitor: Visitor | None = None) -> None:
        await create_post(self.actions, visitor or self.town.mona, thread_id, text, key=f"post-key-{next(_numbers)}")

    async def announce(self, operation: Callable[..., Announcement], *args: Any) -> None:
        self.actions.tell(await self.store.write(operation, *args))

    async def close(self) -> None:
        for live in self.workers:
            await live.close()
        await self.store.close()


@pytest.fixture(params=["heard", "lost"])
async def place(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    town = await store.write(found_town)
    place = Place(store, town, is_heard=request.param == "heard")
    await place.start()
    yield place
    await place.close()


@pytest.fixture
async def thread_id(place: Place) -> int:
    return (await place.store.write(begin_thread, place.town.ada, place.town.forum_id)).thread["id"]


def restrict(conn: Connection, forum_id: int, audience: Audience) -> Announcement:
    conn.execute(update(forums).where(forums.c.id == forum_id).values(audience=audience.value))
    return rights_changed(conn, forum_rights(forum_id))


def ban_now(conn: Connection, member_id: int) -> Announcement:
    conn.execute(update(members).where(members.c.id == member_id).values(is_banned=True))
    return rights_changed(conn, member_rights(member_id))


def lost(sink: FakeSink) -> list[str]:
    gone = [message for message in sink.messages if isinstance(message, Unsubscribed)]
    assert {message.reason for message in gone} <= {REASON_RIGHTS}
    return sorted(message.channel for message in gone)


def bytes_of(sink: FakeSink) -> bytes:
    return b"".join(payload for frame in sink.frames for payload in frame.payloads)


async def test_who_loses_a_forum_is_told_and_gets_no_later_byte_of_it(place: Place, thread_id: int) -> None:
    names = f"thread:{thread_id}", f"forum:{place.town.forum_id}", "site"
    guests = [await place.join(GUEST, *names, worker=worker) for worker in (0, 1)]
    readers = [await place.join(place.town.bob, *names, worker=worker) for worker in (0, 1)]
    await place.post(thread_id, "for all")
    await place.announce(restrict, place.town.forum_id, Audience.MEMBERS)
    for number in range(5):
        await place.post(thread_id, f"for members {number}")
    for sink, _ in readers:
        await until(lambda sink=sink: len(sink.seqs(names[0])) == 6)  # type: ignore[misc]
        await until(lambda sink=sink: len(sink.seqs(names[1])) == 6)  # type: ignore[misc]
        assert sink.seqs(names[0]) == list(range(3, 9))
        assert lost(sink) == []
    for sink, listener in guests:
        await until(lambda sink=sink: len(lost(sink)) == 2)  # type: ignore[misc]
        assert (lost(sink), listener.channels) == (sorted(names[:2]), ("site",))
        assert b"for members" not in bytes_of(sink)
    assert sum(live.rights.drop_count for live in place.workers) == 4


async def test_who_is_banned_loses_what_is_members_and_their_own(place: Place, thread_id: int) -> None:
    town = place.town
    own, club, public = f"member:{town.bob.member_id}", f"forum:{town.members_forum_id}", f"thread:{thread_id}"
    bob, listener = await place.join(town.bob, own, club, public)
    ada, _ = await place.join(town.ada, club, public)
    assert town.bob.member_id is not None
    await place.announce(ban_now, town.bob.member_id)
    await place.store.write(begin_thread, town.ada, town.members_forum_id, "Among ourselves")
    await place.post(thread_id, "for all")
    await until(lambda: len(ada.seqs(club)) == 2 and len(bob.seqs(public)) == 1)
    assert (lost(bob), listener.channels) == (sorted([own, club]), (public,))
    assert b"Among ourselves" not in bytes_of(bob)
    assert lost(ada) == []


async def test_who_is_signed_out_everywhere_is_a_guest_on_every_connection(place: Place, thread_id: int) -> None:
    town = place.town
    own, club, public = f"member:{town.bob.member_id}", f"forum:{town.members_forum_id}", f"thread:{thread_id}"
    joined = [await place.join(town.bob, own, club, public, worker=worker) for worker in (0, 1)]
    await sign_out_everywhere(place.actions, town.bob)
    for sink, listener in joined:
        await until(lambda sink=sink: len(lost(sink)) == 2)  # type: ignore[misc]
        assert (listener.visitor, listener.proof, listener.channels) == (GUEST, None, (public,))


async def test_moderator_who_is_dismissed_from_the_last_forum_leaves_the_staff(place: Place) -> None:
    town, live = place.town, place.workers[1]
    staff, mine = f"forum:{town.staff_forum_id}", frozenset({town.forum_id, town.members_forum_id})
    bob, listener = await place.join(town.bob, f"forum:{town.forum_id}")
    for forum_id in mine:
        await appoint_moderator(place.actions, None, "bob", forum_id)
    await until(lambda: listener.visitor.moderates == mine)
    again = Following(live, Met(listener.visitor, listener.proof, live.hub.gate.seq), listener)
    await again.subscribe(2, [Wanted(staff, None)])
    assert staff in listener.channels
    await dismiss_moderator(place.actions, None, "bob", town.forum_id)
    await until(lambda: listener.visitor.moderates == {town.members_forum_id})
    assert staff in listener.channels
    await dismiss_moderator(place.actions, None, "bob", town.members_forum_id)
    await until(lambda: lost(bob) == [staff])


async def test_moved_thread_takes_its_channel_to_the_readers_of_its_new_forum(place: Place, thread_id: int) -> None:
    town = place.town
    thread, old, new = f"thread:{thread_id}", f"forum:{town.forum_id}", f"forum:{town.members_forum_id}"
    guest, at_guest = await place.join(GUEST, thread, old)
    bob, _ = await place.join(town.bob, thread, old, new)
    await place.post(thread_id, "in the open")
    await move_thread(place.actions, town.mona, thread_id, town.members_forum_id)
    await place.post(thread_id, "behind the door")
    await until(lambda: len(bob.seqs(thread)) == 3 and len(bob.seqs(new)) == 2)
    await until(lambda: len(guest.seqs(old)) == 2)
    assert [event.name for event in bob.events(thread)] == ["post.created", "thread.changed", "post.created"]
    assert [event.name for event in bob.events(new)] == ["thread.changed", "post.created"]
    assert [event.name for event in guest.events(old)][-1] == "void"
    assert (lost(guest), at_guest.channels) == ([thread], (old,))
    assert b"behind the door" not in bytes_of(guest)
    late, _ = await place.join(GUEST, old)
    listener = place.workers[1].hub.connect(again := FakeSink())
    from_the_start = Wanted(old, Cursor(place.workers[1].hub.epoch, 0))
    await Following(place.workers[1], Met(GUEST, None, 0), listener).subscribe(3, [from_the_start])
    await until(lambda: len(again.seqs(old)) == 4)
    assert {event.name for event in again.events(old)} == {"void"}
    assert late.seqs(old) == []


async def test_moderator_who_is_dismissed_loses_what_its_moderators_alone_read(place: Place) -> None:
    town = place.town
    room = f"forum:{town.members_forum_id}"
    await place.announce(restrict, town.members_forum_id, Audience.MODERATORS)
    (mona, _), (_, at_ada) = await place.join(town.mona, room), await place.join(town.ada, room)
    assert at_ada.channels == ()
    await dismiss_moderator(place.actions, None, "mona", town.staff_forum_id)
    begun = await place.store.write(begin_thread, town.mona, town.members_forum_id)
    await place.post(begun.thread["id"], "still hers")
    await until(lambda: len(mona.seqs(room)) == 3)
    await dismiss_moderator(place.actions, None, "mona", town.members_forum_id)
    await until(lambda: lost(mona) == [room])


async def test_bot_goes_with_its_owner(place: Place) -> None:
    """It loses what the banned lose, on its open connections; at the end of the ban the same token and connection
    have their rights again."""
    town, club = place.town, f"forum:{place.town.members_forum_id}"
    assert town.ada.member_id is not None
    bot_id = await create_bot(place.actions, town.ada, "Keeper")
    token = await create_token(place.actions, town.ada, bot_id, "bridge", Scope.READ | Scope.POST, days=None)
    proof = Proof(ProofKind.TOKEN, hash_token(token))
    standings = await place.store.read(find_visitors_by_token, [proof.token_hash])
    sink, listener = await place.join(standings[proof.token_hash].visitor, club, "site", proof=proof)
    await ban_member(place.actions, None, town.ada.member_id, "Enough", for_ms=MIN_BAN_MS)
    await until(lambda: lost(sink) == [club])
    assert (listener.visitor.is_banned, listener.channels) == (True, ("site",))
    place.now_ms += MIN_BAN_MS
    assert await end_bans(place.actions)
    await until(lambda: not listener.visitor.is_banned)
    following = Following(place.workers[1], Met(listener.visitor, proof, place.workers[1].hub.gate.seq), listener)
    (answer,) = await following.subscribe(2, [Wanted(club, None)])
    assert isinstance(answer, Grant)


async def test_new_log_asks_everything_again(place: Place) -> None:
    town = place.town
    club = f"forum:{town.members_forum_id}"
    bob, _ = await place.join(town.bob, club)

    def replace_all(conn: Connection) -> None:
        renew_epoch(conn)
        assert town.bob.member_id is not None
        delete_sign_ins(conn, town.bob.member_id)

    await place.store.write(replace_all)
    await until(lambda: lost(bob) == [club])
    for live in place.workers:
        await until(lambda live=live: live.hub.gate.seq == 0)  # type: ignore[misc]


async def test_age_grows_while_changes_cannot_be_applied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while the store does not answer, nor while it answers of a log that the hub does not know."""
    worker, ask, failing = place.workers[0], place.store.read, [True]
    watch = worker.rights

    async def read(operation: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if failing[0] and operation is read_rights:
            raise TertuliaError(Code.STORE_UNAVAILABLE)
        return await ask(operation, *args, **options)

    monkeypatch.setattr(place.store, "read", read)
    await until(lambda: watch.age_s > 0.8)
    failing[0] = False
    watch.look_now()
    await until(lambda: watch.age_s < 0.5)
    await worker.sweep.close()  # which would tell the hub
    worker.hub.renew("another", {})
    await until(lambda: watch.age_s > 0.8)


async def test_sign_in_that_ends_by_itself_is_noticed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXPIRY_LOOKS", 1)
    club = f"forum:{place.town.members_forum_id}"
    bob, _ = await place.join(place.town.bob, club)
    place.now_ms += 2 * HOUR_MS
    await until(lambda: lost(bob) == [club])


async def test_change_during_the_handshake_is_not_overlooked(place: Place) -> None:
    """Who it is was asked before the change, the connection began after it was applied."""
    town, live = place.town, place.workers[1]
    assert town.bob.member_id is not None
    met_before = Met(town.bob, Proof(ProofKind.SIGN_IN, "bobs"), live.hub.gate.seq)
    await place.store.write(insert_sign_in, "bobs", town.bob.member_id, created_ms=0, expires_ms=NOW_MS + HOUR_MS)
    await place.announce(ban_now, town.bob.member_id)
    await until(lambda: live.hub.gate.seq > met_before.rights_seq)
    listener = live.hub.connect(FakeSink())
    await Following(live, met_before, listener).subscribe(1, [Wanted(f"forum:{town.members_forum_id}", None)])
    assert listener.channels == ()


async def test_while_the_store_is_away_nothing_passes_and_then_all(
    place: Place, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = f"thread:{thread_id}"
    bob, _ = await place.join(place.town.bob, channel)
    guest, _ = await place.join(GUEST, channel)
    watch = place.workers[1].rights
    looks = asyncio.Event()

    async def fail() -> None:
        looks.set()
        raise RuntimeError("disk")

    monkeypatch.setattr(watch, "_look", fail)
    await place.announce(restrict, place.town.forum_id, Audience.MEMBERS)
    await place.post(thread_id, "for members")
    await looks.wait()
    assert watch.age_s > 0
    assert [message for message in bob.messages if isinstance(message, Event)] == []
    monkeypatch.undo()
    await until(lambda: bob.seqs(channel) == [3])
    assert (lost(guest), guest.seqs(channel)) == ([channel], [])
