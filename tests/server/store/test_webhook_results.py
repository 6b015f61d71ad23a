from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.leases import take_lease
from tertulia_server.store.webhook_results import Turn, write_attempt, write_without_sending
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Gone, Job, Stop, find_work
from tertulia_server.store.webhooks import (
    MAX_KEPT_DELIVERIES,
    Webhook,
    change_webhook,
    delete_webhook,
    get_webhook,
    read_deliveries,
    want_again,
)
from tertulia_wire.events import NOTIFIED
from tests.server.store.webhook_place import GIVE_UP_MS, ada_of, add_webhook, attempt
from tests.server.town import NOW_MS, Town, begin_thread


def turn_of(conn: Connection, holder: str = "one", now_ms: int = NOW_MS) -> Turn:
    fence = take_lease(conn, LEASE, holder, now_ms=now_ms, lease_ms=LEASE_MS)
    assert fence is not None
    return Turn(holder, fence, now_ms)


def job_in(conn: Connection, town: Town) -> Job:
    webhook_id = add_webhook(conn, town)
    begin_thread(conn, town.ada, town.forum_id)
    job = find_work(conn, webhook_id, NOW_MS)
    assert isinstance(job, Job)
    return job


def now_of(conn: Connection, town: Town, job: Job) -> Webhook:
    return get_webhook(conn, ada_of(town), job.webhook_id)


def test_what_was_taken_moves_the_cursor(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    change_webhook(conn, ada_of(town), job.webhook_id, failures=3, failing_since_ms=NOW_MS - 5)
    assert write_attempt(conn, turn_of(conn), job, attempt()).is_held
    webhook = now_of(conn, town, job)
    assert (webhook.cursor, webhook.failures, webhook.failing_since_ms) == (job.cursor, 0, None)
    (kept,) = read_deliveries(conn, job.webhook_id)
    assert (kept.outcome, kept.status, kept.answer, kept.duration_ms) == (Outcome.DELIVERED, 200, "so it is", 12)
    assert (kept.cursor, kept.name, kept.attempt) == (job.cursor, job.name, 1)


def test_what_was_refused_stays_and_is_tried_again_later(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    for failures in (1, 2):
        assert write_attempt(conn, turn_of(conn), job, attempt(status=500)) == (True, None)
        webhook = now_of(conn, town, job)
        assert (webhook.cursor, webhook.failures, webhook.failing_since_ms) == (job.after, failures, NOW_MS)
        assert webhook.due_ms == NOW_MS + 77
    assert find_work(conn, job.webhook_id, NOW_MS + 76) is None
    again = find_work(conn, job.webhook_id, NOW_MS + 77)
    assert isinstance(again, Job)
    assert (again.id, again.attempt) == (job.id, 3)


def test_what_fails_for_too_long_is_switched_off_and_its_owner_told(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    write_attempt(conn, turn_of(conn), job, attempt(status=500))
    before = turn_of(conn, now_ms=NOW_MS + GIVE_UP_MS - 1)
    assert write_attempt(conn, before, job, attempt(status=500)).announcement is None
    written = write_attempt(conn, turn_of(conn, now_ms=NOW_MS + GIVE_UP_MS), job, attempt(status=500))
    assert written.announcement is not None
    (event,) = written.announcement.events
    assert (event.channel, event.name) == (f"member:{ada_of(town)}", NOTIFIED)
    assert event.data == {"unread": 1, "notification": None}
    webhook = now_of(conn, town, job)
    assert (webhook.is_on, webhook.off_reason, webhook.notice_ms) == (False, OffReason.FAILING, NOW_MS + GIVE_UP_MS)
    assert webhook.cursor == job.after


def test_a_worker_that_slept_through_its_lease_changes_nothing(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    slept = turn_of(conn)
    other = turn_of(conn, "two", NOW_MS + LEASE_MS)
    woken = slept._replace(now_ms=NOW_MS + LEASE_MS)
    for written in (
        write_attempt(conn, woken, job, attempt()),
        write_without_sending(conn, woken, Stop(job.webhook_id, OffReason.RIGHTS)),
    ):
        assert written == (False, None)
    assert now_of(conn, town, job).cursor == job.after
    assert now_of(conn, town, job).is_on
    assert read_deliveries(conn, job.webhook_id) == []
    assert write_attempt(conn, other, job, attempt()).is_held
    # The first has the lease once more, but it is another one now.
    mine = turn_of(conn, "one", NOW_MS + 3 * LEASE_MS)
    assert mine.fence > slept.fence
    assert not write_attempt(conn, slept._replace(now_ms=mine.now_ms), job, attempt()).is_held


def test_the_cursor_moves_only_from_where_the_delivery_began(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    turn = turn_of(conn)
    write_attempt(conn, turn, job, attempt())
    begin_thread(conn, town.ada, town.forum_id)
    write_attempt(conn, turn, job, attempt(status=500))
    webhook = now_of(conn, town, job)
    assert (webhook.cursor, webhook.failures) == (job.cursor, 0)
    later = find_work(conn, job.webhook_id, NOW_MS)
    assert isinstance(later, Job)
    write_attempt(conn, turn, later, attempt())
    write_attempt(conn, turn, job, attempt())  # told late: it does not go back
    assert now_of(conn, town, job).cursor == later.cursor


def test_owner_who_switches_off_or_deletes_meanwhile_has_the_last_word(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    change_webhook(conn, ada_of(town), job.webhook_id, is_on=False)
    write_attempt(conn, turn_of(conn), job, attempt(status=500))
    assert now_of(conn, town, job).failures == 0
    write_attempt(conn, turn_of(conn), job, attempt())
    assert now_of(conn, town, job).cursor == job.cursor  # it was taken all the same
    delete_webhook(conn, ada_of(town), job.webhook_id)
    assert write_attempt(conn, turn_of(conn), job, attempt()) == (True, None)
    assert read_deliveries(conn, job.webhook_id) == []


def test_the_log_of_deliveries_is_bounded(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    turn = turn_of(conn)
    for number in range(MAX_KEPT_DELIVERIES + 5):
        write_attempt(conn, turn, job, attempt(status=500 + number))
    kept = read_deliveries(conn, job.webhook_id)
    assert [one.status for one in kept] == [505 + number for number in reversed(range(MAX_KEPT_DELIVERIES))]


def test_what_may_not_be_read_is_switched_off_once(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    stop = Stop(job.webhook_id, OffReason.BANNED)
    assert write_without_sending(conn, turn_of(conn), stop).announcement is not None
    webhook = now_of(conn, town, job)
    assert (webhook.is_on, webhook.off_reason) == (False, OffReason.BANNED)
    assert write_without_sending(conn, turn_of(conn), stop).announcement is None


def test_what_is_gone_says_so(conn: Connection, town: Town) -> None:
    job = job_in(conn, town)
    write_attempt(conn, turn_of(conn), job, attempt())
    (kept,) = read_deliveries(conn, job.webhook_id)
    want_again(conn, kept.id)
    write_without_sending(conn, turn_of(conn), Gone(job.webhook_id, kept.id, kept.cursor, kept.name))
    found = read_deliveries(conn, job.webhook_id)
    assert [(one.outcome, one.is_wanted_again) for one in found] == [(Outcome.GONE, False), (Outcome.DELIVERED, False)]
    assert (found[0].cursor, found[0].name, found[0].status) == (job.cursor, job.name, None)
