"""The secret that an agent and its coordinator share: where it is found, and who must have one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tertulia_client.address import ServerAddress, parse_address
from tertulia_client.errors import ClientError

VARIABLE: Final = "TERTULIA_LOAD_SECRET"
MIN_SECRET_CHARS: Final = 16
"""Whoever listens to a greeting can try guesses against it: a word would not last."""

MAX_SECRET_CHARS: Final = 1024
_OTHERS_MAY: Final = 0o077
_PLACE: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5})")


def find_secret(file: Path | None, environment: Mapping[str, str] = os.environ) -> bytes:
    """Of a file that nobody else may read, else of the environment; empty if there is none.

    `ClientError` when it is too short, or lies open.
    """
    text = _read(file) if file is not None else environment.get(VARIABLE, "")
    secret = text.strip().encode()
    if (secret or file is not None) and not MIN_SECRET_CHARS <= len(secret) <= MAX_SECRET_CHARS:
        raise ClientError(
            f"The secret of the agents has {MIN_SECRET_CHARS} to {MAX_SECRET_CHARS:,} characters:"
            " `openssl rand -hex 32` makes one."
        )
    return secret


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & _OTHERS_MAY:
                raise ClientError(f"{file} can be read by others, and is a secret: chmod 600 {file}")
            return opened.read(MAX_SECRET_CHARS + 2).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError(f"The secret cannot be read from {file}: {error}.") from None


def check_listening(host: str, secret: bytes) -> None:
    """`ClientError` if anybody else's machine could give an agent work without the secret."""
    if not secret and not is_loopback(host):
        raise ClientError(
            f"An agent does what it is told: on {host} it listens with a secret only."
            f" Give it {VARIABLE} or --secret-file."
        )


def parse_places(words: str, secret: bytes) -> tuple[ServerAddress, ...]:
    """``HOST:PORT,HOST:PORT``; `ClientError` for anything else, and for agents elsewhere when there is no secret."""
    places = []
    for word in (word.strip() for word in words.split(",") if word.strip()):
        if not _PLACE.fullmatch(word):
            raise ClientError(f"--agents takes HOST:PORT,HOST:PORT: {word!r} is no place of an agent.")
        place = parse_address(word)
        if not secret and not place.is_loopback:
            raise ClientError(f"The agent {word} is not on this machine, and needs {VARIABLE} or --secret-file.")
        places.append(place)
    if len(set(places)) < len(places):
        raise ClientError("--agents names an agent twice: it has one run at a time.")
    return tuple(places)


def name_of(place: ServerAddress) -> str:
    """``HOST:PORT``."""
    return place.origin.removeprefix("http://")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    return parse_address(f"[{host}]" if ":" in host else host).is_loopback
