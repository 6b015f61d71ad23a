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
from tertulia_server.web.operations import ApiOperation
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
_CHANGE: Final = (*_ONE, Code.BANNED, Code.FORBIDDEN, Code.ORIGIN_REFUSED)
_WRITE: Final = (
    *_CHANGE,
    Code.UNSUPPORTED_MEDIA,
    Code.TOO_LARGE,
    Code.MALFORMED,
    Code.INVALID,
    Code.TITLE_INVALID,
)
_WEBHOOK: Final = "/api/webhooks/{webhook}"

WEBHOOK_OPERATIONS: Final = (
    ApiOperation(
        method="GET",
        path="/api/webhooks",
        handler=get_webhooks,
        answer=WebhooksData,
        refusals=(Code.UNAUTHENTICATED,),
    ),
    ApiOperation(
        method="POST",
        path="/api/webhooks",
        handler=create_webhook,
        answer=NewWebhookData,
        status=201,
        body=CreateWebhookBody,
        refusals=(*_WRITE, Code.UNKNOWN_CHANNEL),
    ),
    ApiOperation(method="GET", path=_WEBHOOK, handler=get_webhook, answer=WebhookData, refusals=_ONE),
    ApiOperation(
        method="PATCH",
        path=_WEBHOOK,
        handler=edit_webhook,
        answer=WebhookData,
        body=EditWebhookBody,
        refusals=_WRITE,
    ),
    ApiOperation(method="DELETE", path=_WEBHOOK, handler=delete_webhook, answer=WebhooksData, refusals=_CHANGE),
    ApiOperation(
        method="POST", path=f"{_WEBHOOK}/secret", handler=rotate_secret, answer=NewWebhookData, refusals=_CHANGE
    ),
    ApiOperation(
        method="GET", path=f"{_WEBHOOK}/deliveries", handler=get_deliveries, answer=DeliveriesData, refusals=_ONE
    ),
    ApiOperation(
        method="POST",
        path=f"{_WEBHOOK}/deliveries/{{delivery}}/again",
        handler=send_again,
        answer=DeliveriesData,
        status=202,
        refusals=(*_CHANGE, Code.INVALID),
    ),
)
