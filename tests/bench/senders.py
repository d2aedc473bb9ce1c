"""Who is this sender? The look-up among 10 thousand, 200 thousand and a million addresses."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from channels import messages
from conversations import correspondents
from crm_core import clock, customers, database
from tests.bench import company, figures, stages

SIZES, QUICK = (10_000, 200_000, 1_000_000), (10_000, 50_000, 100_000)
LOOKS = 2_000
P95_MS = 2.0
FLAT = 1.5
STEP = 50_000


async def measure(quick: bool) -> list[figures.Figure]:
    """Both databases; each grows from size to size."""
    found = []
    for kind in stages.DATABASES:
        with stages.fresh(kind) as url:
            async with stages.opened(url) as store:
                found += await _measured(store, QUICK if quick else SIZES)
    return found


async def _measured(store: database.Database, sizes: Sequence[int]) -> list[figures.Figure]:
    medians, slow, grown = [], [], 0
    for size in sizes:
        for first in range(grown + 1, size + 1, STEP):
            step = min(STEP, size + 1 - first)
            await store.run(company.grow, first, step, clock.now(), findable=False)
        grown = size
        await store.run(company.analysed)
        taken = await store.read(_look, size)
        medians.append(figures.percentile(taken, 0.5))
        slow.append(figures.percentile(taken, 0.95))
    plain = figures.percentile(await store.read(_plain, sizes[-1]), 0.5)
    said = f"by primary key {plain:.2f} ms; " + " / ".join(f"{one:.2f}" for one in slow)
    row = f"who/{store.dialect[:6]}"
    return [
        figures.Figure(row=row, what=f"who is it, {sizes[-1]:,} addresses, p95", unit="ms",
                       value=max(slow), bar=P95_MS, floor=said),
        figures.Figure(row=row, what=f"slower than among {sizes[0]:,}, median", unit="×",
                       value=max(medians) / medians[0], bar=FLAT),
    ]  # fmt: skip


def _look(session: orm.Session, size: int) -> list[float]:
    """Milliseconds of each look-up of somebody drawn by lot."""
    draw = random.Random(size)
    taken = []
    for _ in range(LOOKS):
        who = company.openid(draw.randrange(1, size + 1))
        sender = messages.Address(kind="wechat", account=company.ACCOUNT, value=who)
        session.expunge_all()
        began = time.perf_counter()
        found = correspondents.find(session, sender)
        taken.append((time.perf_counter() - began) * 1000)
        assert found is not None
        assert found.customer is not None
    return taken


def _plain(session: orm.Session, size: int) -> list[float]:
    """The floor: a customer's name by its number."""
    draw, taken = random.Random(size), []
    for _ in range(LOOKS):
        number = draw.randrange(1, size + 1)
        query = sa.select(customers.Customer.name).where(customers.Customer.id == number)
        began = time.perf_counter()
        session.execute(query).one()
        taken.append((time.perf_counter() - began) * 1000)
    return taken
