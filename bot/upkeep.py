"""Making sure that the database is fit to run on, before anything else happens."""

from __future__ import annotations

from bot import settings
from bot import tables as _all_tables  # noqa: F401 - importing it makes the metadata complete
from crm_core import schema


def prepare(config: settings.Settings) -> None:
    """Make the schema fit to start on: the embedded default migrates by itself, others are checked.

    Raises schema.SchemaMismatch in words. Runs an event loop of its own, so call it before yours.
    """
    if config.embedded:
        schema.upgrade(config.database)
    else:
        schema.check(config.database)
