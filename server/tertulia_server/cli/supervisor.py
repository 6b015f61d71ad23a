"""The supervisor of several workers: starts them, replaces one that died or hangs, and all of them one by one.

    SIGTERM, SIGINT   all workers drain and end, and the supervisor with them; SIGINT again: at once
    SIGHUP            each worker is replaced: a new one serves before the old one is told to end

It serves nobody itself, so that nothing that a client does can end it. When it is killed its workers notice, and end.
"""

from __future__ import annotations

import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Final

import structlog

from tertulia_server.cli.children import Child, Phase, Spawn

TICK_S: Final = 0.5
FIRST_RETRY_S: Final = 0.5
LAST_RETRY_S: Final = 30.0

HEALTHY_S: Final = 10.0
"""A worker that lived so long did not die of its start: it is replaced at once."""

PAUSE_S: Final = 5.0
"""If we ourselves were held up for so long, the silence of the others proves nothing."""

log = structlog.get_logger()


class Supervisor:
    """``stop_limit_s``: what a worker may take to end before it is killed; ``forget`` clears up after each."""

    def __init__(self, count: int, spawn: Spawn, *, stop_limit_s: float, forget: Callable[[int], None]) -> None:
        self._count = count
        self._spawn = spawn
        self._stop_limit_s = stop_limit_s
        self._forget = forget
        self._children: dict[int, Child] = {}
        self._old: list[Child] = []
        self._newcomer: Child | None = None
        self._deadlines: dict[Child, float] = {}
        self._failures = 0
        self._spawn_after_s = 0.0
        self._is_stopping = False
        self._has_served = False
        self._has_failed = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> bool:
        """Until all workers have ended; False if that was because they could not start."""
        with _signals() as (inbox, received):
            self._selector.register(inbox, selectors.EVENT_READ)
            while not (self._is_stopping and not self._children):
                self._keep()
                self._listen(inbox)
                for number in _take(received):
                    self._obey(number)
        self._selector.close()
        return not self._has_failed

    def _listen(self, inbox: socket.socket) -> None:
        """Wait a moment for signs of life, ends of workers, and signals."""
        began_s = time.monotonic()
        for key, _ in self._selector.select(TICK_S):
            if key.data is None:
                inbox.recv(4096)
            elif key.data.hear():
                self._has_served = True
            else:
                self._ended(key.data)
        if time.monotonic() - began_s > PAUSE_S:
            for child in self._children.values():
                child.heard_s = time.monotonic()

    def _obey(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._replace_all()
        elif not self._is_stopping:
            self._is_stopping = True
            self._old.clear()
            for child in self._children.values():
                self._tell_to_end(child, signal.SIGTERM)
        elif number == signal.SIGINT:
            for child in self._children.values():
                child.tell(signal.SIGKILL)

    def _keep(self) -> None:
        """Whatever is due: workers that are missing, hang, do not end, or are to be replaced."""
        now_s = time.monotonic()
        for child in self._children.values():
            if child.is_silent and child not in self._deadlines:
                log.error("worker_hangs", pid=child.pid, worker=child.number)
                self._deadlines[child] = now_s
            if now_s >= self._deadlines.get(child, now_s + 1):
                child.tell(signal.SIGKILL)
        if self._is_stopping:
            return
        missing = self._count - sum(child.phase is not Phase.RETIRING for child in self._children.values())
        if missing > 0 and now_s >= self._spawn_after_s:
            for _ in range(missing):
                self._start()
        if now_s >= self._spawn_after_s:
            self._replace_next()

    def _start(self) -> Child | None:
        """A worker with the lowest number that is free; None, and later again, if the system has none to give."""
        number = next(number for number in range(1, len(self._children) + 2) if number not in self._children)
        try:
            child = self._children[number] = self._spawn(number)
        except OSError as error:
            log.error("worker_not_started", worker=number, error=str(error))  # noqa: TRY400 - the error says it all
            self._spawn_after_s = time.monotonic() + LAST_RETRY_S
            return None
        self._selector.register(child.beats, selectors.EVENT_READ, child)
        return child

    def _ended(self, child: Child) -> None:
        self._selector.unregister(child.beats)
        del self._children[child.number]
        self._deadlines.pop(child, None)
        status = child.bury()
        self._forget(child.number)
        if child in self._old:
            self._old.remove(child)
        newcomer = self._newcomer
        if child is newcomer:
            self._newcomer = None
            self._old.clear()
        if child is newcomer and not self._is_stopping:
            log.error("worker_not_replaced", reason="the new one did not start; the others stay", status=status)
        if child.phase is not Phase.RETIRING and not self._is_stopping:
            self._lost(child, status)

    def _lost(self, child: Child, status: int) -> None:
        """One that nobody told to end: replaced at once, or ever later while they die young."""
        log.error("worker_died", pid=child.pid, worker=child.number, status=status, age_s=round(child.age_s, 1))
        if not self._has_served:
            self._has_failed = True
            self._obey(signal.SIGTERM)  # it would fail the same way again, for the reason that it has said
            return
        self._failures = 0 if child.age_s >= HEALTHY_S else self._failures + 1
        if self._failures:
            delay_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(self._failures - 1, 10))
            self._spawn_after_s = time.monotonic() + delay_s

    def _replace_all(self) -> None:
        """Those who serve now, one after the other; a second call begins anew behind the one under way."""
        if not self._is_stopping:
            self._old = [
                child
                for child in self._children.values()
                if child.phase is not Phase.RETIRING and child is not self._newcomer
            ]
            log.info("replacing_workers", workers=len(self._old))

    def _replace_next(self) -> None:
        """Start a new one, wait until it serves, tell the old one to end, wait until it has, and so on."""
        if any(child.phase is Phase.RETIRING for child in self._children.values()):
            return
        if self._newcomer is not None:
            if self._newcomer.phase is Phase.SERVING:
                self._newcomer = None
                if self._old:
                    self._tell_to_end(self._old.pop(0), signal.SIGUSR1)
        elif self._old:
            self._newcomer = self._start()

    def _tell_to_end(self, child: Child, number: signal.Signals) -> None:
        child.tell(number)
        self._deadlines[child] = time.monotonic() + self._stop_limit_s


class _signals:  # noqa: N801 - a context manager, used as a word
    """Signals as something that can be waited for: a byte in a socket, and their numbers in a list."""

    NUMBERS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __enter__(self) -> tuple[socket.socket, list[int]]:
        self._reading, self._writing = socket.socketpair()
        received: list[int] = []

        def note(number: int, _frame: FrameType | None) -> None:
            received.append(number)

        self._writing.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, note) for number in self.NUMBERS}
        return self._reading, received

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._reading.close()
        self._writing.close()


def _take(received: list[int]) -> Iterable[int]:
    while received:
        yield received.pop(0)
