"""Whether this machine can hold so many connections; asked before anything is started, not found out later."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Final

from tertulia_client.errors import ClientError

SPARE_DESCRIPTORS: Final = 320
"""For the connections that post, and for what any process has open."""

_PORT_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def check_descriptors(readers: int, *, processes: int = 1, own_workers: int = 0) -> None:
    """Of each process that holds readers, and of each worker of a server of the run's own.

    `ClientError` says how many are needed, and how there can be more.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return
    room = max(1, hard - SPARE_DESCRIPTORS)
    for who, count, option in (("a process", processes, "--processes"), ("a worker", own_workers, "--workers")):
        held = -(-readers // count) if count else 0
        if held > room:
            needed = held + SPARE_DESCRIPTORS
            raise ClientError(
                f"{who.capitalize()} with {held} readers needs {needed} open files, and may have {hard}. Raise the"
                f" limit, as root: `ulimit -Hn {needed}`, or LimitNOFILE={needed} in a systemd unit. Or take several:"
                f" {option} {-(-readers // room)}."
            )


def reserve_descriptors(readers: int) -> None:
    """Raise our own limit as far as that takes; `check_descriptors` has said that it can be."""
    needed = readers + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def check_ports(readers: int, *, sources: int = 1, port_range: Path = _PORT_RANGE) -> None:
    """One address can hold as many connections to one server as it has free ports; `ClientError` if too few."""
    try:
        lowest, highest = map(int, port_range.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return  # another system: it will say so itself
    room, needed = highest - lowest + 1, -(-readers // max(1, sources))
    if needed > room:
        addresses = ",".join(f"127.0.0.{number + 2}" for number in range(-(-readers // room)))
        raise ClientError(
            f"{needed} readers from one address need as many local ports, and {room} are open to programs. Let them"
            f" come from several addresses (on loopback: --sources {addresses}), or widen the range, as root:"
            f" `sysctl -w net.ipv4.ip_local_port_range='{max(1024, highest - needed - 1000)} {highest}'`."
        )
