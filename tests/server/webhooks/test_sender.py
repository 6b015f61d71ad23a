"""Delivery at work, on both engines: in order, until it is taken, by one worker, with the rights of now."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.port import Store
from tertulia_server.store.webhook_work import LEASE_MS
from tertulia_server.store.webhooks import Webhook, change_webhook, get_webhook, read_deliveries, want_again
from tertulia_server.webhooks import sender as sender_module
from tertulia_server.webhooks.posting import Poster
from tertulia_server.webhooks.sender import WebhookSender
from tertulia_wire.channels import forum_channel, thread_channel
from tests.server.actions.conftest import Heard
from tests.server.actions.test_notifying import DeadlyStore
from tests.server.store.webhook_place import ada_of, add_webhook
from tests.server.town import NOW_MS, Town, add_post, ban
from tests.server.webhooks.receiver import Receiver, answer, cut, hang

RULES = AddressRules((ip_network("127.0.0.0/8"),), frozenset())
GIVE_UP_MS = 3_600_000


@dataclass
class Clock:
    """Ours: nothing here waits for a real one."""

    now_ms: int = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Workers:
    """Senders on one store, and the clock that they all read."""

    actions: Actions
    clock: Clock = field(default_factory=Clock)
    senders: list[WebhookSender] = field(default_factory=list)

    def new(self, *, store: Any = None, timeout_s: float = 10) -> WebhookSender:
        actions = replace(self.actions, now_ms=self.clock, store=store or self.actions.store)
        poster = Poster(RULES, timeout_s=timeout_s)
        sender = WebhookSender(actions, poster, give_up_ms=GIVE_UP_MS, chance=lambda: 0.5, grace_s=0)
        self.senders.append(sender)
        return sender

    async def work_off(self, sender: WebhookSender) -> None:
        """Turn after turn while something is due now."""
        while await sender.take_turn() and sender._busy:
            await sender.wait_idle()


@pytest.fixture
async def workers(actions: Actions) -> AsyncIterator[Workers]:
    workers = Workers(actions)
    yield workers
    for sender in workers.senders:
        await sender.close()


@dataclass
class Place:
    """A webhook of ada's for a thread, and what it is now."""

    store: Store
    town: Town
    thread_id: int
    id: int

    async def now(self) -> Webhook:
        return await self.store.read(get_webhook, ada_of(self.town), self.id)

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self.store.write(add_post, self.town.bob, self.thread_id, text)


@pytest.fixture
async def place(store: Store, town: Town, thread_id: int, receiver: Receiver) -> Place:
    webhook_id = await store.write(add_webhook, town, channel=thread_channel(thread_id), url=receiver.url)
    return Place(store, town, thread_id, webhook_id)


def texts_of(receiver: Receiver) -> list[str]:
    return [body["data"]["post"]["text"] for body in receiver.bodies]


async def test_events_are_delivered_in_order_one_at_a_time(workers: Workers, place: Place, receiver: Receiver) -> None:
    texts = [f"post {number}" for number in range(70)]  # more than one reading, and more than one turn
    await place.say(*texts)
    sender = workers.new()
    await workers.work_off(sender)
    assert texts_of(receiver) == texts
    assert receiver.most_at_once == 1
    assert [body["seq"] for body in receiver.bodies] == sorted({body["seq"] for body in receiver.bodies})
    webhook = await place.now()
    assert webhook.waiting_count == 0
    assert sender.figures.attempt_counts[Outcome.DELIVERED] == 70


async def test_failing_delivery_holds_back_the_later_ones_and_nobody_else(
    workers: Workers, place: Place, receiver: Receiver, store: Store, town: Town
) -> None:
    other_id = await store.write(
        add_webhook, town, channel=thread_channel(place.thread_id), url=receiver.url.replace("/in", "/other")
    )
    sender = workers.new()
    await place.say("one", "two")
    receiver.usual = answer(500, b"not today")
    await workers.work_off(sender)
    assert texts_of(receiver) == ["one", "one"]  # each webhook has tried its first
    receiver.usual = answer(204)
    await store.write(change_webhook, ada_of(town), other_id, due_ms=NOW_MS)
    await workers.work_off(sender)
    assert texts_of(receiver) == ["one", "one", "one", "two"]
    assert {head[""] for head, _ in receiver.requests[2:]} == {"POST /other?a=b HTTP/1.1"}
    failing = await place.now()
    assert (failing.failures, failing.due_ms) == (1, NOW_MS + 1500)
    workers.clock.now_ms = failing.due_ms
    await workers.work_off(sender)
    assert texts_of(receiver)[4:] == ["one", "two"]
    assert receiver.ids[4] in receiver.ids[:2]  # sent again under the same id
    assert [one.status for one in await store.read(read_deliveries, place.id)] == [204, 204, 500]


