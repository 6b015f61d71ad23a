"""Bringing a database's tables to the shape that this release knows."""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from tertulia_server.errors import StartError
from tertulia_server.store.facts import EPOCH, OLDEST_PROGRAM, get_fact
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.schema import facts
from tertulia_wire.version import __version__

_SCRIPTS: Final = "tertulia_server.store:migrations"
_VERSION_TABLE: Final = "alembic_version"


def check_schema(conn: Connection) -> bool:
    """Whether the tables need a migration. `StartError` if they belong to another program or to a later release."""
    tables = set(inspect(conn).get_table_names())
    if not tables:
        return True
    if not {_VERSION_TABLE, facts.name} <= tables:
        raise StartError("This database belongs to another program. Name one of Tertulia's, or a new one.")
    oldest = get_fact(conn, OLDEST_PROGRAM)
    if oldest is None or _parts(oldest) > _parts(__version__):
        wanted = oldest or "a later release"
        raise StartError(f"This database needs Tertulia {wanted}; this is {__version__}. Install the later release.")
    # A revision that is unknown here was made by a later release which says that this one may still run on it.
    scripts = ScriptDirectory.from_config(_config(conn))
    return MigrationContext.configure(conn).get_current_revision() in {
        script.revision for script in scripts.walk_revisions() if not script.is_head
    }


def migrate(conn: Connection) -> None:
    """Apply what is missing, within the transaction of the connection; a new database gets its epoch."""
    command.upgrade(_config(conn), "head")
    if get_fact(conn, EPOCH) is None:
        renew_epoch(conn)


def check_is_current(conn: Connection) -> None:
    """`StartError` unless the tables are exactly those of this release: what is copied must not lose a column."""
    if check_schema(conn):
        raise StartError("There is no forum in this database, or an older release made it: `tertulia db migrate` it.")
    scripts = ScriptDirectory.from_config(_config(conn))
    if MigrationContext.configure(conn).get_current_revision() != scripts.get_current_head():
        raise StartError("A later release made these tables. Use that release to copy them.")


def _config(conn: Connection) -> Config:
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", _SCRIPTS)
    return config


def _parts(version: str) -> tuple[int, ...]:
    """``0.10.2`` as numbers, so that it compares above ``0.9``."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
