"""From a recorded event to its log entry and the owner's queued notice: messages a second."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import orm

from channels import messages
from channels.sandbox import wechat_callback
from channels.wechat import parse
from conversations import inbox, outbox
from crm_core import clock, database
from tests.bench import callbacks, company, figures, stages

MESSAGES, QUICK = 3_000, 800
BAR = {"sqlite": 300.0, "postgresql": 500.0}
PROCESSES = {"sqlite": 1, "postgresql": 2}
LIMIT = 120.0
BATCH = 100
HANDLER = Path(__file__).with_name("handler.py")


async def measure(quick: bool) -> list[figures.Figure]:
    """One process on SQLite, two on PostgreSQL."""
    return [await _rate(kind, QUICK if quick else MESSAGES) for kind in stages.DATABASES]


async def _rate(kind: str, number: int) -> figures.Figure:
    with stages.fresh(kind) as url:
        async with stages.opened(url) as store:
            await store.run(company.grow, 1, number, clock.now(), findable=False)
            plain = await stages.plain_rate(store)
            for start in range(1, number + 1, BATCH):
                batch = [_event(i) for i in range(start, min(start + BATCH, number + 1))]
                await store.run(inbox.record, batch, clock.now())
            rate = await _handled(store, url, number, PROCESSES[kind])
            notices = await store.read(_notices)
    what = f"messages handled, {PROCESSES[kind]} process(es), {notices} notices"
    said = f"plain INSERT + commit {plain:,.0f}/s"
    return figures.Figure(
        row=f"flow/{kind[:6]}", what=what, value=rate, unit="/s",
        bar=BAR[kind], at_least=True, floor=said,
    )  # fmt: skip


def _event(number: int) -> messages.RawEvent:
    """Words of a known customer who has an owner, each of another one: each makes a notice."""
    openid = company.openid(number)
    words = callbacks.WORDS[number % len(callbacks.WORDS)]
    fields = callbacks.text_fields(openid, words, number, clock.now())
    return parse.event(wechat_callback.render(fields, "xml").encode(), company.ACCOUNT)


async def _handled(store: database.Database, url: str, number: int, processes: int) -> float:
    """The rate from the first to the last message handled, without the start of the processes."""
    started = [_start(url) for _ in range(processes)]
    try:
        async with asyncio.timeout(LIMIT):
            while await store.read(_left):  # noqa: ASYNC110 - other processes set no event
                await asyncio.sleep(0.2)
    finally:
        for process in started:
            process.terminate()
            process.wait()
    return number / max((await store.read(_span)).total_seconds(), 0.001)


def _start(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(HANDLER), url])


def _left(session: orm.Session) -> int:
    query = sa.select(sa.func.count()).select_from(inbox.Event).where(inbox.Event.state == "new")
    return session.scalar(query) or 0


def _span(session: orm.Session) -> timedelta:
    done = sa.select(inbox.Event.handled_at).order_by(inbox.Event.handled_at)
    moments = [moment for moment in session.scalars(done) if moment is not None]
    return moments[-1] - moments[0]


def _notices(session: orm.Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(outbox.Delivery)) or 0
