"""The part of the table of the JSON API about webhooks."""

from __future__ import annotations

from typing import Final

from tertulia_server.web.api_webhooks import (
    create_webhook,
    delete_webhook,
    edit_webhook,
    get_deliveries,
    get_webhook,
    get_webhooks,
    rotate_secret,
    send_again,
)
from tertulia_server.web.operations import BODY, CHANGE, delete, get, patch, post
from tertulia_server.web.shapes_webhooks import (
    CreateWebhookBody,
    DeliveriesData,
    EditWebhookBody,
    NewWebhookData,
    WebhookData,
    WebhooksData,
)
from tertulia_wire.codes import Code

_ONE: Final = (Code.UNAUTHENTICATED, Code.NOT_FOUND)
_CHANGE: Final = (*CHANGE, Code.NOT_FOUND, Code.FORBIDDEN)
_WRITE: Final = (*_CHANGE, *BODY, Code.TITLE_INVALID)
_WEBHOOK: Final = "/api/webhooks/{webhook}"

WEBHOOK_OPERATIONS: Final = (
    get("/api/webhooks", get_webhooks, WebhooksData, refusals=(Code.UNAUTHENTICATED,)),
    post(
        "/api/webhooks",
        create_webhook,
        NewWebhookData,
        body=CreateWebhookBody,
        status=201,
        refusals=(*_WRITE, Code.UNKNOWN_CHANNEL),
    ),
    get(_WEBHOOK, get_webhook, WebhookData, refusals=_ONE),
    patch(_WEBHOOK, edit_webhook, WebhookData, body=EditWebhookBody, refusals=_WRITE),
    delete(_WEBHOOK, delete_webhook, WebhooksData, refusals=_CHANGE),
    post(f"{_WEBHOOK}/secret", rotate_secret, NewWebhookData, refusals=_CHANGE),
    get(f"{_WEBHOOK}/deliveries", get_deliveries, DeliveriesData, refusals=_ONE),
    post(
        f"{_WEBHOOK}/deliveries/{{delivery}}/again",
        send_again,
        DeliveriesData,
        status=202,
        refusals=(*_CHANGE, Code.INVALID),
    ),
)
