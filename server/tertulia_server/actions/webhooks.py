"""Webhooks of members: made, changed, given another secret, and asked to send something again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import check_label
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.rights import check_may_have_webhooks, check_may_read
from tertulia_server.forum.webhooks import (
    OLD_SECRET_MS,
    OffReason,
    check_target,
    check_url,
    new_secret,
    reason_to_stop,
)
from tertulia_server.store.access import read_access
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.authors import check_standing
from tertulia_server.store.port import Connection
from tertulia_server.store.webhooks import (
    Webhook,
    change_webhook,
    delete_webhook,
    find_delivery,
    get_webhook,
    insert_webhook,
    replace_secret,
    want_again,
)
from tertulia_wire.channels import ChannelKind, member_channel, parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.events import NOTIFIED
from tertulia_wire.webhooks import RESET

_KINDS: Final = frozenset({ChannelKind.FORUM, ChannelKind.THREAD})


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """``secret`` is told this once."""

    webhook: Webhook
    secret: str


async def create_webhook(actions: Actions, visitor: Visitor, *, label: str, url: str, channel: str) -> NewWebhook:
    """Send what happens in a forum or a thread, from now on, to an address.

    `Refusal`: as `check_may_have_webhooks` and `check_may_read`, ``FORBIDDEN`` for too many, ``UNKNOWN_CHANNEL``,
    ``TITLE_INVALID`` or ``INVALID`` for the label and the address.
    """
    owner_id = check_may_have_webhooks(visitor)
    _check_are_wanted(actions)
    label, url, channel = check_label(label), _check_url(actions, url), _check_channel(channel)
    secret = new_secret()
    values = {"label": label, "url": url, "channel": channel, "secret": secret, "now_ms": actions.now_ms()}
    most = actions.webhooks.most_per_member
    return NewWebhook(await actions.store.write(_create, visitor, owner_id, values, most), secret)


async def edit_webhook(
    actions: Actions,
    visitor: Visitor,
    webhook_id: int,
    *,
    label: str | None = None,
    url: str | None = None,
    is_on: bool | None = None,
) -> Webhook:
    """Change what is given. One that is switched on again goes on where it stopped, at once.

    `Refusal`: as `create_webhook`, and ``NOT_FOUND`` for one that is not the visitor's.
    """
    owner_id = check_may_have_webhooks(visitor)
    changes: dict[str, Any] = {}
    if label is not None:
        changes["label"] = check_label(label)
    if url is not None:
        changes["url"] = _check_url(actions, url)
    if is_on:
        _check_are_wanted(actions)
    webhook, announcement = await actions.store.write(
        _edit, visitor, owner_id, webhook_id, changes, is_on, actions.now_ms()
    )
    actions.tell(announcement)
    return webhook


async def rotate_secret(actions: Actions, visitor: Visitor, webhook_id: int) -> NewWebhook:
    """Another secret; for a day deliveries are signed with the one before as well. `Refusal` as `edit_webhook`."""
    owner_id = check_may_have_webhooks(visitor)
    secret = new_secret()
    until_ms = actions.now_ms() + OLD_SECRET_MS
    return NewWebhook(await actions.store.write(_rotate, owner_id, webhook_id, secret, until_ms), secret)


async def remove_webhook(actions: Actions, visitor: Visitor, webhook_id: int) -> None:
    """Delete one with its log. Also banned members may; ``NOT_FOUND`` for one that is not the visitor's."""
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    actions.tell(await actions.store.write(_remove, visitor.member_id, webhook_id))


async def send_again(actions: Actions, visitor: Visitor, webhook_id: int, delivery_id: int) -> None:
    """Send once more what was sent, as it is now; or at once what waits to be tried again.

    `Refusal`: as `edit_webhook`, ``NOT_FOUND`` for an attempt that is not kept, ``INVALID`` while the webhook is off
    and for a reset.
    """
    owner_id = check_may_have_webhooks(visitor)
    await actions.store.write(_send_again, owner_id, webhook_id, delivery_id, actions.now_ms())


