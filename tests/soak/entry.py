"""`tertulia`, with what a test may do to it: started as ``python -m tests.soak.entry serve ...``.

The product holds no faults. What is done to it is done here, from outside, before its program begins: by files in
the folder that SOAK_CONTROL names, looked for while it runs, and by the names in SOAK_SABOTAGE, for good.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.soak.sabotage import SABOTAGES

CONTROL_VARIABLE: Final = "SOAK_CONTROL"
SABOTAGE_VARIABLE: Final = "SOAK_SABOTAGE"
DIE_FILE: Final = "die-before-publish"
CLOCK_FILE: Final = "clock-offset-ms"
CLOCK_LOOK_S: Final = 0.1
"""How often the file with the clock's offset is read again."""


def die_before_publish(control: Path) -> None:
    """Where the file is when something was committed and is about to be published, the process kills itself."""
    from tertulia_server.broker.memory import MemoryBroker
    from tertulia_server.broker.redis import RedisBroker

    marker = control / DIE_FILE

    def deadly(publish: Callable[[Any, Sequence[Any]], None]) -> Callable[[Any, Sequence[Any]], None]:
        def publish_or_die(self: Any, publications: Sequence[Any]) -> None:
            if publications and marker.exists():
                marker.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            publish(self, publications)

        return publish_or_die

    for broker in (MemoryBroker, RedisBroker):
        setattr(broker, "publish", deadly(broker.publish))  # noqa: B010 - said plainly: this replaces a method


def jump_clock(control: Path) -> None:
    """The wall clock is off by what the file says; the monotonic clock runs on, as on a real machine."""
    true_time, true_time_ns, true_monotonic = time.time, time.time_ns, time.monotonic
    offset = {"ms": 0, "read_at": 0.0}

    def offset_ms() -> int:
        now = true_monotonic()
        if now - offset["read_at"] > CLOCK_LOOK_S:
            offset["read_at"] = now
            try:
                offset["ms"] = int((control / CLOCK_FILE).read_text())
            except (OSError, ValueError):
                offset["ms"] = 0
        return int(offset["ms"])

    time.time = lambda: true_time() + offset_ms() / 1000
    time.time_ns = lambda: true_time_ns() + offset_ms() * 1_000_000


def main() -> None:
    """Do it to this process, then be `tertulia`."""
    control = Path(os.environ[CONTROL_VARIABLE])
    jump_clock(control)
    die_before_publish(control)
    for name in filter(None, os.environ.get(SABOTAGE_VARIABLE, "").split(",")):
        SABOTAGES[name]()
    from tertulia_client.cli.main import main as tertulia

    tertulia()


if __name__ == "__main__":
    main()
