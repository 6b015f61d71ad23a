"""Every setting of the server. Each is one ``TERTULIA_*`` variable; `tertulia settings` lists them."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from tertulia_server.errors import StartError

ENVIRONMENT_PREFIX: Final = "TERTULIA_"

_ORIGIN: Final = re.compile(r"https?://[^/\s\"<>]+/?")

_REASONS: Final = {
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_parsing": "it must be a number",
    "bool_parsing": "it must be true or false",
    "literal_error": "it must be {expected}",
    "greater_than": "it must be more than {gt:g}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
    "string_too_long": "it may have at most {max_length} characters",
    "value_error": "{error}",
}
"""By pydantic's type of error (https://docs.pydantic.dev/latest/errors/validation_errors/)."""

Networks = tuple[IPv4Network | IPv6Network, ...]


class Settings(BaseSettings):
    """Read once at start; never changed while running."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database: str = Field(
        "sqlite:///tertulia.db",
        description="Where posts are kept: sqlite:///FILE or postgresql://ROLE:PASSWORD@HOST/NAME.",
    )
    broker: str = Field("memory://", description="How workers tell each other: memory:// or redis://HOST:PORT/DB.")
    workers: int = Field(1, ge=1, le=256, description="Number of worker processes.")
    language: Literal["en", "es"] = Field(
        "en", description="Language of the pages for who asks for none that there is: en or es."
    )
    site_name: str = Field("Tertulia", max_length=80, description="The name at the top of each page.")
    public_url: str = Field(
        "",
        description="The site's address as browsers see it, as https://forum.example, for feeds, the site map and "
        "previews; without it, what each request names.",
    )
    allowed_origins: str = Field(
        "", description="Further origins, comma separated, whose pages may send as a signed-in member."
    )
    trusted_proxies: str = Field(
        "", description="Addresses or networks, comma separated, whose X-Forwarded-For and -Proto are believed."
    )
    metrics_readers: str = Field(
        "127.0.0.0/8,::1", description="Addresses or networks, comma separated, that may read /metrics."
    )
    writes_per_minute: int = Field(
        1200,
        ge=0,
        le=600_000,
        description="Limit of one address's writing requests, at each worker; 0 is none. Not for bots and staff.",
    )
    new_member_posts: int = Field(
        0, ge=0, le=1000, description="How many first posts of a member stand under the rules for new ones; 0 is none."
    )
    new_member_links: int = Field(2, ge=0, le=100, description="Links to other sites and images in such a post.")
    new_member_words: str = Field("", description="Words, comma separated, that such a post may not hold.")
    posts_per_minute: int = Field(
        300,
        ge=0,
        le=60_000,
        description="Limit of a member's posts, over all workers; 0 is none. Not for bots and staff.",
    )
    registration: Literal["open", "closed"] = Field(
        "open", description="Whether anybody may make an account, or only whoever has the database."
    )
    sign_ins_per_minute: int = Field(
        20, ge=0, le=60_000, description="Limit of attempts to sign in from one address, over all workers; 0 is none."
    )
    registrations_per_hour: int = Field(
        20, ge=0, le=60_000, description="Limit of new accounts from one address, over all workers; 0 is none."
    )
    rank_ladder: str = Field(
        "",
        max_length=2000,
        description="Ranks by messages: 0 NEW MEMBER, 10 MEMBER, 100 FULL MEMBER ...; empty is the usual ladder.",
    )
    ratings_per_minute: int = Field(
        60,
        ge=0,
        le=60_000,
        description="Limit of a member's ratings, over all workers; 0 is none. Not for bots and staff.",
    )
    webhooks_per_member: int = Field(
        10, ge=0, le=1000, description="How many webhooks a member may have; 0 sends none, also none that are there."
    )
    webhook_networks: str = Field(
        "", description="Addresses or networks, comma separated, beside the public ones, that webhooks may reach."
    )
    webhook_ports: str = Field(
        "80,443,8080,8443", description="Ports of public addresses, comma separated, that webhooks may reach."
    )
    webhook_timeout_ms: int = Field(
        10_000, ge=100, le=60_000, description="How long a delivery may take, with connecting and the answer."
    )
    webhook_retry_hours: int = Field(
        72, ge=1, le=720, description="How long a delivery is tried again until its webhook is switched off."
    )
    sign_in_days: int = Field(30, ge=1, le=400, description="Days until a sign-in ends by itself.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    heartbeat_ms: int = Field(25_000, ge=100, description="Silence after which a client asks whether the line lives.")
    ping_timeout_s: float = Field(20.0, gt=0, description="Silence after a WebSocket ping until a peer counts as dead.")
    sink: Literal["auto", "portable"] = Field(
        "auto", description="How bytes leave: auto is the fastest way that there is, portable what any server has."
    )
    max_connections: int = Field(15_000, ge=1, description="Live connections per worker; more are told to come back.")
    max_catch_ups: int = Field(
        10_000, ge=1, description="Subscriptions per worker that may catch up at once; more are told to come back."
    )
    max_outbox_bytes: int = Field(
        256 * 1024, ge=4096, description="Bytes waiting for one slow socket before its subscriptions lag."
    )
    ring_budget_bytes: int = Field(
        64 * 1024 * 1024, ge=0, description="Memory per worker for recent frames and cached blocks of the log."
    )
    round_delay_ms: int = Field(
        0,
        ge=0,
        le=20,
        description="Most that an event waits for the next ones when they come quickly; 0 is not at all.",
    )
    sweep_interval_ms: int = Field(1000, ge=50, description="How often each worker asks the store which heads moved.")
    drain_ms: int = Field(2000, ge=0, description="Over how long clients are told to come back when a worker stops.")
    presence: bool = Field(True, description="Whether pages show how many read and write in a thread.")
    local_token: bool = Field(
        True, description="On loopback only: write a token for load tests to a file that only this user may read."
    )

    @property
    def shows_presence(self) -> bool:
        """Workers that cannot tell each other of their readers say nothing, rather than what is wrong."""
        return self.presence and (self.workers == 1 or not self.broker.startswith("memory:"))

    @field_validator("trusted_proxies", "metrics_readers", "webhook_networks")
    @classmethod
    def _check_networks(cls, value: str) -> str:
        networks_of(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        if value and not _ORIGIN.fullmatch(value):
            raise ValueError("it must be like https://forum.example.org, with nothing behind the name")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: str) -> str:
        for origin in filter(None, (part.strip() for part in value.split(","))):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://app.example.org")
        return value

    @field_validator("webhook_ports")
    @classmethod
    def _check_ports(cls, value: str) -> str:
        ports_of(value)
        return value


def networks_of(text: str) -> Networks:
    """``127.0.0.1, 10.0.0.0/8`` as networks; ``ValueError`` names what is none."""
    return tuple(_network_of(part.strip()) for part in text.split(",") if part.strip())


def _network_of(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        if "host bits" in str(error):
            raise ValueError(
                f"{text!r} is an address in a network; the network is {ip_network(text, strict=False)}"
            ) from None
        raise ValueError(f"{text!r} is no address or network, such as 192.0.2.7 or 10.0.0.0/8") from None


def ports_of(text: str) -> frozenset[int]:
    """``80, 443`` as numbers; ``ValueError`` names what is no port."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        if not (part.isdecimal() and 0 < int(part) < 65536):
            raise ValueError(f"{part!r} is no port; there are 1 to 65535")
    return frozenset(map(int, parts))


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return f"{ENVIRONMENT_PREFIX}{name.upper()}"


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, with those that are given (not None) in their place.

    `StartError` names the first that cannot be.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise StartError(f"The setting {variable_of(name)} cannot be {first['input']!r}: {_reason(first)}.") from error


def _reason(error: ErrorDetails) -> str:
    """What is wrong with a value, for a person."""
    sentence = _REASONS.get(error["type"])
    return error["msg"] if sentence is None else sentence.format(**error.get("ctx", {}))
