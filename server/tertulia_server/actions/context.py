"""What every action needs, handed in once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tertulia_server.broker.port import Publication
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.new_members import NO_RULES, Fault, NewMemberRules
from tertulia_server.forum.rights import is_staff
from tertulia_server.forum.webhooks import NO_WEBHOOKS, WebhookRules
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.port import Store


@dataclass(frozen=True, slots=True)
class Actions:
    """``publish`` is the broker's; ``now_ms`` is the wall clock in milliseconds; 0 per minute is no limit."""

    store: Store
    publish: Callable[[Sequence[Publication]], None]
    now_ms: Callable[[], int]
    posts_per_minute: int = 0
    ratings_per_minute: int = 0
    new_members: NewMemberRules = NO_RULES
    webhooks: WebhookRules = NO_WEBHOOKS

    def tell(self, announcement: Announcement | None) -> None:
        """Publish what a transaction announced, once it is committed; None where it changed nothing."""
        if announcement is not None:
            self.publish(announcement.publications())

    def pace_ms(self, visitor: Visitor) -> int:
        """What one post of this visitor takes of the limit; bots and the staff have none: somebody let them in."""
        return _share_ms(self.posts_per_minute, visitor)

    def find_fault(self, visitor: Visitor, html: str, title: str = "") -> Fault | None:
        """Why this rendered text is refused if the visitor is new; bots and the staff never are."""
        return None if visitor.is_bot or is_staff(visitor) else self.new_members.find_fault(html, title)

    def rating_pace_ms(self, visitor: Visitor) -> int:
        """The same for one rating."""
        return _share_ms(self.ratings_per_minute, visitor)


def _share_ms(per_minute: int, visitor: Visitor) -> int:
    return 0 if not per_minute or visitor.is_bot or is_staff(visitor) else 60_000 // per_minute
