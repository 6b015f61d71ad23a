"""A member's webhooks on their pages: made, changed, and what became of each delivery. Plain forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.accounts import member_of
from tertulia_server.actions.webhooks import (
    create_webhook,
    edit_webhook,
    remove_webhook,
    rotate_secret,
    send_again,
)
from tertulia_server.errors import TertuliaError
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import may_receive
from tertulia_server.forum.titles import forum_path, thread_path
from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.forums import ForumRow, read_forums
from tertulia_server.store.port import Connection
from tertulia_server.store.threads import read_threads
from tertulia_server.store.webhooks import Delivery, Webhook, get_webhook, read_deliveries, read_webhooks
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify_by_sign_in
from tertulia_server.web.languages import later, say
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.channels import ChannelKind, parse_channel

OFF_WORDS: Final[Mapping[OffReason, str]] = {
    OffReason.OWNER: later("You switched it off."),
    OffReason.FAILING: later("It was switched off: for too long no delivery was taken."),
    OffReason.BANNED: later("It was switched off: your account was banned."),
    OffReason.RIGHTS: later("It was switched off: you may not read any more what it follows."),
}
OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.DELIVERED: later("delivered"),
    Outcome.REFUSED: later("not taken"),
    Outcome.TIMEOUT: later("no answer in time"),
    Outcome.UNREACHABLE: later("not reached"),
    Outcome.BLOCKED: later("not sent: the name leads to an address that is not allowed"),
    Outcome.GONE: later("not there any more"),
}

_FIELDS: Final = ("label", "url", "channel", "thread")
_THREAD: Final = re.compile(r"(?:\S*/threads/)?(?:thread:)?([1-9][0-9]{0,15})(?:[-/?#]\S*)?")
"""What a member may copy from where they read: an address, a channel, or the number."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a webhook follows, for those who may read it; without ``path`` it is not theirs to read."""

    title: str
    path: str


async def show_webhooks(request: Request) -> Response:
    """``GET /account/webhooks[?channel=thread:17]``."""
    return await _list(request, await identify_by_sign_in(request))


async def take_webhook(request: Request) -> Response:
    """``POST /account/webhooks``: the answer is the page of the new one with its secret, which nothing shows again."""
    visitor = await identify_by_sign_in(request)
    form = await read_form(request)
    thread = form.get("thread", "").strip()
    match = _THREAD.fullmatch(thread)
    channel = f"thread:{match[1]}" if match else thread or form.get("channel", "")
    values = {"label": form.get("label", ""), "url": form.get("url", ""), "channel": channel}
    try:
        made = await create_webhook(services_of(request).actions, visitor, **values)
    except TertuliaError as error:
        return await _list(request, visitor, form, error)
    return await _one(request, visitor, made.webhook.id, secret=made.secret)


async def show_webhook(request: Request) -> Response:
    """``GET /account/webhooks/3``: what it is, and its deliveries."""
    return await _one(request, await identify_by_sign_in(request), _webhook_id(request))


async def take_webhook_change(request: Request) -> Response:
    """``POST /account/webhooks/3``: another name or address."""
    visitor = await identify_by_sign_in(request)
    form, webhook_id = await read_form(request), _webhook_id(request)
    try:
        label, url = form.get("label", ""), form.get("url", "")
        await edit_webhook(services_of(request).actions, visitor, webhook_id, label=label, url=url)
    except TertuliaError as error:
        return await _one(request, visitor, webhook_id, form=form, error=error)
    return _back(webhook_id)


async def take_webhook_switch(request: Request) -> Response:
    """``POST /account/webhooks/3/switch``: on or off, as the form says."""
    visitor = await identify_by_sign_in(request)
    form, webhook_id = await read_form(request), _webhook_id(request)
    try:
        await edit_webhook(services_of(request).actions, visitor, webhook_id, is_on=form.get("to") == "on")
    except TertuliaError as error:
        return await _one(request, visitor, webhook_id, error=error)
    return _back(webhook_id)


async def take_webhook_secret(request: Request) -> Response:
    """``POST /account/webhooks/3/secret``: the page with another secret on it."""
    visitor, webhook_id = await identify_by_sign_in(request), _webhook_id(request)
    try:
        made = await rotate_secret(services_of(request).actions, visitor, webhook_id)
    except TertuliaError as error:
        return await _one(request, visitor, webhook_id, error=error)
    return await _one(request, visitor, webhook_id, secret=made.secret)


