"""Limits of the protocol: what either side may send. The unit stands in each name."""

from __future__ import annotations

from typing import Final

MAX_SEQ: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8259 section 6)."""

MAX_REF: Final = 2**31 - 1
MAX_CHANNEL_CHARS: Final = 64
MAX_EPOCH_CHARS: Final = 32
MAX_NAME_CHARS: Final = 64
MAX_REASON_CHARS: Final = 512
MAX_DEPTH_LEVELS: Final = 8
"""The array of the message is the first level; the author card of a post in an event is the fourth."""

MAX_ARRAY_ITEMS: Final = 512
"""Enough for the longest list of channels; a msgpack header makes the reader reserve what it claims."""

MAX_MAP_ITEMS: Final = 256

MAX_CLIENT_MESSAGE_BYTES: Final = 64 * 1024
MAX_SERVER_MESSAGE_BYTES: Final = 1024 * 1024
MAX_SUBSCRIPTIONS_PER_MESSAGE: Final = 500
MAX_SUBSCRIPTIONS_PER_CONNECTION: Final = 1000
MAX_CURSOR_VECTOR_CHARS: Final = 4096
MAX_VECTOR_CHANNELS: Final = 50
"""Channels over SSE and long poll: with the longest names, epochs and seqs their cursors still fit into one text."""

MAX_POLL_WAIT_MS: Final = 25_000
"""Proxies give up on a silent request after 30 or 60 s, phones let go of one even earlier."""


LOG_BLOCK_EVENTS: Final = 64
"""Reads of the log are aligned blocks of this many seqs, so that many readers share one read."""

MAX_POST_CHARS: Final = 20_000
MAX_TITLE_CHARS: Final = 200
MIN_KEY_CHARS: Final = 8
MAX_KEY_CHARS: Final = 64
POSTS_PER_PAGE: Final = 20
