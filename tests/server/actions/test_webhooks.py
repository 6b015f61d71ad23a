from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.notifications import read_notifications
from tertulia_server.actions.webhooks import (
    create_webhook,
    edit_webhook,
    remove_webhook,
    rotate_secret,
    send_again,
)
from tertulia_server.errors import Refusal
from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.forum.models import GUEST, Scope, Visitor
from tertulia_server.forum.webhooks import OLD_SECRET_MS, OffReason, WebhookRules
from tertulia_server.store.leases import take_lease
from tertulia_server.store.notifications import count_unread
from tertulia_server.store.port import Connection, Store
from tertulia_server.store.webhook_results import Turn, write_attempt
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Job, find_work
from tertulia_server.store.webhooks import change_webhook, get_webhook, read_deliveries, read_webhooks
from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.store.webhook_place import ada_of, attempt, secrets_of
from tests.server.town import NOW_MS, Town, add_post, ban

RULES = WebhookRules(2, AddressRules((ip_network("127.0.0.0/8"),), frozenset({443})))
URL = "https://receiver.example/in"


@pytest.fixture
def actions(store: Store, heard: Heard) -> Actions:
    return Actions(store, heard, lambda: NOW_MS, webhooks=RULES)


async def make(actions: Actions, visitor: Visitor, channel: str, **changes: str) -> int:
    values = {"label": "chat", "url": URL, **changes}
    return (await create_webhook(actions, visitor, channel=channel, **values)).webhook.id


def try_once(conn: Connection, webhook_id: int, status: int = 200) -> int:
    """Deliver one thing; the id of the attempt."""
    job = find_work(conn, webhook_id, NOW_MS)
    assert isinstance(job, Job)
    fence = take_lease(conn, LEASE, "one", now_ms=NOW_MS, lease_ms=LEASE_MS)
    assert fence is not None
    write_attempt(conn, Turn("one", fence, NOW_MS), job, attempt(status=status))
    return read_deliveries(conn, webhook_id)[0].id


async def refused(call: Any) -> Code:
    with pytest.raises(Refusal) as refusal:
        await call
    return refusal.value.code


async def test_member_makes_one_for_a_forum_and_one_for_a_thread(actions: Actions, town: Town, thread_id: int) -> None:
    for channel in (forum_channel(town.forum_id), thread_channel(thread_id)):
        made = await create_webhook(actions, town.ada, label=" chat ", url=URL, channel=channel)
        assert (made.webhook.channel, made.webhook.label, made.webhook.url) == (channel, "chat", URL)
        assert await actions.store.read(secrets_of, made.webhook.id) == (made.secret, None, None)
    assert await refused(make(actions, town.ada, forum_channel(town.forum_id))) is Code.FORBIDDEN
    assert await make(actions, town.bob, forum_channel(town.forum_id))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channel": "site"}, Code.UNKNOWN_CHANNEL),
        ({"channel": "member:1"}, Code.UNKNOWN_CHANNEL),
        ({"channel": "nonsense"}, Code.UNKNOWN_CHANNEL),
        ({"channel": "forum:99"}, Code.NOT_FOUND),
        ({"channel": "thread:99"}, Code.NOT_FOUND),
        ({"channel": "forum:2"}, Code.NOT_FOUND),  # the staff's
        ({"url": "ftp://receiver.example/"}, Code.INVALID),
        ({"url": "https://10.0.0.1/"}, Code.INVALID),
        ({"label": ""}, Code.TITLE_INVALID),
        ({"label": "a" * 65}, Code.INVALID),
    ],
)
async def test_what_cannot_be_is_refused(actions: Actions, town: Town, change: dict[str, str], code: Code) -> None:
    values = {"label": "chat", "url": URL, "channel": forum_channel(town.forum_id), **change}
    assert await refused(create_webhook(actions, town.ada, **values)) is code
    assert await actions.store.read(read_webhooks, ada_of(town)) == []


async def test_only_people_who_may_write_have_webhooks(actions: Actions, town: Town, store: Store) -> None:
    channel = forum_channel(town.forum_id)
    reader = replace(town.ada, scopes=Scope.READ)
    robot = replace(town.ada, is_bot=True)
    for visitor, code in (
        (GUEST, Code.UNAUTHENTICATED),
        (town.rob, Code.BANNED),
        (reader, Code.FORBIDDEN),
        (robot, Code.FORBIDDEN),
    ):
        assert await refused(make(actions, visitor, channel)) is code
    await store.write(ban, ada_of(town))  # since she was identified
    assert await refused(make(actions, town.ada, channel)) is Code.BANNED
    assert await refused(make(replace(actions, webhooks=WebhookRules(0, RULES.addresses)), town.bob, channel)) is (
        Code.FORBIDDEN
    )


async def test_others_neither_see_nor_change_it(actions: Actions, town: Town) -> None:
    webhook_id = await make(actions, town.ada, forum_channel(town.forum_id))
    for visitor in (town.bob, town.mona):
        calls: list[Callable[[], Any]] = [
            lambda by=visitor: edit_webhook(actions, by, webhook_id, label="mine"),  # type: ignore[misc]
            lambda by=visitor: rotate_secret(actions, by, webhook_id),  # type: ignore[misc]
            lambda by=visitor: remove_webhook(actions, by, webhook_id),  # type: ignore[misc]
            lambda by=visitor: send_again(actions, by, webhook_id, 1),  # type: ignore[misc]
        ]
        assert [await refused(call()) for call in calls] == [Code.NOT_FOUND] * 4
    assert await refused(remove_webhook(actions, GUEST, webhook_id)) is Code.UNAUTHENTICATED


