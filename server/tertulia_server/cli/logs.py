"""How a server's log lines look: when, how grave, what, and its fields."""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog

from tertulia_server.errors import StartError

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(level: str, *, worker_number: int | None = None) -> None:
    """Send our lines, and those of libraries that log by the standard way, to stderr in one plain form.

    Each line of one of several workers has its number: the same line of another one is another thing.
    """
    if level not in LEVELS:
        raise StartError(f"There is no log level {level!r}; there are {', '.join(LEVELS)}.")
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S"),
    ]
    if worker_number is not None:
        shared.append(lambda _logger, _method, event: {"worker": worker_number, **event})
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    plain = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, plain]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(LEVELS[level])
    for library in ("uvicorn", "alembic", "asyncio"):  # their chatter below a warning says nothing that ours does not
        logging.getLogger(library).setLevel(max(LEVELS[level], logging.WARNING))
