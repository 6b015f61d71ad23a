from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from tertulia_server.cli import children as module
from tertulia_server.cli.children import Child, Phase

LIMIT_S = 10.0


def child_of(program: str) -> Child:
    beats, beat_fd = os.pipe()
    words = [sys.executable, "-c", f"import os, sys, time\nfd = int(sys.argv[1])\n{program}", str(beat_fd)]
    process = subprocess.Popen(words, pass_fds=[beat_fd])
    os.close(beat_fd)
    return Child(1, process, beats)


def heard(child: Child) -> bool:
    assert select.select([child.beats], [], [], LIMIT_S)[0]
    return child.hear()


def test_first_sign_of_life_says_that_it_serves_and_the_end_of_its_pipe_that_it_ended() -> None:
    child = child_of("os.write(fd, b'.'); time.sleep(60)")
    phases = [child.phase]
    assert heard(child)
    phases.append(child.phase)
    child.tell(signal.SIGTERM)
    phases.append(child.phase)
    assert phases == [Phase.STARTING, Phase.SERVING, Phase.RETIRING]
    assert not heard(child)
    assert child.bury() == -signal.SIGTERM
    child.tell(signal.SIGTERM)  # it is gone: nothing happens


def test_silence_counts_from_the_last_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    child = child_of("os.write(fd, b'.'); time.sleep(60)")
    monkeypatch.setattr(module, "START_LIMIT_S", -1.0)
    assert child.is_silent
    assert heard(child)
    assert not child.is_silent
    monkeypatch.setattr(module, "SILENCE_LIMIT_S", -1.0)
    assert child.is_silent
    child.tell(signal.SIGKILL)
    assert not heard(child)
    child.bury()
