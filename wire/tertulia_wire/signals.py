"""Names of signals: passing notices, without a seq. The set is open: who does not know a name ignores it."""

from __future__ import annotations

from typing import Final

from tertulia_wire.data import MarkedData, PresenceData

READING: Final = "reading"
"""From a client: count me among the readers of this thread, and tell me how many there are."""
AWAY: Final = "away"
"""From a client: count me no more."""
TYPING: Final = "typing"
"""From a client: I am writing in this thread. Holds for `TYPING_MS`, so it is said again meanwhile."""
STOPPED: Final = "stopped"
"""From a client: I am not writing any more."""
PRESENCE: Final = "presence"
"""From a server: how many read and write."""
MARKED: Final = "marked"
"""From a server, in `member:`: how far this member has read a thread, wherever they did."""

CLIENT_SIGNALS: Final = frozenset({READING, AWAY, TYPING, STOPPED})
SIGNAL_DATA: Final[dict[str, type]] = {PRESENCE: PresenceData, MARKED: MarkedData}
"""Each signal of a server to the shape of its data."""

TYPING_MS: Final = 6_000
"""How long somebody counts as writing after they said so."""
