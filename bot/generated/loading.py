"""Putting a generated company into an empty database, all of it or nothing, in minutes.

Indexes are taken off and made again at the end, which is a fifth of the work of keeping them in
step. All of it is one transaction; a load that is interrupted leaves the database empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.engine import make_url

from bot import tables as _all_tables  # noqa: F401 - importing it makes the metadata complete
from bot.generated import company, postgres_loading, sizes, sqlite_loading
from crm_core import database, errors, pipelines, sealing, tasks

Progress = Callable[[int], None]
"""Is told how many more steps are done, of `steps` in all."""
COUNTED = ("customers", "messages", "deals")
HELD = ("reps", "customers", "contacts", "addresses", "messages", "deals", "events", "change_sets")
"""Tables that are empty in a database in which nobody has worked yet."""
SEALED_AT_ONCE = 2_000
FINISHING = 20
"""Steps, in hundredths of the whole, that stand for what comes after the last row."""


def steps(size: sizes.Size) -> int:
    """How many steps a load has."""
    rows = size.customers + size.messages + size.deals
    return rows + rows * FINISHING // 100


async def load(
    database_url: str,
    size: sizes.Size,
    *,
    seed: int,
    now: datetime,
    account: str = "demo",
    done: Progress = lambda _: None,
) -> None:
    """Put the company of this size and seed into the migrated, empty database.

    `now` (aware) is the last moment of its story, `account` the WeChat account its people follow.
    The vault must be unlocked. Raises errors.Unfit, in words, when there is somebody in it already
    or when, on SQLite, another process has it open.
    """
    store = database.open_database(database_url)
    try:
        await store.read(_must_be_empty)
        await store.run(pipelines.ensure_default)
    finally:
        await store.close()
    made = company.Company(size=size, seed=seed, now=now, account=account)
    if make_url(database_url).get_backend_name() == "sqlite":
        await asyncio.to_thread(sqlite_loading.store, database_url, _told(made, done))
    else:
        await postgres_loading.store(database_url, _told(made, done))
    await _finish(database_url, now)
    done(steps(size) * FINISHING // (100 + FINISHING))


def _must_be_empty(session: orm.Session) -> None:
    for name in HELD:
        table = database.Base.metadata.tables[name]
        if session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise errors.Unfit(
                f"this database is in use (it has {name}): made-up data goes into an empty one; "
                "name another with CRM_DATABASE_URL or CRM_DATA_DIR"
            )


def _told(made: company.Company, done: Progress) -> Iterator[company.Rows]:
    for table, rows in made.rows():
        if rows:
            yield table, rows
        if table in COUNTED:
            done(len(rows))


async def _finish(database_url: str, now: datetime) -> None:
    """What the usual verbs do better than rows: reminders of what is still due, and the seals."""
    store = database.open_database(database_url)
    try:
        await store.run(_remind, now)
        while await store.run(sealing.seal, limit=SEALED_AT_ONCE, everything=True):
            pass
    finally:
        await store.close()


def _remind(session: orm.Session, now: datetime) -> None:
    due = sa.select(tasks.Task).where(tasks.Task.status == "open", tasks.Task.due_at > now)
    for task in session.scalars(due.order_by(tasks.Task.id)):
        tasks.schedule(session, task, now)
