"""The page of a member: the card, and the posts that the visitor may read."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.ranks import MAX_RANK_CHARS, set_rank
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.plain import plain_text
from tertulia_server.forum.rights import may_administer, may_ban
from tertulia_server.forum.titles import member_path
from tertulia_server.store.profiles import MAX_ID, Profile, read_profile
from tertulia_server.web.addresses import here, parse_id, parse_id_and_slug
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code

EXCERPT_CHARS: Final = 280


async def show_profile(request: Request) -> Response:
    """``GET /members/42-name[?before=POST]``."""
    visitor = await identify(request)
    profile = await find_profile(request, visitor)
    canonical = member_path(profile.member.id, profile.member.name)
    if request.url.path != canonical:
        query = here(request).partition("?")[2]
        return RedirectResponse(f"{canonical}?{query}" if query else canonical, 301)
    context = {
        "member": profile.member,
        "card": profile.card,
        "owner": profile.owner,
        "entries": [(entry, excerpt(plain_text(entry.post["html"] or ""))) for entry in profile.posts],
        "is_first": "before" not in request.query_params,
        "older": None if profile.older is None else f"{canonical}?before={profile.older}",
        "canonical": canonical,
        "site_cursor": profile.site_cursor,
        "follows": profile.cursors,
        "may_set_rank": may_administer(visitor),
        "may_ban": may_ban(visitor, profile.member.id, profile.member.role),
        "max_rank_chars": MAX_RANK_CHARS,
    }
    return render(request, "profile.html", context)


async def take_rank(request: Request) -> Response:
    """``POST /members/42/rank``: a rank set by hand; an empty one leaves it to the ladder."""
    visitor = await identify(request)
    member_id = parse_id_and_slug(request.path_params["member"])
    form = await read_form(request)
    await set_rank(services_of(request).actions, member_id, form.get("rank", ""), by=visitor)
    return RedirectResponse(f"/members/{member_id}", 303)


async def find_profile(request: Request, visitor: Visitor) -> Profile:
    """The member named by the path, with the posts before ``?before=ID``; ``NOT_FOUND``, ``INVALID``."""
    member_id = parse_id_and_slug(request.path_params["member"])
    try:
        before = parse_id(request.query_params.get("before", str(MAX_ID - 1)))
    except Refusal:
        raise Refusal(Code.INVALID, "before is the id of a post.") from None
    profile = await services_of(request).store.read(read_profile, visitor, member_id, before)
    if profile is None:
        raise Refusal(Code.NOT_FOUND)
    return profile


def excerpt(text: str) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= EXCERPT_CHARS:
        return line
    cut = line[: EXCERPT_CHARS + 1].rpartition(" ")[0]
    return (cut or line[:EXCERPT_CHARS]) + " …"
