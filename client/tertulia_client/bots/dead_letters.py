"""Events that no try could handle: one JSON line each, in a file beside the bot's state."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tertulia_client.errors import ClientError
from tertulia_client.events import Event, read_event
from tertulia_client.notices import EventReceived
from tertulia_wire.cursors import Cursor

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_TRACEBACK_CHARS: Final = 4000
SUFFIX: Final = ".deadletters"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event and what went wrong with it. ``at`` is an ISO time; ``handler`` the one that failed."""

    at: str
    handler: str
    attempts: int
    error: str
    traceback: str
    channel: str
    epoch: str
    seq: int
    name: str
    data: Mapping[str, Any]

    def as_event(self) -> Event:
        """The event as it came."""
        return read_event(EventReceived(self.channel, self.seq, self.name, self.data, Cursor(self.epoch, self.seq)))


def letter_of(event: Event, handler: str, error: BaseException, attempts: int) -> DeadLetter:
    """What is kept of an event that this handler could not work off, at the present time."""
    return DeadLetter(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        handler=handler,
        attempts=attempts,
        error=f"{type(error).__name__}: {error}",
        traceback="".join(traceback.format_exception(error))[-MAX_TRACEBACK_CHARS:],
        channel=event.channel,
        epoch=event.cursor.epoch,
        seq=event.seq,
        name=event.name,
        data=event.data,
    )


def append_letter(path: Path, letter: DeadLetter) -> None:
    """Write it down, onto the disk. `ClientError` when it cannot be: an event is never dropped in silence."""
    try:
        with path.open("a", encoding="utf-8") as file:
            if file.tell() > MAX_FILE_BYTES:
                raise ClientError(
                    f"The dead letters {path} have grown beyond {MAX_FILE_BYTES} bytes: look at them"
                    f" (tertulia bot deadletters {path}), mend the handler, and move the file away."
                )
            file.write(json.dumps(asdict(letter), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ClientError(f"The dead letters {path} cannot be written: {error}.") from error


def read_letters(path: Path) -> Iterator[DeadLetter]:
    """All of them, oldest first; `ClientError` names the line that is none."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield _letter(line, path, number)
    except FileNotFoundError:
        raise ClientError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError(f"{path} cannot be read: {error}.") from None


def write_letters(path: Path, letters: list[DeadLetter]) -> None:
    """Replace the file, at once or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        for letter in letters:
            file.write(json.dumps(asdict(letter), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _letter(line: str, path: Path, number: int) -> DeadLetter:
    try:
        return DeadLetter(**json.loads(line))
    except (ValueError, TypeError):
        raise ClientError(f"Line {number} of {path} is no dead letter.") from None
