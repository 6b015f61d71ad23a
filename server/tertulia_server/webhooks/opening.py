"""The sender of webhooks as the settings want it."""

from __future__ import annotations

from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.forum.webhooks import WebhookRules
from tertulia_server.settings import Settings, networks_of, ports_of
from tertulia_server.webhooks.posting import Poster
from tertulia_server.webhooks.sender import WebhookSender

_HOUR_MS: Final = 3_600_000


def webhook_rules(settings: Settings) -> WebhookRules:
    """How many webhooks there may be, and where they may lead."""
    addresses = AddressRules(networks_of(settings.webhook_networks), ports_of(settings.webhook_ports))
    return WebhookRules(settings.webhooks_per_member, addresses)


def open_sender(actions: Actions, settings: Settings) -> WebhookSender:
    """Not started yet; made inside its loop."""
    rules = webhook_rules(settings)
    return WebhookSender(
        actions,
        Poster(rules.addresses, timeout_s=settings.webhook_timeout_ms / 1000),
        give_up_ms=settings.webhook_retry_hours * _HOUR_MS,
        is_wanted=rules.most_per_member > 0,
    )
