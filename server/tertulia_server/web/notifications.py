"""The list of a member's notifications, and what they want to be told. Plain forms; the page's script adds to it."""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.notifications import choose_notifications, read_notifications
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.notifications import NotificationChoices
from tertulia_server.store.heads import read_cursors
from tertulia_server.store.notifications import NOTIFICATIONS_PER_PAGE, read_latest
from tertulia_server.store.port import Connection
from tertulia_server.store.threads import read_threads
from tertulia_server.store.watches import read_choices
from tertulia_server.store.webhooks import Webhook, read_webhooks
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_server.web.wanted import parse_count
from tertulia_server.web.webhooks import OFF_WORDS
from tertulia_wire.channels import forum_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import NotificationData
from tertulia_wire.limits import MAX_SEQ

_CHOICES: Final = ("mention", "quote", "reply", "watch_on_reply")


async def show_notifications(request: Request) -> Response:
    """``GET /notifications[?before=88]``: the latest, or those before one."""
    member_id = member_of(await identify(request))
    before = parse_count(request, "before", MAX_SEQ, MAX_SEQ) if "before" in request.query_params else MAX_SEQ
    is_latest = before == MAX_SEQ
    found, fallen, forum_ids, follows = await services_of(request).store.read(_read, member_id, before)
    context = {
        "follows": follows,
        "forum_ids": forum_ids,
        "webhooks": fallen if is_latest else [],
        "off_words": OFF_WORDS,
        "notifications": found,
        "is_latest": is_latest,
        "older": found[-1]["id"] if len(found) == NOTIFICATIONS_PER_PAGE else None,
    }
    return render(request, "notifications.html", context)


async def take_notifications_read(request: Request) -> Response:
    """``POST /notifications/read``: those up to the one that the form names are read; back to the list."""
    visitor = await identify(request)
    form = await read_form(request)
    await read_notifications(services_of(request).actions, visitor, parse_id(form.get("until", "")))
    return RedirectResponse("/notifications", 303)


async def show_choices(request: Request) -> Response:
    """``GET /notifications/settings``: what the member wants to be told."""
    member_id = member_of(await identify(request))
    chosen = await services_of(request).store.read(read_choices, [member_id])
    return render(request, "notification_settings.html", {"chosen": chosen[member_id]})


async def take_choices(request: Request) -> Response:
    """``POST /notifications/settings``: an empty box is a no; back to the list."""
    visitor = await identify(request)
    form = await read_form(request)
    chosen = NotificationChoices(**{name: name in form for name in _CHOICES})
    await choose_notifications(services_of(request).actions, visitor, chosen)
    return RedirectResponse("/notifications", 303)


class _Inbox(NamedTuple):
    """A page of notifications with the forums of their threads, the cursors of these, and the webhooks that were
    switched off since the member looked."""

    notifications: list[NotificationData]
    fallen: list[Webhook]
    forum_ids: dict[int, int]
    follows: dict[str, Cursor]


def _read(conn: Connection, member_id: int, before: int) -> _Inbox:
    fallen = [webhook for webhook in read_webhooks(conn, member_id) if webhook.notice_ms is not None]
    found = read_latest(conn, member_id, before)
    threads = read_threads(conn, {notification["thread_id"] for notification in found})
    forum_ids = {thread_id: thread["forum_id"] for thread_id, thread in threads.items()}
    return _Inbox(found, fallen, forum_ids, read_cursors(conn, map(forum_channel, sorted(set(forum_ids.values())))))


def member_of(visitor: Visitor) -> int:
    """The member's id; `Refusal` with ``UNAUTHENTICATED`` for guests."""
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    return visitor.member_id
