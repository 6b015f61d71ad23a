"""All addresses but the live ones, and what goes around them."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tertulia_server.web.account import show_account, take_end_sign_in, take_password, take_sign_out_everywhere
from tertulia_server.web.administration import administration_routes
from tertulia_server.web.api import api_routes
from tertulia_server.web.assets import static_route
from tertulia_server.web.badges import with_badge
from tertulia_server.web.composing import show_drafts, show_new_thread, show_reply, take_discard
from tertulia_server.web.editing import show_edit, show_remove, show_restore, take_edit, take_remove, take_restore
from tertulia_server.web.feeds import show_forum_feed, show_thread_feed
from tertulia_server.web.forms import take_rating, take_reply, take_thread
from tertulia_server.web.guarded import by_method
from tertulia_server.web.guest_pages import GuestPages
from tertulia_server.web.headers import DefaultHeaders
from tertulia_server.web.health import show_health, show_readiness
from tertulia_server.web.history import show_history
from tertulia_server.web.language_choice import LanguageChoice, take_language
from tertulia_server.web.metrics import show_metrics
from tertulia_server.web.moderation_routes import moderation_routes
from tertulia_server.web.notifications import (
    show_choices,
    show_notifications,
    take_choices,
    take_notifications_read,
)
from tertulia_server.web.openapi import openapi_document
from tertulia_server.web.pages import show_forum, show_index, show_post, show_thread
from tertulia_server.web.presence import show_presence, take_presence
from tertulia_server.web.profile import show_profile, take_rank
from tertulia_server.web.reading import show_jump, show_newest, show_unread, take_read, take_watch
from tertulia_server.web.rendering import ASSETS
from tertulia_server.web.script_words import show_words
from tertulia_server.web.search import show_search
from tertulia_server.web.sign_in import show_register, show_sign_in, take_register, take_sign_in, take_sign_out
from tertulia_server.web.site_map import show_map, show_map_of_forums, show_map_part, show_robots
from tertulia_server.web.tokens import show_tokens, take_bot, take_revoke, take_token
from tertulia_server.web.webhooks import (
    show_webhook,
    show_webhooks,
    take_send_again,
    take_webhook,
    take_webhook_change,
    take_webhook_removal,
    take_webhook_secret,
    take_webhook_switch,
)

MIDDLEWARE: Final = (Middleware(DefaultHeaders), Middleware(LanguageChoice), Middleware(GuestPages))
"""For ``Starlette(middleware=...)``: plain ASGI, around everything but the answer to a crash."""


def routes() -> list[BaseRoute]:
    """Pages, forms, the JSON API, health and static files; `create_app` adds the live ones."""
    return [
        by_method("/", GET=with_badge(show_index)),
        by_method("/forums/{forum}", GET=with_badge(show_forum)),
        by_method("/forums/{forum}/page-{page}", GET=with_badge(show_forum)),
        by_method("/forums/{forum}/new-thread", GET=with_badge(show_new_thread)),
        by_method("/forums/{forum}/threads", POST=take_thread),
        by_method("/threads/{thread}", GET=with_badge(show_thread)),
        by_method("/threads/{thread}/page-{page}", GET=with_badge(show_thread)),
        by_method("/threads/{thread}/posts", POST=take_reply),
        by_method("/threads/{thread}/reply", GET=with_badge(show_reply)),
        by_method("/threads/{thread}/unread", GET=show_unread),
        by_method("/threads/{thread}/newest", GET=show_newest),
        by_method("/threads/{thread}/jump", GET=show_jump),
        by_method("/threads/{thread}/watch", POST=take_watch),
        by_method("/posts/{post}", GET=show_post),
        by_method("/posts/{post}/edit", GET=with_badge(show_edit), POST=take_edit),
        by_method("/posts/{post}/remove", GET=with_badge(show_remove), POST=take_remove),
        by_method("/read", POST=take_read),
        by_method("/notifications", GET=with_badge(show_notifications)),
        by_method("/notifications/read", POST=take_notifications_read),
        by_method("/notifications/settings", GET=with_badge(show_choices), POST=take_choices),
        by_method("/posts/{post}/rate", POST=take_rating),
        *moderation_routes(),
        *administration_routes(),
        by_method("/posts/{post}/history", GET=with_badge(show_history)),
        by_method("/posts/{post}/restore", GET=with_badge(show_restore), POST=take_restore),
        by_method("/drafts", GET=with_badge(show_drafts)),
        by_method("/drafts/discard", POST=take_discard),
        *_account_routes(),
        by_method("/forums/{forum}/feed.atom", GET=show_forum_feed),
        by_method("/threads/{thread}/feed.atom", GET=show_thread_feed),
        by_method("/robots.txt", GET=show_robots),
        by_method("/sitemap.xml", GET=show_map),
        by_method("/sitemaps/forums.xml", GET=show_map_of_forums),
        by_method("/sitemaps/{part}.xml", GET=show_map_part),
        by_method("/search", GET=with_badge(show_search)),
        by_method("/members/{member}", GET=with_badge(show_profile)),
        by_method("/members/{member}/rank", POST=take_rank),
        by_method("/language", POST=take_language),
        by_method("/words/{language}.js", GET=show_words),
        by_method("/healthz", GET=show_health),
        by_method("/readyz", GET=show_readiness),
        by_method("/metrics", GET=show_metrics),
        by_method("/api/openapi.json", GET=_show_openapi),
        *api_routes(),
        static_route(ASSETS),
    ]


def _account_routes() -> list[BaseRoute]:
    """Who one is, and what is one's own."""
    return [
        by_method("/account/presence", GET=with_badge(show_presence), POST=take_presence),
        by_method("/sign-in", GET=show_sign_in, POST=take_sign_in),
        by_method("/sign-out", POST=take_sign_out),
        by_method("/register", GET=show_register, POST=take_register),
        by_method("/account", GET=with_badge(show_account)),
        by_method("/account/password", POST=take_password),
        by_method("/account/sign-ins/{sign_in}/end", POST=take_end_sign_in),
        by_method("/account/sign-out-everywhere", POST=take_sign_out_everywhere),
        by_method("/account/tokens", GET=with_badge(show_tokens), POST=take_token),
        by_method("/account/tokens/{token}/revoke", POST=take_revoke),
        by_method("/account/bots", POST=take_bot),
        by_method("/account/webhooks", GET=with_badge(show_webhooks), POST=take_webhook),
        by_method("/account/webhooks/{webhook}", GET=with_badge(show_webhook), POST=take_webhook_change),
        by_method("/account/webhooks/{webhook}/switch", POST=take_webhook_switch),
        by_method("/account/webhooks/{webhook}/secret", POST=take_webhook_secret),
        by_method("/account/webhooks/{webhook}/delete", POST=take_webhook_removal),
        by_method("/account/webhooks/{webhook}/deliveries/{delivery}/again", POST=take_send_again),
    ]


@cache
def _openapi_json() -> bytes:
    return json.dumps(openapi_document(), ensure_ascii=False).encode()


async def _show_openapi(_request: Request) -> Response:
    return Response(_openapi_json(), media_type="application/json")
