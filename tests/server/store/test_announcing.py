from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.models import EventDraft
from tertulia_server.store.announcing import announce, drafts_in_thread
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.replay import render_events
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event
from tests.server.town import Town, begin_thread


def test_drafts_in_thread_tell_thread_and_forum() -> None:
    assert drafts_in_thread(17, 3, "post.edited", 40, 2) == [
        EventDraft("thread:17", "post.edited", 40, 2),
        EventDraft("forum:3", "post.edited", 40, 2),
    ]


def test_announcement_is_what_a_later_replay_says(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    announcement = begun.announcement
    assert announcement is not None
    channels = (f"thread:{begun.thread['id']}", f"forum:{town.forum_id}")
    for channel in channels:
        own = [event for event in announcement.events if event.channel == channel]
        assert own == render_events(conn, read_log(conn, channel, 0, 99))
        assert announcement.cursor(channel) == Cursor(read_epoch(conn), 2)
    assert announcement.post_event()["post"] == begun.post


def test_announcement_is_encoded_as_the_messages_that_readers_get(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    assert begun.announcement is not None
    for event, publication in zip(begun.announcement.events, begun.announcement.publications(), strict=True):
        message = decode_server_message(publication.payload, Encoding.MSGPACK)
        assert message == Event(event.channel, event.seq, event.name, event.data)
        assert (publication.channel, publication.seq) == (event.channel, event.seq)
        assert (publication.name, publication.about_id) == (event.name, event.about_id)
        assert publication.epoch == read_epoch(conn)


def test_announce_logs_and_renders_in_the_order_of_the_drafts(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    drafts = drafts_in_thread(begun.thread["id"], town.forum_id, "thread.changed", begun.thread["id"], 2)
    announcement = announce(conn, drafts)
    assert [(event.channel, event.seq) for event in announcement.events] == [
        (f"thread:{begun.thread['id']}", 3),
        (f"forum:{town.forum_id}", 3),
    ]
