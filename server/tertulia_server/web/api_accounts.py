"""The JSON API about members, and for putting one's own bots and tokens in order."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.accounts import member_of
from tertulia_server.actions.bots import create_bot as make_bot
from tertulia_server.actions.bots import create_token as make_token
from tertulia_server.actions.bots import revoke_token
from tertulia_server.forum.cards import card_of
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.tokens import parse_scopes
from tertulia_server.store.bots import read_bots, read_tokens
from tertulia_server.store.members import read_cards
from tertulia_server.store.port import Connection
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify, identify_by_sign_in
from tertulia_server.web.profile import find_profile
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import PostDocument
from tertulia_server.web.shapes_accounts import (
    CreateBotBody,
    CreateTokenBody,
    MemberDocument,
    NewBotData,
    NewTokenData,
    TokenData,
    TokensData,
)

_SECRET: Final = {"Cache-Control": "no-store"}


async def get_member(request: Request) -> Response:
    """A member, and the posts of theirs that the visitor may read."""
    profile = await find_profile(request, await identify(request))
    posts = [PostDocument(post=entry.post, thread=entry.thread, page=entry.page) for entry in profile.posts]
    document = MemberDocument(
        member=profile.card,
        role=profile.member.role.value,  # type: ignore[typeddict-item]  # nobody in the store is a guest
        owner=profile.owner,
        posts=posts,
        older=profile.older,
    )
    return JSONResponse(document)


async def get_tokens(request: Request) -> Response:
    """One's own bots and tokens; asked with a sign-in, as are all changes of them."""
    return await _tokens(request, await identify_by_sign_in(request))


async def create_token(request: Request) -> Response:
    """Make a token of one's own or of one's bot: 201 with the secret, which is told this once."""
    visitor = await identify_by_sign_in(request)
    body = await read_json(request, CreateTokenBody)
    member_id = member_of(visitor) if body.member is None else body.member
    actions = services_of(request).actions
    token = await make_token(actions, visitor, member_id, body.label, parse_scopes(body.scopes), days=body.days)
    return JSONResponse(NewTokenData(token=token), 201, headers=_SECRET)


async def delete_token(request: Request) -> Response:
    """Revoke a token of one's own or of one's bot; what is left."""
    visitor = await identify_by_sign_in(request)
    await revoke_token(services_of(request).actions, visitor, request.path_params["token"])
    return await _tokens(request, visitor)


async def create_bot(request: Request) -> Response:
    """Make a bot of one's own: 201."""
    visitor = await identify_by_sign_in(request)
    body = await read_json(request, CreateBotBody)
    services = services_of(request)
    bot_id = await make_bot(services.actions, visitor, body.name)
    cards = await services.store.read(read_cards, [bot_id])
    return JSONResponse(NewBotData(member=cards[bot_id]), 201)


async def _tokens(request: Request, visitor: Visitor) -> Response:
    return JSONResponse(await services_of(request).store.read(_read, member_of(visitor)))


def _read(conn: Connection, member_id: int) -> TokensData:
    tokens = [
        TokenData(
            id=token.id,
            member=token.member_id,
            label=token.label,
            scopes=token.scopes.split(),
            created_ms=token.created_ms,
            expires_ms=token.expires_ms,
        )
        for token in read_tokens(conn, member_id)
    ]
    return TokensData(bots=[card_of(bot) for bot in read_bots(conn, member_id)], tokens=tokens)