async def test_waits_grow_and_end_with_the_webhook_switched_off(
    workers: Workers, place: Place, receiver: Receiver, heard: Heard
) -> None:
    sender = workers.new()
    await place.say("one")
    receiver.usual = cut
    waits = []
    while (webhook := await place.now()).is_on:
        workers.clock.now_ms = max(workers.clock.now_ms, webhook.due_ms)
        await workers.work_off(sender)
        waits.append((await place.now()).due_ms - workers.clock.now_ms)
    assert waits[:4] == [1500, 3000, 6000, 12000]
    assert (webhook.off_reason, webhook.notice_ms) == (OffReason.FAILING, workers.clock.now_ms)
    told = heard.events()[-1]
    assert (told.channel, told.data) == (f"member:{ada_of(place.town)}", {"unread": 1, "notification": None})
    assert workers.clock.now_ms - NOW_MS >= GIVE_UP_MS
    # Switched on again, it goes on where it stopped.
    on = {"is_on": True, "off_reason": "", "failures": 0, "failing_since_ms": None, "due_ms": workers.clock.now_ms}
    await place.store.write(change_webhook, ada_of(place.town), place.id, **on)
    await place.say("two")
    receiver.usual = answer(204)
    receiver.requests.clear()
    await workers.work_off(sender)
    assert texts_of(receiver) == ["one", "two"]


async def test_receiver_says_when_to_come_back(workers: Workers, place: Place, receiver: Receiver) -> None:
    await place.say("one")
    receiver.script = [answer(429, b"", "Retry-After: 60")]
    await workers.work_off(workers.new())
    assert (await place.now()).due_ms == NOW_MS + 60_000


async def test_receiver_that_hangs_holds_up_nobody_else(
    workers: Workers, place: Place, receiver: Receiver, store: Store, town: Town
) -> None:
    receiver.script = [hang]
    await place.say("one")
    sender = workers.new()
    await sender.take_turn()
    await receiver.wait_for(1)
    await store.write(add_webhook, town, channel=forum_channel(town.forum_id), url=receiver.url)
    await place.say("two")
    await sender.take_turn()
    await receiver.wait_for(2)
    assert texts_of(receiver) == ["one", "two"]
    assert (await place.now()).failures == 0  # it still waits
    assert list(sender._busy) == [place.id] or len(sender._busy) == 2


async def test_two_workers_do_not_work_at_the_same_time(workers: Workers, place: Place, receiver: Receiver) -> None:
    first, second = workers.new(), workers.new()
    await place.say("one")
    assert await first.take_turn()
    assert not await second.take_turn()
    await first.wait_idle()
    await place.say("two")
    await asyncio.gather(first.take_turn(), second.take_turn())
    await first.wait_idle()
    assert texts_of(receiver) == ["one", "two"]
    assert not second._busy


async def test_worker_that_died_is_followed_by_another_which_sends_what_was_on_its_way(
    workers: Workers, place: Place, receiver: Receiver
) -> None:
    await place.say("one", "two")
    receiver.script = [hang]
    first, second = workers.new(), workers.new()
    await first.take_turn()
    await receiver.wait_for(1)
    assert not await second.take_turn()
    workers.clock.now_ms += LEASE_MS
    await workers.work_off(second)
    assert texts_of(receiver) == ["one", "one", "two"]
    assert receiver.ids[0] == receiver.ids[1]
    # The first wakes up: it is not its turn any more, and what it began is let go.
    assert not await first.take_turn()
    assert not first._busy
    assert (await place.now()).waiting_count == 0


async def test_close_lets_another_worker_go_on_at_once(workers: Workers, place: Place, receiver: Receiver) -> None:
    first, second = workers.new(), workers.new()
    await place.say("one")
    await workers.work_off(first)
    await first.close()
    await place.say("two")
    assert await second.take_turn()
    await second.wait_idle()
    assert texts_of(receiver) == ["one", "two"]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long)])
