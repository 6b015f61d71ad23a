"""A forum with something in every table, for what works on whole databases."""

from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import Audience
from tertulia_server.forum.notifications import NotificationChoices
from tertulia_server.store.attempts import count_attempt
from tertulia_server.store.bot_shares import Holding, share_work
from tertulia_server.store.bots import insert_bot
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.drafts import NewDraft, save_draft
from tertulia_server.store.leases import take_lease
from tertulia_server.store.moving_posts import write_posts_moved
from tertulia_server.store.notifying import Turn, take_step
from tertulia_server.store.opening import open_store
from tertulia_server.store.ratings import NewRating, write_rating
from tertulia_server.store.read_marks import ReadMark, mark_all_read, raise_marks
from tertulia_server.store.reports import write_report
from tertulia_server.store.sign_ins import insert_api_token, insert_sign_in
from tertulia_server.store.trials import NewBot, write_trial
from tertulia_server.store.watches import set_choices, set_watching
from tertulia_server.store.webhook_results import Turn as Sending
from tertulia_server.store.webhook_results import write_attempt
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Job, find_work
from tertulia_server.store.webhooks import change_webhook
from tertulia_wire.cursors import Cursor
from tests.server.store.webhook_place import add_webhook, attempt
from tests.server.town import NOW_MS, add_post, begin_thread, found_town

THREAD_ID = 1
POSTS = 12
MEMBERS = 6
"""Four people and two bots."""


async def fill(url: str) -> None:
    """Two threads, one with an edited, a removed and a moved post, and whatever else there is a table for; texts that
    are hard to carry."""
    store = await open_store(url)
    await store.write(_fill)
    await store.close()


def _fill(conn: Connection) -> None:
    town = found_town(conn)
    titles = ("The fair", "Ärger & Söhne 🎪 'quoted' \\ %s $1")
    threads = [begin_thread(conn, town.ada, town.forum_id, title).thread for title in titles]
    assert threads[0]["id"] == THREAD_ID
    posts = [add_post(conn, town.bob, THREAD_ID, f"Line {n}\n\ttab 日本語 \U0001f600").post for n in range(POSTS)]
    write_edit(conn, town.bob, posts[3]["id"], "Better", "<p>Better</p>", version=1, now_ms=NOW_MS)
    write_removal(conn, town.mona, posts[4]["id"], now_ms=NOW_MS)
    assert town.ada.member_id is not None
    insert_sign_in(conn, "a" * 64, town.ada.member_id, created_ms=NOW_MS, expires_ms=NOW_MS + 1)
    insert_api_token(conn, "b" * 64, town.ada.member_id, "bot", created_ms=NOW_MS)
    set_watching(conn, THREAD_ID, town.ada.member_id, is_watching=True)
    set_choices(conn, town.ada.member_id, NotificationChoices(mention=False))
    take_step(conn, Turn("one", NOW_MS))
    raise_marks(conn, [ReadMark(town.ada.member_id, THREAD_ID, 3)])
    mark_all_read(conn, town.ada.member_id, [town.forum_id], NOW_MS)
    webhook_id = add_webhook(conn, town)
    change_webhook(conn, town.ada.member_id, webhook_id, seq=POSTS)
    work = find_work(conn, webhook_id, NOW_MS)
    assert isinstance(work, Job)
    fence = take_lease(conn, LEASE, "one", now_ms=NOW_MS, lease_ms=LEASE_MS)
    assert fence is not None
    write_attempt(conn, Sending("one", fence, NOW_MS), work, attempt(status=500))
    write_rating(conn, town.ada, posts[5]["id"], NewRating(Mark.NEGATIVE, NOW_MS))
    write_report(conn, town.ada, posts[6]["id"], "It says nothing", now_ms=NOW_MS)
    write_posts_moved(conn, town.mona, THREAD_ID, [posts[7]["id"]], threads[1]["id"], now_ms=NOW_MS)
    count_attempt(conn, "c" * 64, NOW_MS, pace_ms=1_000, burst_ms=1_000)
    _add_bots(conn, town.ada.member_id)
    draft = NewDraft(Place(PlaceKind.THREAD, THREAD_ID), "", "begun 日本語\n\U0001f600", 0, NOW_MS)
    save_draft(conn, town.ada.member_id, draft, now_ms=NOW_MS)


def _add_bots(conn: Connection, owner_id: int) -> None:
    """One with a share of work, and one that belongs to a trial."""
    bot_id = insert_bot(conn, "Keeper", owner_id, NOW_MS)
    for held in ([], [Holding(0, 1, {"thread:1": Cursor("e1", 7)})]):
        share_work(conn, bot_id, "town", "copy 1", held=held, now_ms=NOW_MS, lease_ms=60_000)
    write_trial(conn, "Trial", Audience.STAFF, [NewBot("Trial bot", "d" * 64)], NOW_MS, NOW_MS + 60_000)
