"""The last step of a writing transaction: its events are logged, and rendered for those who listen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection

from tertulia_server.broker.port import Publication
from tertulia_server.forum.models import EventDraft
from tertulia_server.store.log import append_in_epoch
from tertulia_server.store.replay import RenderedEvent, Things, read_things, render_with, to_publication
from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import PostEventData


@dataclass(frozen=True, slots=True)
class Announcement:
    """The transaction's events as readers get them, to be published once it is committed."""

    epoch: str
    events: Sequence[RenderedEvent]
    rights_seq: int = 0

    def cursor(self, channel: str) -> Cursor:
        """How far the channel has got with these events."""
        return Cursor(self.epoch, max(event.seq for event in self.events if event.channel == channel))

    def post_event(self) -> PostEventData:
        """The data of the first event about a post."""
        return cast("PostEventData", next(event.data for event in self.events if event.name.startswith("post.")))

    def publications(self) -> list[Publication]:
        """The events encoded; the caller does this outside the store's one writing thread."""
        return [to_publication(self.epoch, event, self.rights_seq) for event in self.events]


def announce(conn: Connection, drafts: Sequence[EventDraft], things: Things | None = None) -> Announcement:
    """Log the events and render them from the state that this transaction leaves.

    That is read before the heads are raised, and so locked; ``things`` is what the caller has read of it already.
    """
    things = things or read_things(conn, drafts)
    appended = append_in_epoch(conn, drafts)
    return Announcement(appended.epoch, render_with(things, appended.events), appended.rights_seq)


def drafts_in_thread(thread_id: int, forum_id: int, name: str, about_id: int, version: int) -> list[EventDraft]:
    """What happens in a thread is told in its own channel and in its forum's."""
    channels = (thread_channel(thread_id), forum_channel(forum_id))
    return [EventDraft(channel, name, about_id, version) for channel in channels]
