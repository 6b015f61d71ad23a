"""Where a server is: one URL, from which the addresses of the API and of the live socket follow."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from tertulia_client.errors import AddressError

LIVE_PATH: Final = "/live"
DEFAULT_URL: Final = "http://127.0.0.1:8000"

_LIVE_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}


class ServerAddress(NamedTuple):
    """``origin`` without a slash at its end (``https://forum.example:8443``), and the parts of it."""

    origin: str
    live_url: str
    host: str
    port: int
    is_secure: bool

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, by the look of its name."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(url: str) -> ServerAddress:
    """``http(s)://HOST[:PORT]`` (or ws, wss; a path is kept as prefix); `AddressError` for anything else."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError as error:
        raise AddressError(f"{url!r} is no address of a server: {error}.") from None
    live_scheme = _LIVE_SCHEMES.get(parts.scheme)
    if live_scheme is None or not parts.hostname or parts.query or parts.fragment:
        raise AddressError(f"{url!r} is no address of a server: give something like {DEFAULT_URL}.")
    if parts.username is not None:
        raise AddressError("Give a token, not a name and a password in the URL.")
    is_secure = live_scheme == "wss"
    prefix = parts.path.rstrip("/").removesuffix(LIVE_PATH)
    origin = f"{'https' if is_secure else 'http'}://{parts.netloc}{prefix}"
    live_url = f"{live_scheme}://{parts.netloc}{prefix}{LIVE_PATH}"
    return ServerAddress(origin, live_url, parts.hostname, port or _DEFAULT_PORTS[live_scheme], is_secure)
