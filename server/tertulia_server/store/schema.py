"""The tables, once, for every engine: the one place that knows them all."""

from __future__ import annotations

from tertulia_server.store import search_index
from tertulia_server.store.duty_tables import (
    audit,
    bot_copies,
    bot_places,
    follower_cursors,
    leases,
    reports,
    trial_members,
    trials,
)
from tertulia_server.store.forum_tables import (
    categories,
    facts,
    forum_moderators,
    forums,
    heads,
    idempotency_keys,
    log,
    members,
    moved_posts,
    post_versions,
    posts,
    ratings,
    threads,
)
from tertulia_server.store.metadata import Id, metadata
from tertulia_server.store.people_tables import (
    api_tokens,
    attempts,
    bots,
    drafts,
    notification_choices,
    notifications,
    read_floors,
    read_marks,
    sign_ins,
    watches,
)
from tertulia_server.store.webhook_tables import webhook_deliveries, webhooks

__all__ = [
    "Id",
    "api_tokens",
    "attempts",
    "audit",
    "bot_copies",
    "bot_places",
    "bots",
    "categories",
    "drafts",
    "facts",
    "follower_cursors",
    "forum_moderators",
    "forums",
    "heads",
    "idempotency_keys",
    "leases",
    "log",
    "members",
    "metadata",
    "moved_posts",
    "notification_choices",
    "notifications",
    "post_versions",
    "posts",
    "ratings",
    "read_floors",
    "read_marks",
    "reports",
    "sign_ins",
    "threads",
    "trial_members",
    "trials",
    "watches",
    "webhook_deliveries",
    "webhooks",
]

search_index.add_to(metadata)
