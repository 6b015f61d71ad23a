"""Ways to break the server on purpose, so that the checker can be checked: each must be found, and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

EVERY: Final = 10
"""One in so many events is dropped, or cut off."""


def switch_sweep_off() -> None:
    """What the broker lost is never looked for."""
    from tertulia_server.sweep import Sweep

    async def sweep_nothing(self: Sweep) -> None:
        del self

    Sweep._sweep = sweep_nothing  # type: ignore[method-assign]


def drop_event_in_hub() -> None:
    """A round passes over an event, and the subscriptions are taken to have it."""
    from tertulia_server.hub.history import History

    true_frame = History.frame

    def frame(self: History, entries: Sequence[Any], *, is_text: bool) -> Any:
        return true_frame(self, [entry for entry in entries if entry.seq % EVERY], is_text=is_text)

    History.frame = frame  # type: ignore[method-assign]


def cut_ring_short() -> None:
    """What the ring gives to those who catch up ends too early, and is taken to be whole."""
    from tertulia_server.hub.budget import Block

    true_frame = Block.frame

    def frame(self: Block, entries: list[Any], *, is_text: bool) -> Any:
        return true_frame(self, entries[:-1] or entries, is_text=is_text)

    Block.frame = frame  # type: ignore[method-assign]


def send_twice() -> None:
    """A round gives an event a second time."""
    from tertulia_server.hub.history import History

    true_frame = History.frame

    def frame(self: History, entries: Sequence[Any], *, is_text: bool) -> Any:
        twice = [one for entry in entries for one in ([entry] if entry.seq % EVERY else [entry, entry])]
        return true_frame(self, twice, is_text=is_text)

    History.frame = frame  # type: ignore[method-assign]


def remember_removed_texts() -> None:
    """The ring keeps what a later change made untrue."""
    from tertulia_server.hub.history import History

    def forget_nothing(self: History, post_id: int, before_seq: int) -> None:
        del self, post_id, before_seq

    History._forget_post = forget_nothing  # type: ignore[method-assign]


def acknowledge_before_commit() -> None:
    """The file is not synced and the batch is rolled back now and then, after its callers were answered."""
    from tertulia_server.store import writer

    true_run_batch = writer._run_batch
    turns = iter(range(1, 1_000_000))

    def run_batch(connection: Any, batch: list[Any]) -> None:
        if next(turns) % EVERY:
            true_run_batch(connection, batch)
            return
        commit, connection.commit = connection.commit, connection.rollback
        try:
            true_run_batch(connection, batch)
        finally:
            connection.commit = commit

    writer._run_batch = run_batch


SABOTAGES: Final[dict[str, Callable[[], None]]] = {
    function.__name__: function
    for function in (
        switch_sweep_off,
        drop_event_in_hub,
        cut_ring_short,
        send_twice,
        remember_removed_texts,
        acknowledge_before_commit,
    )
}
