"""Whether this machine lets one process hold so many connections; asked before a run, not found out during it."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Final

from tertulia_client.errors import ClientError

SPARE_DESCRIPTORS: Final = 320
"""For the connections that post, and for what any process has open."""

_PORT_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def reserve_descriptors(readers: int) -> None:
    """Raise our own limit as far as the system allows; `ClientError` says what is needed if that is not enough."""
    needed = readers + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ClientError(
            f"{readers} readers need {needed} open files, and this process may have {hard}. Raise it first: as root"
            f" `ulimit -Hn {needed}`, or LimitNOFILE={needed} in a systemd unit."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def check_ports(readers: int, port_range: Path = _PORT_RANGE) -> None:
    """One address can hold as many connections to one server as it has free ports; `ClientError` if too few."""
    try:
        lowest, highest = map(int, port_range.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return  # another system: it will say so itself
    if highest - lowest + 1 < readers:
        raise ClientError(
            f"{readers} readers need as many local ports, and {highest - lowest + 1} are open to programs. Widen them:"
            f" `sysctl -w net.ipv4.ip_local_port_range='{max(1024, highest - readers - 1000)} {highest}'`."
        )
