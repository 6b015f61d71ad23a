"""Who asks: settled once per request or WebSocket, from a cookie or a token.

A cookie travels with every request that a browser sends us, whoever wrote the page that made it; so a cookie
counts for nothing on unsafe methods and WebSockets unless the Origin is ours. A token is sent on purpose only.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Proof, ProofKind, Visitor
from tertulia_server.forum.rights import check_may_change
from tertulia_server.forum.tokens import hash_token
from tertulia_server.settings import Settings
from tertulia_server.web.address_pace import check_address_pace
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code

COOKIE: Final = "tertulia_sign_in"

HOST_PREFIX: Final = "__Host-"
"""Of a cookie that browsers take from this very host alone, over TLS (RFC 6265bis, section 4.1.3.2): neither a sibling
under the same domain nor whoever sits on the line can plant one."""

_COOKIE_BYTES: Final = COOKIE.encode()
_HOST_COOKIE_BYTES: Final = (HOST_PREFIX + COOKIE).encode()

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PROOFS: Final = frozenset({b"authorization", b"cookie"})
_MAX_TOKEN_CHARS: Final = 256
_DAY_S: Final = 24 * 3600


async def identify(connection: HTTPConnection) -> Visitor:
    """The visitor behind a request or WebSocket; also kept at ``connection.state.visitor``: asked once.

    ``Authorization`` wins over the cookie. Raises `Refusal`: ``UNAUTHENTICATED`` for a token that does not hold,
    ``FORBIDDEN`` for one that only reads where something is to change,
    ``ORIGIN_REFUSED`` for a cookie sent from another site, ``RATE_LIMITED`` as `check_address_pace`. A cookie that has
    ended makes a guest.
    """
    known: Visitor | None = getattr(connection.state, "visitor", None)
    if known is not None:
        return known
    visitor = await _identify(connection)
    check_address_pace(connection, visitor)
    connection.state.visitor = visitor
    return visitor


async def _identify(connection: HTTPConnection) -> Visitor:
    if not any(name in _PROOFS for name, _ in connection.scope["headers"]):
        return GUEST
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        return await _identify_by_token(connection, authorization)
    return await _identify_by_cookie(connection)


async def identify_by_sign_in(connection: HTTPConnection) -> Visitor:
    """The member who puts their account in order: never a program, lest a token makes itself another one.

    `Refusal`: ``UNAUTHENTICATED`` for guests, ``FORBIDDEN`` for tokens.
    """
    visitor = await identify(connection)
    if visitor.is_guest:
        raise Refusal(Code.UNAUTHENTICATED)
    if "authorization" in connection.headers:
        raise Refusal(Code.FORBIDDEN, "This is done with a sign-in, not with a token.")
    return visitor


def known_visitor(connection: HTTPConnection) -> Visitor:
    """Who `identify` found on this connection, or a guest if it was not asked or refused."""
    visitor: Visitor = getattr(connection.state, "visitor", GUEST)
    return visitor


def known_proof(connection: HTTPConnection) -> Proof | None:
    """By what `identify` knew a member; None for a guest."""
    proof: Proof | None = getattr(connection.state, "proof", None)
    return proof


def check_origin(connection: HTTPConnection) -> None:
    """Refuse (``ORIGIN_REFUSED``) what another site's page sent, or what does not say where it comes from."""
    origin = connection.headers.get("origin")
    if origin is None or not _is_ours(origin, connection):
        raise Refusal(Code.ORIGIN_REFUSED)


def set_sign_in_cookie(connection: HTTPConnection, response: Response, token: str) -> None:
    """Keep the token in the browser for as long as the sign-in lasts."""
    days, name = services_of(connection).settings.sign_in_days, cookie_name(connection, COOKIE)
    is_https = is_secure(connection)
    response.set_cookie(name, token, max_age=days * _DAY_S, httponly=True, samesite="lax", secure=is_https)


def delete_sign_in_cookie(connection: HTTPConnection, response: Response) -> None:
    """Take the token out of the browser."""
    name = cookie_name(connection, COOKIE)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=is_secure(connection))


def cookie_name(connection: HTTPConnection, name: str) -> str:
    """What a cookie is called on this connection: over TLS with `HOST_PREFIX`, and the plain one counts for nothing."""
    return HOST_PREFIX + name if is_secure(connection) else name


def sign_in_token(connection: HTTPConnection) -> str | None:
    """The token of the cookie, if there is one that could be ours."""
    wanted, token = _HOST_COOKIE_BYTES if is_secure(connection) else _COOKIE_BYTES, None
    for name, value in connection.scope["headers"]:
        if name == b"cookie" and wanted in value:
            token = _cookie_value(value, wanted) or token
    return token if token and len(token) <= _MAX_TOKEN_CHARS else None


def _cookie_value(header: bytes, wanted: bytes) -> str | None:
    """As Starlette finds it, without taking apart all others: the last one of that name."""
    found = None
    for part in header.split(b";"):
        name, _, value = part.partition(b"=")
        if name.strip() == wanted:
            found = value.strip().decode("latin-1")
    return found


async def _identify_by_token(connection: HTTPConnection, authorization: str) -> Visitor:
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN_CHARS:
        raise Refusal(Code.UNAUTHENTICATED, "Send the token as Authorization: Bearer TOKEN.")
    services = services_of(connection)
    proof = Proof(ProofKind.TOKEN, hash_token(token))
    standing = await services.proofs.tokens.read(proof.token_hash)
    if standing is None or not standing.holds(services.actions.now_ms()):
        raise Refusal(Code.UNAUTHENTICATED, "This token is not valid, or no longer.")
    if connection.scope["type"] == "http" and connection.scope["method"] not in _SAFE_METHODS:
        check_may_change(standing.visitor)
    connection.state.proof = proof
    return standing.visitor


async def _identify_by_cookie(connection: HTTPConnection) -> Visitor:
    token = sign_in_token(connection)
    if token is None:
        return GUEST
    if connection.scope["type"] == "websocket" or connection.scope["method"] not in _SAFE_METHODS:
        check_origin(connection)
    services = services_of(connection)
    proof = Proof(ProofKind.SIGN_IN, hash_token(token))
    standing = await services.proofs.sign_ins.read(proof.token_hash)
    if standing is None or not standing.holds(services.actions.now_ms()):
        return GUEST
    connection.state.proof = proof
    return standing.visitor


def _is_ours(origin: str, connection: HTTPConnection) -> bool:
    named = connection.headers.get("host", "")
    if named and origin == f"{'https' if is_secure(connection) else 'http'}://{named}":
        return True  # as nearly always: nothing to take apart
    if origin.lower() in _allowed_origins(services_of(connection).settings):
        return True
    found = _split(origin)
    if found is None or found.scheme not in _DEFAULT_PORTS:
        return False
    # Behind a proxy that speaks TLS we may be called by http: then the browser's https is ours too, never the reverse.
    is_scheme_ours = found.scheme == "https" or not is_secure(connection)
    host = _split(f"{found.scheme}://{named}")
    return is_scheme_ours and host is not None and _host_and_port(found) == _host_and_port(host)


def _allowed_origins(settings: Settings) -> list[str]:
    return [origin.strip().rstrip("/").lower() for origin in settings.allowed_origins.split(",") if origin.strip()]


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return None
    return parts if parts.hostname else None


def _host_and_port(url: SplitResult) -> tuple[str | None, int | None]:
    return url.hostname, url.port or _DEFAULT_PORTS[url.scheme]


def is_secure(connection: HTTPConnection) -> bool:
    """Whether the browser came by TLS, as far as we are told."""
    return connection.scope.get("scheme") in {"https", "wss"}
