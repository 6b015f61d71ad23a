from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert

from tertulia_server.errors import Refusal
from tertulia_server.forum.notifications import NotificationKind
from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.notifications import NewNotification, count_unread, insert_notifications
from tertulia_server.store.schema import webhook_deliveries
from tertulia_server.store.webhooks import (
    change_webhook,
    delete_webhook,
    find_delivery,
    find_owner_id,
    get_webhook,
    read_deliveries,
    read_owner_ids,
    read_webhooks,
    replace_secret,
    set_seen,
    want_again,
)
from tertulia_wire.codes import Code
from tests.server.store.webhook_place import SECRET, ada_of, add_webhook, secrets_of
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def add_delivery(conn: Connection, webhook_id: int, seq: int = 1) -> int:
    row = {
        "webhook_id": webhook_id,
        "epoch": "e",
        "seq": seq,
        "name": "post.created",
        "attempt": 1,
        "started_ms": NOW_MS,
        "duration_ms": 12,
        "outcome": Outcome.REFUSED.value,
        "status": 500,
        "answer": "no",
    }
    delivery_id: int = conn.execute(
        insert(webhook_deliveries).values(row).returning(webhook_deliveries.c.id)
    ).scalar_one()
    return delivery_id


def test_a_new_one_begins_with_what_happens_from_now_on(conn: Connection, town: Town) -> None:
    begin_thread(conn, town.ada, town.forum_id)
    webhook = get_webhook(conn, ada_of(town), add_webhook(conn, town))
    assert webhook.cursor == read_cursor(conn, webhook.channel)
    assert (webhook.head, webhook.waiting_count, webhook.is_on, webhook.failures) == (webhook.cursor.seq, 0, True, 0)
    begin_thread(conn, town.ada, town.forum_id)
    (found,) = read_webhooks(conn, ada_of(town))
    assert found.waiting_count == found.head - webhook.head > 0


def test_nobody_has_more_than_their_number(conn: Connection, town: Town) -> None:
    add_webhook(conn, town, most=1)
    with pytest.raises(Refusal) as refusal:
        add_webhook(conn, town, most=1)
    assert refusal.value.code is Code.FORBIDDEN
    assert town.bob.member_id is not None
    assert add_webhook(conn, town, owner_id=town.bob.member_id, most=1)


def test_those_of_others_are_not_there(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    bob_id = town.bob.member_id
    assert bob_id is not None
    assert read_webhooks(conn, bob_id) == []
    for refused in (
        lambda: get_webhook(conn, bob_id, webhook_id),
        lambda: change_webhook(conn, bob_id, webhook_id, label="mine"),
        lambda: replace_secret(conn, bob_id, webhook_id, "whsec_AAAA", old_until_ms=0),
        lambda: delete_webhook(conn, bob_id, webhook_id),
    ):
        with pytest.raises(Refusal) as refusal:
            refused()
        assert refusal.value.code is Code.NOT_FOUND
    assert get_webhook(conn, ada_of(town), webhook_id).label == "chat"


def test_the_old_secret_stays_beside_the_new_one(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    replace_secret(conn, ada_of(town), webhook_id, "whsec_AAAA", old_until_ms=NOW_MS + 5)
    assert secrets_of(conn, webhook_id) == ("whsec_AAAA", SECRET, NOW_MS + 5)


def test_deleting_takes_the_log_with_it(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    delivery_id = add_delivery(conn, webhook_id)
    delete_webhook(conn, ada_of(town), webhook_id)
    assert read_webhooks(conn, ada_of(town)) == []
    assert find_delivery(conn, webhook_id, delivery_id) is None


def test_all_are_found_by_whoever_looks_after_them(conn: Connection, town: Town) -> None:
    assert read_owner_ids(conn) == []
    bob_id = town.bob.member_id or 0
    ids = [add_webhook(conn, town), add_webhook(conn, town, owner_id=bob_id), add_webhook(conn, town)]
    assert read_owner_ids(conn) == sorted([ada_of(town), bob_id])
    assert [find_owner_id(conn, one) for one in ids] == [ada_of(town), bob_id, ada_of(town)]
    with pytest.raises(Refusal):
        find_owner_id(conn, 99)


def test_deliveries_are_read_newest_first_and_may_be_wanted_again(conn: Connection, town: Town) -> None:
    webhook_id, other_id = add_webhook(conn, town), add_webhook(conn, town)
    first, second = add_delivery(conn, webhook_id, 1), add_delivery(conn, webhook_id, 2)
    want_again(conn, first)
    found = read_deliveries(conn, webhook_id)
    assert [(one.id, one.cursor.seq, one.is_wanted_again) for one in found] == [(second, 2, False), (first, 1, True)]
    assert (found[0].outcome, found[0].status, found[0].answer) == (Outcome.REFUSED, 500, "no")
    assert find_delivery(conn, other_id, first) is None
    assert find_delivery(conn, webhook_id, first) == found[1]


def test_those_that_were_switched_off_count_as_unread_until_they_are_seen(conn: Connection, town: Town) -> None:
    ada_id, bob_id = ada_of(town), town.bob.member_id or 0
    first, second = add_webhook(conn, town), add_webhook(conn, town)
    post_id = add_post(conn, town.bob, begin_thread(conn, town.ada, town.forum_id).thread["id"]).post["id"]
    insert_notifications(conn, [NewNotification(ada_id, post_id, NotificationKind.REPLY, NOW_MS)])
    assert count_unread(conn, [ada_id]) == {ada_id: 1}
    for count, webhook_id in enumerate((first, second), 1):
        change_webhook(conn, ada_id, webhook_id, is_on=False, off_reason=OffReason.FAILING.value, notice_ms=NOW_MS)
        assert count_unread(conn, [ada_id, bob_id]) == {ada_id: 1 + count, bob_id: 0}
    assert set_seen(conn, ada_id)
    assert not set_seen(conn, ada_id)
    assert count_unread(conn, [ada_id]) == {ada_id: 1}