async def test_killed_workers_leave_nothing_out_and_change_no_order(
    workers: Workers, place: Place, receiver: Receiver, store: Store, seed: int
) -> None:
    """Each life of one begins with nothing but the store; what was sent and not written down comes again."""
    chance = random.Random(seed)
    texts = [f"post {number}" for number in range(5)]
    await place.say(*texts)
    while (await place.now()).waiting_count:
        sender = workers.new(store=DeadlyStore(store, chance))
        try:
            await sender.take_turn()
            await sender.wait_idle()
        except Exception:  # noqa: BLE001 - killed
            pass
        workers.clock.now_ms += LEASE_MS + 1
    firsts = list(dict.fromkeys(texts_of(receiver)))
    assert firsts == texts
    by_id = dict(zip(receiver.ids, texts_of(receiver), strict=True))
    assert list(by_id.values()) == texts


async def test_rights_are_asked_at_each_delivery(
    workers: Workers, place: Place, receiver: Receiver, store: Store, heard: Heard
) -> None:
    await place.say("one", "two", "three")
    banned = asyncio.Event()

    async def ban_and_answer(writer: asyncio.StreamWriter) -> None:
        await store.write(ban, ada_of(place.town))
        banned.set()
        await answer(204)(writer)

    receiver.script = [answer(204), ban_and_answer]
    await workers.work_off(workers.new())
    assert banned.is_set()
    assert texts_of(receiver) == ["one", "two"]
    webhook = await place.now()
    assert (webhook.is_on, webhook.off_reason, webhook.waiting_count) == (False, OffReason.BANNED, 1)


async def test_send_again_does_not_wait_for_what_fails(workers: Workers, place: Place, receiver: Receiver) -> None:
    await place.say("one", "two")
    receiver.script = [answer(204), answer(500)]
    sender = workers.new()
    await workers.work_off(sender)
    kept = await place.store.read(read_deliveries, place.id)
    await place.store.write(want_again, kept[-1].id)
    await workers.work_off(sender)
    assert texts_of(receiver) == ["one", "two", "one"]
    assert receiver.ids[2] == receiver.ids[0]
    assert (await place.now()).failures == 1


async def test_what_cannot_be_written_down_is_not_sent_all_the_time(
    workers: Workers, place: Place, receiver: Receiver
) -> None:
    class Full:
        """Takes leases and nothing else."""

        def __init__(self, store: Store) -> None:
            self.read = store.read
            self._store = store

        async def write(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if operation.__name__ == "write_attempt":
                raise OSError("the disk is full")
            return await self._store.write(operation, *args, **kwargs)

    await place.say("one")
    sender = workers.new(store=Full(place.store))
    for _ in range(3):
        await sender.take_turn()
        await sender.wait_idle()
    assert len(receiver.requests) == 1
    assert (await place.now()).waiting_count == 1


async def test_started_sender_hears_of_what_happens(workers: Workers, place: Place, receiver: Receiver) -> None:
    sender = workers.new()
    sender.start()
    await place.say("one")
    sender.look()
    await receiver.wait_for(1)
    await place.say("two")  # at another worker
    await receiver.wait_for(2)
    assert texts_of(receiver) == ["one", "two"]


async def test_lease_is_kept_while_something_is_on_its_way(
    workers: Workers, place: Place, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertulia_server.webhooks.sender.RENEW_S", -1.0)
    receiver.script = [hang]
    await place.say("one")
    first, second = workers.new(), workers.new()
    await first.take_turn()
    await receiver.wait_for(1)
    for _ in range(3):
        workers.clock.now_ms += LEASE_MS - 1
        assert await first.take_turn()
        assert not await second.take_turn()
    assert first._busy


async def test_those_that_hang_leave_room_for_the_others(
    workers: Workers, place: Place, receiver: Receiver, store: Store, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "MAX_AT_ONCE", 3)
    monkeypatch.setattr(sender_module, "MAX_FAILING_AT_ONCE", 2)
    channel = thread_channel(place.thread_id)
    failing = [place.id, *[await store.write(add_webhook, town, channel=channel, url=receiver.url) for _ in range(3)]]
    for webhook_id in failing:
        await store.write(change_webhook, ada_of(town), webhook_id, failures=1, failing_since_ms=NOW_MS)
    sound_id = await store.write(add_webhook, town, channel=channel, url=receiver.url)
    await place.say("one")
    receiver.script = [hang] * 5
    sender = workers.new()
    await sender.take_turn()
    await receiver.wait_for(3)
    assert len(sender._busy_failing) == 2
    assert sound_id in sender._busy
    await sender.take_turn()
    assert len(sender._busy) == 3


async def test_nobody_is_asked_for_each_post_where_there_are_no_webhooks(workers: Workers, town: Town) -> None:
    sender = workers.new()
    await sender.take_turn()
    sender.look()
    assert not sender._turns._called.is_set()
