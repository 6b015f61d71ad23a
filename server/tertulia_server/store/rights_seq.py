"""How many changes of rights there were: what is written carries it, so that nobody gets it before they hold."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from tertulia_server.store.schema import heads

RIGHTS_CHANNEL: Final = "rights"
"""No name of a channel in the sense of the protocol: `parse_channel` refuses it."""

_head = heads.alias("rights_head")

RIGHTS_SEQ: Final = select(_head.c.seq).where(_head.c.channel == RIGHTS_CHANNEL).scalar_subquery()
"""The head of the channel, for use in a statement; NULL before the first change."""