async def take_webhook_removal(request: Request) -> Response:
    """``POST /account/webhooks/3/delete``."""
    visitor = await identify_by_sign_in(request)
    await remove_webhook(services_of(request).actions, visitor, _webhook_id(request))
    return RedirectResponse("/account/webhooks", 303)


async def take_send_again(request: Request) -> Response:
    """``POST /account/webhooks/3/deliveries/17/again``."""
    visitor, webhook_id = await identify_by_sign_in(request), _webhook_id(request)
    try:
        delivery_id = parse_id(request.path_params["delivery"])
        await send_again(services_of(request).actions, visitor, webhook_id, delivery_id)
    except TertuliaError as error:
        return await _one(request, visitor, webhook_id, error=error)
    return RedirectResponse(f"/account/webhooks/{webhook_id}?done=again#deliveries", 303)


def _webhook_id(request: Request) -> int:
    return parse_id(request.path_params["webhook"])


def _back(webhook_id: int) -> Response:
    return RedirectResponse(f"/account/webhooks/{webhook_id}", 303)


async def _list(
    request: Request, visitor: Visitor, form: Mapping[str, str] | None = None, error: TertuliaError | None = None
) -> Response:
    services = services_of(request)
    found, followed, forums = await services.store.read(_read_all, member_of(visitor), visitor)
    context = {
        "webhooks": found,
        "followed": followed,
        "forums": forums,
        "most": services.settings.webhooks_per_member,
        "form": dict.fromkeys(_FIELDS, "") | dict(form or _wanted(request)),
        "off_words": OFF_WORDS,
        "error": None if error is None else say(error.sentence),
    }
    return render(request, "webhooks.html", context, 200 if error is None else error.code.status)


def _wanted(request: Request) -> dict[str, str]:
    """What a link to the page has chosen already."""
    channel = request.query_params.get("channel", "")
    return {"thread" if channel.startswith("thread:") else "channel": channel}


async def _one(
    request: Request,
    visitor: Visitor,
    webhook_id: int,
    *,
    secret: str | None = None,
    form: Mapping[str, str] | None = None,
    error: TertuliaError | None = None,
) -> Response:
    services = services_of(request)
    webhook, followed, deliveries = await services.store.read(_read_one, member_of(visitor), webhook_id, visitor)
    context = {
        "webhook": webhook,
        "followed": followed[webhook.channel],
        "deliveries": deliveries,
        "form": {"label": webhook.label, "url": webhook.url, **(form or {})},
        "fresh_secret": secret,
        "done": request.query_params.get("done", ""),
        "off_words": OFF_WORDS,
        "outcome_words": OUTCOME_WORDS,
        "error": None if error is None else say(error.sentence),
    }
    response = render(request, "webhook.html", context, 200 if error is None else error.code.status)
    if secret is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def _read_all(
    conn: Connection, owner_id: int, visitor: Visitor
) -> tuple[list[Webhook], dict[str, Followed], list[ForumRow]]:
    found = read_webhooks(conn, owner_id)
    forums = [row for row in read_forums(conn) if may_receive(visitor, row.rules)]
    return found, _followed(conn, [webhook.channel for webhook in found], visitor), forums


def _read_one(
    conn: Connection, owner_id: int, webhook_id: int, visitor: Visitor
) -> tuple[Webhook, dict[str, Followed], list[Delivery]]:
    webhook = get_webhook(conn, owner_id, webhook_id)
    return webhook, _followed(conn, [webhook.channel], visitor), read_deliveries(conn, webhook_id)


def _followed(conn: Connection, channels: Sequence[str], visitor: Visitor) -> dict[str, Followed]:
    """What these channels are of, in words for somebody who may read it now; else the bare channel."""
    forums = {row.forum["id"]: row for row in read_forums(conn)}
    wanted = {channel: parse_channel(channel) for channel in channels}
    threads = read_threads(conn, [found.id for found in wanted.values() if found.kind is ChannelKind.THREAD])
    named = {}
    for channel, found in wanted.items():
        named[channel] = Followed(channel, "")
        thread = threads.get(found.id) if found.kind is ChannelKind.THREAD else None
        row = forums.get(thread["forum_id"] if thread else found.id)
        if row is None or not may_receive(visitor, row.rules):
            continue
        if thread is not None:
            named[channel] = Followed(thread["title"], thread_path(thread["id"], thread["slug"]))
        elif found.kind is ChannelKind.FORUM:
            named[channel] = Followed(row.forum["name"], forum_path(row.forum["id"], row.forum["slug"]))
    return named
