"""The floor that the acknowledging of webhooks is measured against: the plain thing, done soundly.

An aiohttp server whose one handler reads the body and, before it answers `success`, stores it with
one `INSERT … ON CONFLICT DO NOTHING` in a transaction of its own, committed durably: through the
same `Database.run`, so with the same drivers, pools, writer thread and durability settings (SQLite
in WAL with synchronous=FULL, PostgreSQL with synchronous_commit=on). It verifies and decrypts
nothing, queues nothing, resolves nobody.

    python tests/bench/floor.py DATABASE_URL   prints its address once it listens
"""

from __future__ import annotations

import asyncio
import sys

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy import orm

from crm_core import clock, database

TABLE = sa.Table(
    "floor",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("key", sa.String(400), nullable=False, unique=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("received_at", database.UtcDateTime, nullable=False),
)


def create(session: orm.Session) -> None:
    """The floor's own table."""
    TABLE.create(session.connection(), checkfirst=True)


def insert(session: orm.Session, key: str, raw: bytes) -> None:
    """One row, unless its key is known."""
    row = {"key": key, "raw": raw, "received_at": clock.now()}
    session.execute(database.insert(session, TABLE).values(row).on_conflict_do_nothing())


async def serve(url: str) -> None:
    """Serve until the process is ended."""
    store = database.open_database(url)
    await store.run(create)

    async def receive(request: web.Request) -> web.Response:
        await store.run(insert, request.query["msg_signature"], await request.read())
        return web.Response(text="success")

    app = web.Application()
    app.router.add_post("/hooks/{kind}/{name}", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
