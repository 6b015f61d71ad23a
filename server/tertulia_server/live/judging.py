"""Who of this worker's connections may still follow what: asked anew after changes of rights, and acted upon."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from tertulia_server.forum.models import Proof
from tertulia_server.forum.rights import may_read
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Listener
from tertulia_server.store.access import ChannelAccess
from tertulia_server.store.port import Store
from tertulia_server.store.rechecking import Rechecked, recheck
from tertulia_server.store.rights_log import FORUM_RIGHTS, MEMBER_RIGHTS, THREAD_RIGHTS, RightsNews
from tertulia_wire.channels import forum_channel, thread_channel


@dataclass(frozen=True, slots=True)
class Changes:
    """Whose rights to ask again. ``moved_seq``: the last of the changes that moved a thread; 0 if none did."""

    member_ids: frozenset[int] = frozenset()
    forum_ids: frozenset[int] = frozenset()
    thread_ids: frozenset[int] = frozenset()
    is_all: bool = False
    moved_seq: int = 0


def changes_of(news: RightsNews, *, is_all: bool) -> Changes:
    """What was logged, put together; everything is asked again where that is not known in whole."""
    about = {
        name: frozenset(event.about_id for event in news.events if event.name == name)
        for name in (MEMBER_RIGHTS, FORUM_RIGHTS, THREAD_RIGHTS)
    }
    of_later_release = any(event.name not in about for event in news.events)
    if is_all or of_later_release or not news.is_whole:
        return Changes(is_all=True, moved_seq=news.seq)
    moved_seq = max((event.seq for event in news.events if event.name == THREAD_RIGHTS), default=0)
    return Changes(about[MEMBER_RIGHTS], about[FORUM_RIGHTS], about[THREAD_RIGHTS], moved_seq=moved_seq)


class Judging:
    """One per worker."""

    def __init__(self, store: Store, hub: Hub, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._hub = hub
        self._now_ms = now_ms
        self.drop_count = 0

    async def apply(self, changes: Changes) -> None:
        """Ask the store about all whom these changes concern, and whoever joins them meanwhile, then act in one go.

        Raises what the store raises; nothing has happened then.
        """
        await self._judge(lambda: self._listeners_of(changes), lambda: self._channels_of(changes))

    async def verify(self, listeners: Sequence[Listener]) -> None:
        """Ask again who these are, and what they may follow; raises what the store raises."""
        await self._judge(lambda: listeners, tuple)

    async def _judge(
        self, find_listeners: Callable[[], Sequence[Listener]], find_channels: Callable[[], Collection[str]]
    ) -> None:
        answer = Rechecked({}, {})
        while True:
            listeners, channels = find_listeners(), find_channels()
            proofs, wanted = _proofs(listeners), {*channels, *_followed(listeners)}
            if proofs <= answer.visitors.keys() and wanted <= answer.accesses.keys():
                break
            answer = await self._store.read(recheck, proofs, wanted, self._now_ms())
        self._act(listeners, channels, answer)

    def _act(self, listeners: Iterable[Listener], channels: Iterable[str], answer: Rechecked) -> None:
        for listener in listeners:
            if listener.proof is not None:
                listener.visitor = answer.visitors[listener.proof]
                listener.proof = None if listener.visitor.is_guest else listener.proof
            for channel in listener.channels:
                self._drop_lost(listener, answer.accesses[channel])
        for channel in channels:
            for subscription in self._hub.subscriptions(channel):
                if isinstance(subscription.outlet, Listener):
                    self._drop_lost(subscription.outlet, answer.accesses[channel])

    def _drop_lost(self, listener: Listener, access: ChannelAccess) -> None:
        if not access.exists or not may_read(listener.visitor, access.rules, access.owner_id):
            listener.drop(access.channel)
            self.drop_count += 1

    def _listeners_of(self, changes: Changes) -> list[Listener]:
        """Those whose own rights changed. A bot goes with its owner, so bots are asked for with any member."""
        if not changes.is_all and not changes.member_ids:
            return []
        return [
            listener
            for listener in self._hub.listeners
            if listener.proof is not None
            and (changes.is_all or listener.visitor.is_bot or listener.visitor.member_id in changes.member_ids)
        ]

    def _channels_of(self, changes: Changes) -> Collection[str]:
        """The channels whose readers changed; only the store knows which threads belong to a forum."""
        if changes.is_all:
            return self._hub.channels
        names = {thread_channel(thread_id) for thread_id in changes.thread_ids}
        names.update(forum_channel(forum_id) for forum_id in changes.forum_ids)
        is_any_thread = bool(changes.forum_ids)
        return [name for name in self._hub.channels if name in names or (is_any_thread and name.startswith("thread:"))]


def _proofs(listeners: Iterable[Listener]) -> set[Proof]:
    return {listener.proof for listener in listeners if listener.proof is not None}


def _followed(listeners: Iterable[Listener]) -> set[str]:
    return {channel for listener in listeners for channel in listener.channels}