async def test_switched_off_and_on_it_goes_on_where_it_stopped(
    actions: Actions, town: Town, thread_id: int, store: Store
) -> None:
    webhook_id = await make(actions, town.ada, thread_channel(thread_id))
    off = await edit_webhook(actions, town.ada, webhook_id, is_on=False)
    assert (off.is_on, off.off_reason) == (False, OffReason.OWNER)
    await store.write(add_post, town.bob, thread_id)
    assert await store.read(find_work, webhook_id, NOW_MS) is None
    on = await edit_webhook(actions, town.ada, webhook_id, is_on=True)
    assert (on.is_on, on.off_reason, on.waiting_count) == (True, OffReason.NONE, 1)
    assert isinstance(await store.read(find_work, webhook_id, NOW_MS), Job)
    same = await edit_webhook(actions, town.ada, webhook_id)
    assert same == on


async def test_what_failed_is_tried_anew_at_another_address(
    actions: Actions, town: Town, thread_id: int, store: Store
) -> None:
    webhook_id = await make(actions, town.ada, thread_channel(thread_id))
    await store.write(add_post, town.bob, thread_id)
    await store.write(try_once, webhook_id, 500)
    changed = await edit_webhook(actions, town.ada, webhook_id, url="https://127.0.0.1:9/", label="other")
    assert (changed.url, changed.label) == ("https://127.0.0.1:9/", "other")
    assert (changed.failures, changed.failing_since_ms, changed.due_ms) == (0, None, NOW_MS)
    assert await refused(edit_webhook(actions, town.ada, webhook_id, url="http://10.0.0.1/")) is Code.INVALID


async def test_who_may_not_read_does_not_switch_on(actions: Actions, town: Town, thread_id: int, store: Store) -> None:
    webhook_id = await make(actions, town.mona, forum_channel(town.staff_forum_id))
    await edit_webhook(actions, town.mona, webhook_id, is_on=False)
    dismissed = replace(town.mona, role=town.ada.role)
    assert await refused(edit_webhook(actions, dismissed, webhook_id, is_on=True)) is Code.FORBIDDEN


async def test_seeing_to_it_takes_it_off_what_is_unread(
    actions: Actions, town: Town, heard: Heard, store: Store
) -> None:
    ada_id = ada_of(town)
    webhook_id = await make(actions, town.ada, forum_channel(town.forum_id))
    fallen = {"is_on": False, "off_reason": OffReason.FAILING.value, "notice_ms": NOW_MS}
    for see_to_it in (
        lambda: edit_webhook(actions, town.ada, webhook_id, is_on=True),
        lambda: read_notifications(actions, town.ada, 1),
        lambda: remove_webhook(actions, town.ada, webhook_id),
    ):
        await store.write(change_webhook, ada_id, webhook_id, **fallen)
        assert await store.read(count_unread, [ada_id]) == {ada_id: 1}
        heard.publications.clear()
        await see_to_it()
        assert await store.read(count_unread, [ada_id]) == {ada_id: 0}
        assert [event.data for event in heard.events()] == [{"unread": 0, "notification": None}]


async def test_another_secret_leaves_a_day_for_the_old_one(actions: Actions, town: Town, store: Store) -> None:
    made = await create_webhook(actions, town.ada, label="chat", url=URL, channel=forum_channel(town.forum_id))
    other = await rotate_secret(actions, town.ada, made.webhook.id)
    assert await store.read(secrets_of, made.webhook.id) == (other.secret, made.secret, NOW_MS + OLD_SECRET_MS)


async def test_send_again(actions: Actions, town: Town, thread_id: int, store: Store) -> None:
    webhook_id = await make(actions, town.ada, thread_channel(thread_id))
    assert await refused(send_again(actions, town.ada, webhook_id, 77)) is Code.NOT_FOUND
    for _ in range(2):
        await store.write(add_post, town.bob, thread_id)
    taken = await store.write(try_once, webhook_id)
    waiting = await store.write(try_once, webhook_id, 500)
    assert await store.read(find_work, webhook_id, NOW_MS) is None
    await send_again(actions, town.ada, webhook_id, waiting)  # at once, and still in its order
    work = await store.read(find_work, webhook_id, NOW_MS)
    assert isinstance(work, Job)
    assert work.again is None
    await send_again(actions, town.ada, webhook_id, taken)
    work = await store.read(find_work, webhook_id, NOW_MS)
    assert isinstance(work, Job)
    assert work.again == taken
    await edit_webhook(actions, town.ada, webhook_id, is_on=False)
    assert await refused(send_again(actions, town.ada, webhook_id, taken)) is Code.INVALID


async def test_reset_is_not_sent_again(actions: Actions, town: Town, store: Store) -> None:
    webhook_id = await make(actions, town.ada, forum_channel(town.forum_id))
    await store.write(change_webhook, ada_of(town), webhook_id, epoch="another")
    reset = await store.write(try_once, webhook_id)
    assert await refused(send_again(actions, town.ada, webhook_id, reset)) is Code.INVALID
    assert (await store.read(get_webhook, ada_of(town), webhook_id)).waiting_count == 0
