"""The addresses of pages and forms for moderation."""

from __future__ import annotations

from starlette.routing import BaseRoute

from tertulia_server.web.badges import with_badge
from tertulia_server.web.bans import show_ban, take_ban
from tertulia_server.web.guarded import by_method
from tertulia_server.web.moderation import show_rename, take_moderate, take_rename
from tertulia_server.web.moderation_pages import show_audit, show_queue, take_close
from tertulia_server.web.moving import show_move, show_select, take_move, take_select
from tertulia_server.web.reports import show_report, show_reported, take_report


def moderation_routes() -> list[BaseRoute]:
    """A route per address."""
    return [
        by_method("/threads/{thread}/moderate", POST=take_moderate),
        by_method("/threads/{thread}/rename", GET=with_badge(show_rename), POST=take_rename),
        by_method("/threads/{thread}/move", GET=with_badge(show_move), POST=take_move),
        by_method("/threads/{thread}/select", GET=with_badge(show_select), POST=take_select),
        by_method("/posts/{post}/report", GET=with_badge(show_report), POST=take_report),
        by_method("/posts/{post}/reported", GET=with_badge(show_reported)),
        by_method("/members/{member}/ban", GET=with_badge(show_ban), POST=take_ban),
        by_method("/moderation", GET=with_badge(show_queue)),
        by_method("/moderation/log", GET=with_badge(show_audit)),
        by_method("/moderation/posts/{post}/close", POST=take_close),
    ]
