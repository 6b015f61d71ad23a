"""Where Redis is, from a URL.

    redis://USER:PASSWORD@HOST:PORT/DB             one Redis
    rediss://USER:PASSWORD@HOST:PORT/DB?ca=FILE    one Redis over TLS; its certificate is always verified
    unix:///PATH?db=DB                             one Redis on this machine
    redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB?sentinel_password=PASSWORD
    redis+cluster://HOST:PORT,HOST:PORT            (both with rediss+ as well)

A special character in a name or password is written as %XX. No error text here repeats a part of a URL, except for its
scheme and the file of ``ca``: what was mistaken for a host or a port may be a piece of a password.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tertulia_server.errors import StartError

DEFAULT_PORT: Final = 6379
DEFAULT_SENTINEL_PORT: Final = 26379
_OPTIONS: Final = {
    "redis": set[str](),
    "rediss": {"ca"},
    "unix": {"db"},
    "redis+sentinel": {"sentinel_username", "sentinel_password"},
    "rediss+sentinel": {"ca", "sentinel_username", "sentinel_password"},
    "redis+cluster": set[str](),
    "rediss+cluster": {"ca"},
}
SCHEMES: Final = frozenset(_OPTIONS)


class Kind(Enum):
    """How the Redis that is in charge of a channel is found."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """Of one server: a host and a port, or the path of a socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        return self.path or (f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}")


@dataclass(frozen=True, slots=True)
class Access:
    """What a server asks of us. ``tls`` is None for a plain connection; ``ca_file`` is empty for the system's."""

    username: str = ""
    password: str = field(default="", repr=False)
    database: int = 0
    tls: ssl.SSLContext | None = None
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A whole URL: one address, or those of some Sentinels, or of some nodes of a cluster."""

    kind: Kind
    addresses: tuple[Address, ...]
    access: Access
    service: str = ""
    sentinel_access: Access = field(default_factory=Access)


def read_target(url: str) -> Target:
    """`StartError` for a URL that cannot be meant; nothing is connected or looked up."""
    try:
        parts = _split(url)
        if parts.scheme not in SCHEMES:
            known = ", ".join(f"{name}://" for name in sorted(SCHEMES))
            raise StartError(f"{parts.scheme}:// is no broker; there are memory://, {known}.")
        return _target(parts)
    except ValueError as error:
        raise StartError(
            "The broker's URL cannot be read: it is redis://USER:PASSWORD@HOST:PORT/DB with numbers for PORT and DB. "
            "Write special characters of a name or password as %XX."
        ) from error


def _split(url: str) -> SplitResult:
    """As `urlsplit`, which knows one host only: where several have brackets, many releases of Python refuse it."""
    scheme, slashes, rest = url.partition("//")
    netloc = re.split(r"[/?#]", rest, maxsplit=1)[0] if slashes else ""
    return urlsplit(scheme + slashes + rest.removeprefix(netloc))._replace(netloc=netloc)


def _target(parts: SplitResult) -> Target:
    security, _, kind = parts.scheme.partition("+")
    options = _options(parts)
    access = _access(parts, has_tls=security == "rediss", ca_file=options.get("ca", ""))
    if security == "unix":
        if not parts.path.strip("/"):
            raise StartError("unix:// needs the path of a socket, as in unix:///run/redis/redis.sock.")
        return Target(Kind.SINGLE, (Address(path=unquote(parts.path)),), _on(access, options.get("db", "")))
    hosts = parts.netloc.rpartition("@")[2]
    segments = parts.path.strip("/").split("/")
    if kind == "sentinel":
        if not segments[0] or len(segments) > 2:
            raise StartError(f"{parts.scheme}:// needs the name of a service: HOST:PORT,HOST:PORT/SERVICE/DB.")
        sentinels = _addresses(hosts, DEFAULT_SENTINEL_PORT)
        asked = Access(
            options.get("sentinel_username", ""), options.get("sentinel_password", ""), 0, access.tls, access.ca_file
        )
        return Target(Kind.SENTINEL, sentinels, _on(access, "".join(segments[1:])), unquote(segments[0]), asked)
    addresses = _addresses(hosts, DEFAULT_PORT)
    if kind == "cluster":
        if segments not in ([""], ["0"]):
            raise StartError("A Redis Cluster has database 0 only.")
        return Target(Kind.CLUSTER, addresses, access)
    if len(addresses) > 1 or len(segments) > 1:
        raise StartError(f"{parts.scheme}:// takes one HOST:PORT/DB; +sentinel or +cluster take several hosts.")
    return Target(Kind.SINGLE, addresses, _on(access, segments[0]))


def _options(parts: SplitResult) -> Mapping[str, str]:
    given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    known = _OPTIONS[parts.scheme]
    if parts.fragment or not set(given) <= known:
        known_text = ", ".join(sorted(known)) or "none"
        raise StartError(
            f"The broker's URL has something after ? or # that is no option of it; it takes: {known_text}."
        )
    return {name: values[-1] for name, values in given.items()}


def _access(parts: SplitResult, *, has_tls: bool, ca_file: str) -> Access:
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    context = None
    if has_tls:
        try:
            context = ssl.create_default_context(cafile=ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise StartError(f"The file of ?ca={ca_file} cannot be used: {error.strerror or error}.") from error
    return Access(unquote(user), unquote(password), 0, context, ca_file)


def _on(access: Access, database: str) -> Access:
    number = int(database or 0)
    if number < 0:
        raise ValueError("negative database")
    return Access(access.username, access.password, number, access.tls, access.ca_file)


def _addresses(hosts: str, default_port: int) -> tuple[Address, ...]:
    return tuple(_address(host, default_port) for host in hosts.split(","))


def _address(host: str, default_port: int) -> Address:
    parts = urlsplit(f"//{host}")
    port = default_port if parts.port is None else parts.port
    return Address(parts.hostname or "localhost", port)