def _check_are_wanted(actions: Actions) -> None:
    if actions.webhooks.most_per_member == 0:
        raise Refusal(Code.FORBIDDEN, "This site sends no webhooks.")


def _check_url(actions: Actions, url: str) -> str:
    url = check_url(url)
    check_target(url, actions.webhooks.addresses)
    return url


def _check_channel(channel: str) -> str:
    try:
        found = parse_channel(channel)
    except WireError:
        raise Refusal(Code.UNKNOWN_CHANNEL) from None
    if found.kind not in _KINDS:
        raise Refusal(Code.UNKNOWN_CHANNEL, "A webhook follows a forum or a thread.")
    return str(found)


def _create(conn: Connection, visitor: Visitor, owner_id: int, values: dict[str, Any], most: int) -> Webhook:
    check_standing(conn, owner_id)
    access = read_access(conn, [values["channel"]]).by_channel[values["channel"]]
    if not access.exists:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, access.rules)
    return get_webhook(conn, owner_id, insert_webhook(conn, owner_id, **values, most=most))


def _edit(
    conn: Connection,
    visitor: Visitor,
    owner_id: int,
    webhook_id: int,
    changes: dict[str, Any],
    is_on: bool | None,  # noqa: FBT001 - goes through Store.write
    now_ms: int,
) -> tuple[Webhook, Announcement | None]:
    check_standing(conn, owner_id)
    before = get_webhook(conn, owner_id, webhook_id)
    if is_on and not before.is_on:
        access = read_access(conn, [before.channel]).by_channel[before.channel]
        if reason_to_stop(visitor, access.rules) is not OffReason.NONE:
            raise Refusal(Code.FORBIDDEN, "You may not read what this webhook follows.")
        changes |= {"is_on": True, "off_reason": OffReason.NONE.value}
    if is_on is False and before.is_on:
        changes |= {"is_on": False, "off_reason": OffReason.OWNER.value}
    if changes:  # whatever was changed, what failed before is tried anew
        changes |= {"failures": 0, "failing_since_ms": None, "due_ms": now_ms, "notice_ms": None}
        change_webhook(conn, owner_id, webhook_id, **changes)
    after = get_webhook(conn, owner_id, webhook_id)
    return after, None if before.notice_ms == after.notice_ms else _unread_changed(conn, owner_id)


def _rotate(conn: Connection, owner_id: int, webhook_id: int, secret: str, old_until_ms: int) -> Webhook:
    check_standing(conn, owner_id)
    replace_secret(conn, owner_id, webhook_id, secret, old_until_ms=old_until_ms)
    return get_webhook(conn, owner_id, webhook_id)


def _remove(conn: Connection, owner_id: int, webhook_id: int) -> Announcement | None:
    was_noticed = get_webhook(conn, owner_id, webhook_id).notice_ms is None
    delete_webhook(conn, owner_id, webhook_id)
    return None if was_noticed else _unread_changed(conn, owner_id)


def _unread_changed(conn: Connection, owner_id: int) -> Announcement:
    return announce(conn, [EventDraft(member_channel(owner_id), NOTIFIED, 0, 1)])


def _send_again(conn: Connection, owner_id: int, webhook_id: int, delivery_id: int, now_ms: int) -> None:
    webhook = get_webhook(conn, owner_id, webhook_id)
    delivery = find_delivery(conn, webhook_id, delivery_id)
    if delivery is None:
        raise Refusal(Code.NOT_FOUND, "This attempt is not kept any more.")
    if not webhook.is_on:
        raise Refusal(Code.INVALID, "Switch the webhook on first.")
    if delivery.cursor.epoch == webhook.cursor.epoch and delivery.cursor.seq > webhook.cursor.seq:
        change_webhook(conn, owner_id, webhook_id, due_ms=now_ms)
    elif delivery.name == RESET:
        raise Refusal(Code.INVALID, "A reset is not sent again.")
    else:
        want_again(conn, delivery_id)
