"""Trials in the store: made in one transaction, closed in one, and removed in small ones, so that nobody waits long.

Of a trial that was removed nothing is left but the heads of its channels: seqs are never used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, Table, bindparam, delete, exists, insert, or_, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Audience, Scope
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.forums import create_category, recount_forum
from tertulia_server.store.members import insert_member
from tertulia_server.store.rights_log import forum_rights, member_rights, rights_changed
from tertulia_server.store.schema import (
    api_tokens,
    bot_places,
    categories,
    drafts,
    follower_cursors,
    forum_moderators,
    forums,
    idempotency_keys,
    members,
    moved_posts,
    notification_choices,
    notifications,
    post_versions,
    posts,
    ratings,
    read_floors,
    read_marks,
    reports,
    threads,
    trial_members,
    trials,
    watches,
    webhooks,
)
from tertulia_server.store.shaping import write_forum
from tertulia_server.store.sign_ins import insert_api_token
from tertulia_wire.channels import forum_channel, member_channel, thread_channel
from tertulia_wire.codes import Code

CATEGORY: Final = "Trials"
LAST_POSITION: Final = 9_999
MAX_TRIALS: Final = 20
BATCH_POSTS: Final = 500
BATCH_THREADS: Final = 200

_OPEN: Final = select(trials.c.forum_id, forums.c.name, trials.c.created_ms, trials.c.ends_ms).join_from(trials, forums)
_MEMBERS: Final = select(trial_members.c.member_id).where(trial_members.c.forum_id == bindparam("of_forum_id"))
_POSTS: Final = (
    select(posts.c.id)
    .join_from(posts, threads)
    .where(threads.c.forum_id == bindparam("of_forum_id"))
    .order_by(posts.c.id)
    .limit(BATCH_POSTS)
)
_EMPTY_THREADS: Final = (
    select(threads.c.id)
    .where(threads.c.forum_id == bindparam("of_forum_id"), ~exists().where(posts.c.thread_id == threads.c.id))
    .order_by(threads.c.id)
    .limit(BATCH_THREADS)
)


class Trial(NamedTuple):
    """``ends_ms``: from then on nobody needs it, and its tokens hold no more."""

    forum_id: int
    name: str
    created_ms: int
    ends_ms: int


class NewBot(NamedTuple):
    """A member that a trial is to have, and the hash of its token."""

    name: str
    token_hash: str


def write_trial(
    conn: Connection, name: str, audience: Audience, bots: Sequence[NewBot], now_ms: int, ends_ms: int
) -> tuple[int, list[int]]:
    """Make a forum with these bots; its id and theirs. `Refusal`: ``NAME_TAKEN``, ``FORBIDDEN`` for too many trials."""
    if len(read_trials(conn)) >= MAX_TRIALS:
        raise Refusal(Code.FORBIDDEN, "There are too many trials: remove those that are over.")
    if conn.execute(select(categories.c.id).where(categories.c.name == CATEGORY)).first() is None:
        create_category(conn, CATEGORY, LAST_POSITION)
    forum_id = write_forum(
        conn, name, category=CATEGORY, description="", audience=audience, posting=Audience.MEMBERS, position=0
    )
    conn.execute(insert(trials).values(forum_id=forum_id, created_ms=now_ms, ends_ms=ends_ms))
    bot_ids = []
    for bot in bots:
        bot_id = insert_member(conn, bot.name, joined_ms=now_ms, is_bot=True)
        scopes = Scope.READ | Scope.POST
        insert_api_token(conn, bot.token_hash, bot_id, name[:64], created_ms=now_ms, expires_ms=ends_ms, scopes=scopes)
        conn.execute(insert(trial_members).values(member_id=bot_id, forum_id=forum_id))
        bot_ids.append(bot_id)
    return forum_id, bot_ids


def read_trials(conn: Connection) -> list[Trial]:
    """All that there are, oldest first. A reading operation."""
    return [Trial(*row) for row in conn.execute(_OPEN.order_by(trials.c.created_ms, trials.c.forum_id))]


def extend_trial(conn: Connection, forum_id: int, ends_ms: int) -> None:
    """Let it and its tokens end then; ``NOT_FOUND`` if it is no trial."""
    changed = conn.execute(update(trials).where(trials.c.forum_id == forum_id).values(ends_ms=ends_ms))
    if changed.rowcount != 1:
        raise Refusal(Code.NOT_FOUND, "There is no such trial.")
    whose = api_tokens.c.member_id.in_(_member_ids(conn, forum_id))
    conn.execute(update(api_tokens).where(whose).values(expires_ms=ends_ms))


def close_trial(conn: Connection, forum_id: int) -> Announcement:
    """End its tokens, and let nobody but administrators read it any more; ``NOT_FOUND`` if it is no trial."""
    if conn.execute(select(trials.c.forum_id).where(trials.c.forum_id == forum_id)).first() is None:
        raise Refusal(Code.NOT_FOUND, "There is no such trial.")
    bot_ids = _member_ids(conn, forum_id)
    conn.execute(delete(api_tokens).where(api_tokens.c.member_id.in_(bot_ids)))
    shut = {
        "audience": Audience.ADMINISTRATORS.value,
        "posting": Audience.ADMINISTRATORS.value,
        "version": forums.c.version + 1,
    }
    conn.execute(update(forums).where(forums.c.id == forum_id).values(shut))
    return rights_changed(conn, forum_rights(forum_id), *(member_rights(bot_id) for bot_id in bot_ids))


def delete_posts(conn: Connection, forum_id: int) -> int:
    """Take away up to `BATCH_POSTS` posts of the forum with all that hangs on them; how many went."""
    ids = list(conn.execute(_POSTS, {"of_forum_id": forum_id}).scalars())
    if ids:
        for table in (notifications, ratings, reports, post_versions, moved_posts):
            _delete(conn, table, table.c.post_id, ids)
        _delete(conn, posts, posts.c.id, ids)
        recount_forum(conn, forum_id, more_threads=0, more_posts=0)
    return len(ids)


def find_empty_threads(conn: Connection, forum_id: int) -> list[int]:
    """Up to `BATCH_THREADS` threads of the forum that have no post left. A reading operation."""
    return list(conn.execute(_EMPTY_THREADS, {"of_forum_id": forum_id}).scalars())


def delete_threads(conn: Connection, thread_ids: Sequence[int]) -> None:
    """Take away threads without posts, with marks, watches and whatever else stands for them."""
    channels = [thread_channel(thread_id) for thread_id in thread_ids]
    for table in (read_marks, watches, moved_posts):
        _delete(conn, table, table.c.thread_id, thread_ids)
    _forget_channels(conn, channels)
    _delete(conn, threads, threads.c.id, thread_ids)


def delete_forum(conn: Connection, forum_id: int) -> Announcement | None:
    """Take away the forum and its members, as the last of all; None while threads are left in it."""
    if conn.execute(select(threads.c.id).where(threads.c.forum_id == forum_id).limit(1)).first() is not None:
        return None
    bot_ids = _member_ids(conn, forum_id)
    conn.execute(delete(trial_members).where(trial_members.c.forum_id == forum_id))
    conn.execute(delete(trials).where(trials.c.forum_id == forum_id))
    for table in (read_floors, forum_moderators):
        conn.execute(delete(table).where(table.c.forum_id == forum_id))
    _forget_channels(conn, [forum_channel(forum_id)])
    category_id = conn.execute(delete(forums).where(forums.c.id == forum_id).returning(forums.c.category_id)).scalar()
    if conn.execute(select(forums.c.id).where(forums.c.category_id == category_id).limit(1)).first() is None:
        conn.execute(delete(categories).where(categories.c.id == category_id, categories.c.name == CATEGORY))
    _delete_members(conn, bot_ids)
    return rights_changed(conn, forum_rights(forum_id))


def trial_channels(conn: Connection, forum_id: int) -> list[str]:
    """The channels of the forum itself and of its members. A reading operation."""
    return [forum_channel(forum_id), *(member_channel(bot_id) for bot_id in _member_ids(conn, forum_id))]


def _delete_members(conn: Connection, member_ids: Sequence[int]) -> None:
    """Those who left something elsewhere stay, as bots that nobody has a token of."""
    busy = select(members.c.id).where(
        members.c.id.in_(member_ids),
        or_(
            exists().where(or_(posts.c.author_id == members.c.id, posts.c.removed_by == members.c.id)),
            exists().where(threads.c.starter_id == members.c.id),
            exists().where(ratings.c.member_id == members.c.id),
            exists().where(reports.c.reporter_id == members.c.id),
            exists().where(post_versions.c.replaced_by == members.c.id),
            exists().where(webhooks.c.owner_id == members.c.id),
        ),
    )
    staying = set(conn.execute(busy).scalars())
    going = [member_id for member_id in member_ids if member_id not in staying]
    for table in (
        api_tokens,
        read_marks,
        read_floors,
        watches,
        notifications,
        notification_choices,
        drafts,
        idempotency_keys,
    ):
        _delete(conn, table, table.c.member_id, going)
    _forget_channels(conn, [member_channel(member_id) for member_id in going])
    _delete(conn, members, members.c.id, going)


def _forget_channels(conn: Connection, channels: Sequence[str]) -> None:
    """What members were writing there, and how far followers had come. Places of drafts have the names of channels."""
    _delete(conn, drafts, drafts.c.place, channels)
    _delete(conn, follower_cursors, follower_cursors.c.channel, channels)
    _delete(conn, bot_places, bot_places.c.channel, channels)


def _member_ids(conn: Connection, forum_id: int) -> list[int]:
    return list(conn.execute(_MEMBERS, {"of_forum_id": forum_id}).scalars())


def _delete(conn: Connection, table: Table, column: Column[int] | Column[str], values: Sequence[int | str]) -> None:
    conn.execute(delete(table).where(column.in_(values)))
