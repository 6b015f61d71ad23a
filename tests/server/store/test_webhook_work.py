from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, delete, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Audience, LoggedEvent
from tertulia_server.forum.webhooks import OffReason
from tertulia_server.store import webhook_work
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.leases import take_lease
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.replay import RenderedEvent, render_events
from tertulia_server.store.schema import forums, heads, log, webhooks
from tertulia_server.store.webhook_results import Attempt, Turn, Written, write_attempt, write_without_sending
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Gone, Job, Passing, Stop, find_work, look, read_trial
from tertulia_server.store.webhooks import change_webhook, read_deliveries, replace_secret, want_again
from tertulia_wire.channels import forum_channel, thread_channel
from tests.server.store.webhook_place import SECRET, URL, ada_of, add_webhook, attempt
from tests.server.town import NOW_MS, Town, add_post, ban, begin_thread, move

LATER_MS = NOW_MS + 10


def job_of(conn: Connection, webhook_id: int, now_ms: int = LATER_MS) -> Job:
    job = find_work(conn, webhook_id, now_ms)
    assert isinstance(job, Job)
    return job


def due(conn: Connection, now_ms: int = LATER_MS) -> list[int]:
    return [one.id for one in look(conn, "one", now_ms).due]


def done(conn: Connection, job: Job, result: Attempt | None = None) -> Written:
    fence = take_lease(conn, LEASE, "one", now_ms=LATER_MS, lease_ms=LEASE_MS)
    assert fence is not None
    return write_attempt(conn, Turn("one", fence, LATER_MS), job, result or attempt())


