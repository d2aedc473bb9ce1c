"""Is it alive, is it ready, and how is it doing: `/healthz`, `/readyz`, `/metrics`.

Not ready means: sending requests here is no use. A lost Redis, a missing worker or a retry that
waits for its time are no reasons (DESIGN §5.5): the other processes would be none the better.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy import orm

from admin_web import metrics, services
from conversations import inbox
from crm_core import database, schema

LONGEST_WAIT = timedelta(seconds=60)
PATIENCE = 3.0
"""Seconds the database may take to answer."""

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(_request: web.Request) -> web.Response:
    """The process answers: nothing more is asked here, or a slow database would get us killed."""
    return web.json_response({"status": "ok"})


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """200, or 503 with the reasons in words."""
    here = services.of(request)
    reasons = await _reasons(here.database, here.now())
    return web.json_response(
        {"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200
    )


@routes.get("/metrics")
async def figures(request: web.Request) -> web.Response:
    """Prometheus reads this."""
    here = services.of(request)
    await metrics.measure(here.metrics, here.database, here.now())
    return metrics.exposition(here.metrics, request.headers.get("Accept", ""))


async def _reasons(door: database.Database, now: datetime) -> list[str]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await door.read(unready, now)
    except TimeoutError:
        return [f"the database did not answer within {PATIENCE:g} s"]
    except Exception as error:
        if not database.is_away(error):
            raise
        return ["the database cannot be reached"]


def unready(session: orm.Session, now: datetime) -> list[str]:
    """Why this process should get no requests now; empty when it should."""
    found = _revisions(session)
    if found != {_expected()}:
        shown = ", ".join(sorted(found)) or "none"
        return [f"the database has schema {shown}, this program needs {_expected()}"]
    oldest = inbox.oldest_runnable(session, now)
    if oldest is not None and now - oldest > LONGEST_WAIT:
        waited = (now - oldest).total_seconds()
        return [f"an inbound event has been waiting for {waited:.0f} s"]
    return []


def _revisions(session: orm.Session) -> set[str]:
    # Asked for first: a missing table would abort the transaction and look like a lost database.
    if not sa.inspect(session.connection()).has_table("alembic_version"):
        return set()
    return set(session.scalars(sa.text("SELECT version_num FROM alembic_version")))


@cache
def _expected() -> str:
    return schema.head()
