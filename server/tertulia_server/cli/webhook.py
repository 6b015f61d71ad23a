"""`tertulia webhook`: the webhooks of all members, looked after by whoever has the database."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import typer

from tertulia_server.actions.context import Actions
from tertulia_server.actions.webhooks import create_webhook, remove_webhook, send_again
from tertulia_server.cli.member import find_member
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.options import Database
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.webhooks import Outcome
from tertulia_server.settings import Settings, read_settings
from tertulia_server.store.members import Member, read_members
from tertulia_server.store.moderators import read_visitors
from tertulia_server.store.port import Connection
from tertulia_server.store.webhook_work import read_trial
from tertulia_server.store.webhooks import (
    Delivery,
    Webhook,
    find_owner_id,
    read_deliveries,
    read_owner_ids,
    read_webhooks,
)
from tertulia_server.web.webhooks import OFF_WORDS, OUTCOME_WORDS
from tertulia_server.webhooks.opening import webhook_rules
from tertulia_server.webhooks.posting import Answer, Poster, signed_headers

STATUS_FAILED = 1

webhook = typer.Typer(help="Look after webhooks.", no_args_is_help=True, add_completion=False)

Number = Annotated[int, typer.Argument(help="The number of the webhook, as `tertulia webhook list` has it.", min=1)]


class Owned(NamedTuple):
    """A webhook and the name of the member whose it is."""

    owner: str
    webhook: Webhook


@webhook.callback()
def _group() -> None:
    """Look after webhooks."""


@webhook.command("list")
def list_all(
    owner: Annotated[str, typer.Option(help="Only those of this member.")] = "", database: Database = None
) -> None:
    """List webhooks: how each is doing, what it follows, and where it leads."""
    found = asyncio.run(_list(database, owner))
    for one in found:
        print(_line(one))
    print(f"{len(found)} in all." if found else "There are no webhooks.")


@webhook.command("add")
def add(
    channel: Annotated[str, typer.Argument(help="What it follows: forum:3 or thread:17.")],
    url: Annotated[str, typer.Argument(help="Where to send to, with https:// or http://.")],
    owner: Annotated[str, typer.Option(help="The member whose webhook it is: it is sent what they may read.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "webhook",
    database: Database = None,
) -> None:
    """Make a webhook and print its secret: it is shown this once."""
    number, secret = asyncio.run(_add(database, owner, label, url, channel))
    print(f"Webhook {number} of {owner}: {channel} to {url}. Its secret:", file=sys.stderr)
    print(secret)


@webhook.command("test")
def try_out(number: Number, database: Database = None) -> int:
    """Send a signed delivery with the name `test` to its address, from here, and say what came of it.

    The status is 1 if it was not taken. It is no event: the log of deliveries and the place of the webhook stay as they
    are.
    """
    answer = asyncio.run(_test(database, number))
    print(_in_words(answer.outcome, answer.status, answer.duration_ms, answer.text))
    return 0 if answer.outcome is Outcome.DELIVERED else STATUS_FAILED


@webhook.command("log")
def log(number: Number, database: Database = None) -> None:
    """List the last deliveries of a webhook, the newest first."""
    deliveries = asyncio.run(_log(database, number))
    for one in deliveries:
        print(_delivery_line(one))
    if not deliveries:
        print("Nothing was sent yet.")


@webhook.command("resend")
def resend(
    number: Number,
    delivery: Annotated[int, typer.Argument(help="The first number of its line in `tertulia webhook log`.", min=1)],
    database: Database = None,
) -> None:
    """Let a running server send a delivery once more, as it is now; one that waits for its next try, at once."""
    asyncio.run(_resend(database, number, delivery))
    print(f"A server that runs sends it within a second: `tertulia webhook log {number}` shows what came of it.")


@webhook.command("remove")
def remove(number: Number, database: Database = None) -> None:
    """Delete a webhook with the log of its deliveries."""
    asyncio.run(_remove(database, number))
    print(f"Webhook {number} is no more.")


@asynccontextmanager
async def _opened(database: str | None) -> AsyncIterator[tuple[Actions, Settings]]:
    settings = read_settings(database=database)
    async with offline_actions(settings.database, create=False) as actions:
        yield replace(actions, webhooks=webhook_rules(settings)), settings


async def _list(database: str | None, owner: str) -> list[Owned]:
    async with _opened(database) as (actions, _):
        owner_id = (await find_member(actions.store, owner)).id if owner else None
        return await actions.store.read(_read_owned, owner_id)


async def _add(database: str | None, owner: str, label: str, url: str, channel: str) -> tuple[int, str]:
    async with _opened(database) as (actions, _):
        visitor = await _visitor(actions, await find_member(actions.store, owner))
        made = await create_webhook(actions, visitor, label=label, url=url, channel=channel)
        return made.webhook.id, made.secret


async def _test(database: str | None, number: int) -> Answer:
    async with _opened(database) as (actions, settings):
        now_ms = actions.now_ms()
        job = await actions.store.read(read_trial, number, now_ms)
        poster = Poster(actions.webhooks.addresses, timeout_s=settings.webhook_timeout_ms / 1000)
        try:
            return await poster.post(job.url, signed_headers(job.id, job.secrets, job.body, now_ms // 1000), job.body)
        finally:
            await poster.close()


async def _log(database: str | None, number: int) -> Sequence[Delivery]:
    async with _opened(database) as (actions, _):
        await actions.store.read(find_owner_id, number)
        return await actions.store.read(read_deliveries, number)


async def _resend(database: str | None, number: int, delivery: int) -> None:
    async with _opened(database) as (actions, _):
        await send_again(actions, await _owner(actions, number), number, delivery)


async def _remove(database: str | None, number: int) -> None:
    async with _opened(database) as (actions, _):
        await remove_webhook(actions, await _owner(actions, number), number)


async def _owner(actions: Actions, number: int) -> Visitor:
    owner_id = await actions.store.read(find_owner_id, number)
    return await _visitor(actions, (await actions.store.read(read_members, [owner_id]))[owner_id])


async def _visitor(actions: Actions, member: Member) -> Visitor:
    return (await actions.store.read(read_visitors, [member]))[member.id]


def _read_owned(conn: Connection, owner_id: int | None) -> list[Owned]:
    owner_ids = read_owner_ids(conn) if owner_id is None else [owner_id]
    names = {member.id: member.name for member in read_members(conn, owner_ids).values()}
    return [Owned(names[one_id], found) for one_id in owner_ids for found in read_webhooks(conn, one_id)]


def _line(one: Owned) -> str:
    found = one.webhook
    state = "off" if not found.is_on else "failing" if found.failures else "on"
    why = "" if found.is_on else f"  {OFF_WORDS[found.off_reason]}"
    waits = f"  {found.waiting_count} wait" if found.waiting_count else ""
    place = f"{found.id:>4}  {state:<7}  {found.channel:<12}"
    return f"{place}  {one.owner}: {found.label}, {found.url}{waits}{why}"


def _delivery_line(one: Delivery) -> str:
    at = datetime.fromtimestamp(one.started_ms / 1000, UTC).isoformat(sep=" ", timespec="seconds")
    words = _in_words(one.outcome, one.status, one.duration_ms, one.answer)
    return f"{one.id:>6}  {at}  {one.name:<14} {one.cursor.seq:>6}  {words}"


def _in_words(outcome: Outcome, status: int | None, duration_ms: int, text: str) -> str:
    answered = "" if status is None else f", {status}"
    return f"{OUTCOME_WORDS[outcome]}{answered}, after {duration_ms} ms" + (f": {text}" if text else "")