def test_nothing_is_due_until_something_happens(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    assert due(conn) == []
    assert find_work(conn, webhook_id, LATER_MS) is None
    begin_thread(conn, town.mona, town.staff_forum_id)
    assert due(conn) == []
    begin_thread(conn, town.ada, town.forum_id)
    assert due(conn) == [webhook_id]
    assert due(conn, NOW_MS - 1) == []
    change_webhook(conn, ada_of(town), webhook_id, is_on=False)
    assert due(conn) == []
    assert find_work(conn, webhook_id, LATER_MS) is None


def test_look_says_who_is_at_it_and_what_has_failed_longest(conn: Connection, town: Town) -> None:
    assert look(conn, "one", NOW_MS) == ([], 0, None, False)
    add_webhook(conn, town)
    assert look(conn, "one", NOW_MS) == ([], 1, None, False)
    take_lease(conn, LEASE, "two", now_ms=NOW_MS, lease_ms=LEASE_MS)
    assert look(conn, "one", NOW_MS).is_elsewhere
    assert not look(conn, "two", NOW_MS).is_elsewhere
    assert not look(conn, "one", NOW_MS + LEASE_MS).is_elsewhere
    for since_ms in (NOW_MS - 5, NOW_MS - 9):
        change_webhook(conn, ada_of(town), add_webhook(conn, town), failing_since_ms=since_ms)
    assert look(conn, "one", NOW_MS).failing_since_ms == NOW_MS - 9


def test_events_come_in_order_as_a_replay_would_tell_them(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post = add_post(conn, town.bob, thread_id, "a first thought").post
    write_edit(conn, town.bob, post["id"], "a second thought", "<p>a second thought</p>", version=1, now_ms=NOW_MS)
    told = []
    while (work := find_work(conn, webhook_id, LATER_MS)) is not None:
        assert isinstance(work, Job)
        assert (work.url, work.secrets, work.attempt) == (URL, [SECRET], 1)
        body = json.loads(work.body)
        assert body["id"] == work.id == f"{webhook_id}:{body['channel']}:{body['epoch']}:{body['seq']}"
        told.append(body)
        done(conn, work)
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
    names = [one["name"] for one in told]
    assert names == ["thread.created", "post.created", "post.created", "post.edited"]
    assert told[2]["data"]["post"]["text"] == told[3]["data"]["post"]["text"] == "a second thought"
    assert told[0]["channel"] == forum_channel(town.forum_id)


def test_only_what_is_sent_is_read_however_much_waits(
    conn: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id = add_webhook(conn, town)
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    for _ in range(5):
        add_post(conn, town.ada, thread_id)
    counts = []

    def render(conn: Connection, events: Sequence[LoggedEvent]) -> list[RenderedEvent]:
        counts.append(len(events))
        return render_events(conn, events)

    monkeypatch.setattr(webhook_work, "render_events", render)
    job_of(conn, webhook_id)
    assert counts == [1]


def test_trial_tells_of_nothing_and_moves_nothing(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    before = conn.execute(select(webhooks)).one()
    first, second = (read_trial(conn, webhook_id, now_ms) for now_ms in (NOW_MS, NOW_MS + 1))
    assert json.loads(first.body) | {"id": ""} == {
        "id": "",
        "webhook": webhook_id,
        "channel": forum_channel(town.forum_id),
        "epoch": first.cursor.epoch,
        "seq": first.cursor.seq,
        "name": "test",
        "data": {"sent_ms": NOW_MS},
    }
    assert (first.url, first.secrets) == (URL, [SECRET])
    assert first.id != second.id
    assert conn.execute(select(webhooks)).one() == before
    with pytest.raises(Refusal):
        read_trial(conn, 99, NOW_MS)


def test_removed_text_is_not_told(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post = add_post(conn, town.bob, thread_id, "something unkind").post
    write_removal(conn, town.mona, post["id"], now_ms=NOW_MS)
    bodies = []
    while isinstance(work := find_work(conn, webhook_id, LATER_MS), Job):
        bodies.append(work.body)
        done(conn, work)
    assert len(bodies) == 4
    assert b"unkind" not in b"".join(bodies)


def test_what_left_the_channel_is_passed_over(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    move(conn, thread_id, town.members_forum_id)
    work = find_work(conn, webhook_id, LATER_MS)
    head = read_cursor(conn, forum_channel(town.forum_id))
    assert isinstance(work, Passing)
    assert work.cursor == head
    fence = take_lease(conn, LEASE, "one", now_ms=LATER_MS, lease_ms=LEASE_MS) or 0
    assert write_without_sending(conn, Turn("one", fence, LATER_MS), work).is_held
    assert find_work(conn, webhook_id, LATER_MS) is None
    begin_thread(conn, town.ada, town.forum_id, "Another")
    assert job_of(conn, webhook_id).cursor.seq == head.seq + 1


def test_who_may_not_read_any_more_gets_nothing(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    begin_thread(conn, town.ada, town.forum_id)
    conn.execute(update(forums).where(forums.c.id == town.forum_id).values(audience=Audience.STAFF.value))
    assert find_work(conn, webhook_id, LATER_MS) == Stop(webhook_id, OffReason.RIGHTS)
    conn.execute(update(forums).where(forums.c.id == town.forum_id).values(audience=Audience.PUBLIC.value))
    assert isinstance(find_work(conn, webhook_id, LATER_MS), Job)
    ban(conn, ada_of(town))
    assert find_work(conn, webhook_id, LATER_MS) == Stop(webhook_id, OffReason.BANNED)


def test_a_thread_that_moves_to_where_its_follower_may_not_read_stops_the_webhook(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    webhook_id = add_webhook(conn, town, channel=thread_channel(thread_id))
    add_post(conn, town.bob, thread_id)
    move(conn, thread_id, town.staff_forum_id)
    assert find_work(conn, webhook_id, LATER_MS) == Stop(webhook_id, OffReason.RIGHTS)


def test_a_shortened_log_and_another_one_are_told_as_a_reset(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    channel = forum_channel(town.forum_id)
    begin_thread(conn, town.ada, town.forum_id)
    head = read_cursor(conn, channel)
    conn.execute(update(heads).where(heads.c.channel == channel).values(first_seq=head.seq))
    job = job_of(conn, webhook_id)
    assert (job.name, job.cursor, json.loads(job.body)["data"]) == ("reset", head, {"reason": "trimmed"})
    assert job.id.endswith(":reset")
    done(conn, job)
    assert find_work(conn, webhook_id, LATER_MS) is None
    epoch = renew_epoch(conn)
    assert due(conn) == [webhook_id]
    job = job_of(conn, webhook_id)
    assert (job.cursor.epoch, json.loads(job.body)["data"]) == (epoch, {"reason": "epoch"})
    done(conn, job)
    begin_thread(conn, town.ada, town.forum_id)
    assert job_of(conn, webhook_id).cursor == (epoch, head.seq + 1)
    change_webhook(conn, ada_of(town), webhook_id, seq=999)
    assert json.loads(job_of(conn, webhook_id).body)["data"] == {"reason": "ahead"}


def test_both_secrets_sign_for_a_while(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    begin_thread(conn, town.ada, town.forum_id)
    replace_secret(conn, ada_of(town), webhook_id, "whsec_AAAA", old_until_ms=LATER_MS + 1)
    assert job_of(conn, webhook_id).secrets == ["whsec_AAAA", SECRET]
    assert job_of(conn, webhook_id, LATER_MS + 1).secrets == ["whsec_AAAA"]


def test_send_again_tells_the_same_thing_as_it_is_now_and_moves_nothing(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post = add_post(conn, town.bob, thread_id, "as it was").post
    while isinstance(work := find_work(conn, webhook_id, LATER_MS), Job):
        done(conn, work)
    write_edit(conn, town.bob, post["id"], "as it is", "<p>as it is</p>", version=1, now_ms=NOW_MS)
    wanted = next(one for one in read_deliveries(conn, webhook_id) if one.cursor.seq == 3)
    want_again(conn, wanted.id)
    change_webhook(conn, ada_of(town), webhook_id, due_ms=LATER_MS + 1000)  # what comes next waits to be tried again
    assert due(conn) == [webhook_id]
    job = job_of(conn, webhook_id)
    assert (job.again, job.cursor, job.id) == (
        wanted.id,
        wanted.cursor,
        f"{webhook_id}:forum:1:{wanted.cursor.epoch}:3",
    )
    assert b"as it is" in job.body
    before = conn.execute(webhooks.select()).one()
    done(conn, job, attempt(status=500))
    assert conn.execute(webhooks.select()).one() == before
    assert not any(one.is_wanted_again for one in read_deliveries(conn, webhook_id))
    assert read_deliveries(conn, webhook_id)[0].status == 500
    assert find_work(conn, webhook_id, LATER_MS) is None


def test_what_is_gone_cannot_be_sent_again(conn: Connection, town: Town) -> None:
    webhook_id = add_webhook(conn, town)
    begin_thread(conn, town.ada, town.forum_id)
    done(conn, job_of(conn, webhook_id))
    (delivery,) = read_deliveries(conn, webhook_id)
    want_again(conn, delivery.id)
    conn.execute(delete(log).where(log.c.channel == forum_channel(town.forum_id), log.c.seq == 1))
    assert find_work(conn, webhook_id, LATER_MS) == Gone(webhook_id, delivery.id, delivery.cursor, delivery.name)


def test_what_fails_comes_behind_what_does_not(conn: Connection, town: Town) -> None:
    failing, other, later = (add_webhook(conn, town) for _ in range(3))
    begin_thread(conn, town.ada, town.forum_id)
    change_webhook(conn, ada_of(town), failing, failures=2, due_ms=NOW_MS - 50)
    change_webhook(conn, ada_of(town), later, due_ms=NOW_MS + 1)
    assert look(conn, "one", LATER_MS).due == [(other, False), (later, False), (failing, True)]
