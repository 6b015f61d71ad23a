"""The JSON API for one's own webhooks. A token reads them and sends again; to change them takes a sign-in, as what is
sent goes on when the token has ended."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions import webhooks as actions
from tertulia_server.actions.accounts import member_of
from tertulia_server.actions.webhooks import NewWebhook
from tertulia_server.store.port import Connection
from tertulia_server.store.webhooks import get_webhook as find_webhook
from tertulia_server.store.webhooks import read_deliveries, read_webhooks
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify, identify_by_sign_in
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_webhooks import (
    CreateWebhookBody,
    DeliveriesData,
    EditWebhookBody,
    NewWebhookData,
    WebhooksData,
    delivery_data,
    webhook_data,
)

_SECRET: Final = {"Cache-Control": "no-store"}


async def get_webhooks(request: Request) -> Response:
    """One's own webhooks."""
    return await _webhooks(request, member_of(await identify(request)))


async def create_webhook(request: Request) -> Response:
    """Have what happens in a forum or thread sent to an address: 201 with the secret, which is told this once."""
    visitor = await identify_by_sign_in(request)
    body = await read_json(request, CreateWebhookBody)
    services = services_of(request)
    made = await actions.create_webhook(services.actions, visitor, label=body.label, url=body.url, channel=body.channel)
    return _with_secret(made, 201)


async def get_webhook(request: Request) -> Response:
    """One of one's own webhooks, and where it stands."""
    owner_id = member_of(await identify(request))
    found = await services_of(request).store.read(find_webhook, owner_id, _webhook_id(request))
    return JSONResponse(webhook_data(found))


async def edit_webhook(request: Request) -> Response:
    """Change a webhook, or switch it off or on."""
    visitor = await identify_by_sign_in(request)
    body = await read_json(request, EditWebhookBody)
    changed = await actions.edit_webhook(
        services_of(request).actions, visitor, _webhook_id(request), **body.model_dump()
    )
    return JSONResponse(webhook_data(changed))


async def delete_webhook(request: Request) -> Response:
    """Delete a webhook with the log of its deliveries; those that are left."""
    visitor = await identify_by_sign_in(request)
    await actions.remove_webhook(services_of(request).actions, visitor, _webhook_id(request))
    return await _webhooks(request, member_of(visitor))


async def rotate_secret(request: Request) -> Response:
    """Another secret, which is told this once; for a day deliveries are signed with both."""
    visitor = await identify_by_sign_in(request)
    return _with_secret(await actions.rotate_secret(services_of(request).actions, visitor, _webhook_id(request)), 200)


async def get_deliveries(request: Request) -> Response:
    """What became of the last deliveries of a webhook."""
    return await _deliveries(request, member_of(await identify(request)), 200)


async def send_again(request: Request) -> Response:
    """Send something once more, under its id and as it is now; what waits to be tried again is tried at once."""
    visitor = await identify(request)
    delivery_id = parse_id(request.path_params["delivery"])
    await actions.send_again(services_of(request).actions, visitor, _webhook_id(request), delivery_id)
    return await _deliveries(request, member_of(visitor), 202)


def _webhook_id(request: Request) -> int:
    return parse_id(request.path_params["webhook"])


def _with_secret(made: NewWebhook, status: int) -> Response:
    data = NewWebhookData(webhook=webhook_data(made.webhook), secret=made.secret)
    return JSONResponse(data, status, headers=_SECRET)


async def _webhooks(request: Request, owner_id: int) -> Response:
    services = services_of(request)
    found = await services.store.read(read_webhooks, owner_id)
    most = services.settings.webhooks_per_member
    return JSONResponse(WebhooksData(webhooks=[webhook_data(one) for one in found], most=most))


async def _deliveries(request: Request, owner_id: int, status: int) -> Response:
    data = await services_of(request).store.read(_read_deliveries, owner_id, _webhook_id(request))
    return JSONResponse(data, status)


def _read_deliveries(conn: Connection, owner_id: int, webhook_id: int) -> DeliveriesData:
    webhook = find_webhook(conn, owner_id, webhook_id)
    return DeliveriesData(deliveries=[delivery_data(webhook, one) for one in read_deliveries(conn, webhook_id)])
