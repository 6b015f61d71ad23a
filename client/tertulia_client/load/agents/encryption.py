"""TLS on the lines to agents: an agent has a certificate, and the one that leads knows whom to believe."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from tertulia_client.errors import ClientError

IN_THE_OPEN: Final = (
    "nothing is encrypted between an agent and the one that leads, and the token of the run can be read on the way: use"
    " a network of your own, give the agent --certificate and --key (and the run --ca), or let it listen on loopback"
    " and come by `ssh -L`"
)


def listening_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """For an agent; None without a certificate. `ClientError` says what cannot be read."""
    if certificate is None and key is None:
        return None
    if certificate is None:
        raise ClientError("--key goes with --certificate.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ClientError) as error:
        names = certificate if key is None else f"{certificate} and {key}"
        raise ClientError(f"{names} cannot be used as certificate and key: {_reason(error)}.") from None
    return context


def calling_context(authority: Path | None) -> ssl.SSLContext | None:
    """For the one that leads: it believes who is vouched for in this file, and nobody else; None without one."""
    if authority is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(authority)
    except OSError as error:
        raise ClientError(f"{authority} cannot be used for --ca: {_reason(error)}.") from None
    return context


def refusal_of(error: Exception) -> str:
    """Why a call came to nothing, for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed ({error.verify_message}): --ca must vouch for it, at this address"
    if isinstance(error, ssl.SSLError):
        return f"it does not speak TLS with us ({error.reason}): it must be started with --certificate"
    return str(error) or "no answer"


def _no_password() -> str:
    """OpenSSL would ask at the terminal, and an agent has nobody there."""
    raise ClientError("the key is locked by a password")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"they hold nothing of the kind, or do not belong together ({error.reason or error})"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
