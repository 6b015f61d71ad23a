"""Shapes of the JSON API about webhooks and their deliveries."""

from __future__ import annotations

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.forum.webhooks import MAX_URL_CHARS, delivery_id
from tertulia_server.store.webhooks import Delivery, Webhook
from tertulia_wire.limits import MAX_CHANNEL_CHARS
from tertulia_wire.webhooks import RESET


class CreateWebhookBody(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(strict=True)
    label: str = Field(description="What it is for, in 1 to 64 characters.")
    url: str = Field(max_length=2 * MAX_URL_CHARS, description="Where to send to, with https:// or http://.")
    channel: str = Field(max_length=MAX_CHANNEL_CHARS, description="forum:3 or thread:17.")


class EditWebhookBody(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(strict=True)
    label: str | None = Field(None, description="What it is for, in 1 to 64 characters.")
    url: str | None = Field(None, max_length=2 * MAX_URL_CHARS, description="Where to send to.")
    is_on: bool | None = Field(None, description="Whether it sends. Switched on, it goes on where it stopped.")


class WebhookData(TypedDict):
    """A webhook without its secret. ``cursor`` is what was delivered last, ``head`` the last seq of its channel.

    ``off_reason`` is empty while it is on. ``next_ms`` is when a delivery that fails is tried next.
    """

    id: int
    label: str
    url: str
    channel: str
    created_ms: int
    cursor: tuple[str, int]
    head: int
    is_on: bool
    off_reason: Literal["", "owner", "failing", "banned", "rights"]
    failures: int
    failing_since_ms: int | None
    next_ms: int | None


class WebhooksData(TypedDict):
    """The visitor's webhooks, and how many there may be."""

    webhooks: list[WebhookData]
    most: int


class NewWebhookData(TypedDict):
    """``secret`` is told this once."""

    webhook: WebhookData
    secret: str


class DeliveryData(TypedDict):
    """One attempt; ``delivery`` is the id that the receiver gets, the same each time.

    ``status`` is None where no answer came; ``answer`` is the beginning of it, or what went wrong.
    """

    id: int
    delivery: str
    seq: int
    name: str
    attempt: int
    started_ms: int
    duration_ms: int
    outcome: Literal["delivered", "refused", "timeout", "unreachable", "blocked", "gone"]
    status: int | None
    answer: str
    is_wanted_again: bool


class DeliveriesData(TypedDict):
    """The attempts that are kept, the newest first."""

    deliveries: list[DeliveryData]


def webhook_data(webhook: Webhook) -> WebhookData:
    """As its owner sees it."""
    return WebhookData(
        id=webhook.id,
        label=webhook.label,
        url=webhook.url,
        channel=webhook.channel,
        created_ms=webhook.created_ms,
        cursor=webhook.cursor,
        head=webhook.head,
        is_on=webhook.is_on,
        off_reason=webhook.off_reason.value,
        failures=webhook.failures,
        failing_since_ms=webhook.failing_since_ms,
        next_ms=webhook.due_ms if webhook.failures else None,
    )


def delivery_data(webhook: Webhook, delivery: Delivery) -> DeliveryData:
    """An attempt of this webhook's."""
    kind = RESET if delivery.name == RESET else ""
    return DeliveryData(
        id=delivery.id,
        delivery=delivery_id(webhook.id, webhook.channel, delivery.cursor, kind),
        seq=delivery.cursor.seq,
        name=delivery.name,
        attempt=delivery.attempt,
        started_ms=delivery.started_ms,
        duration_ms=delivery.duration_ms,
        outcome=delivery.outcome.value,
        status=delivery.status,
        answer=delivery.answer,
        is_wanted_again=delivery.is_wanted_again,
    )
