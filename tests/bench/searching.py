"""Finding two characters among the million messages and the customers of a generated company."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from bot.generated import loading, sizes
from crm_core import clock, customers, database, looking, people, vault
from tests import processes
from tests.bench import figures, stages

BARS_MS = {"sqlite": 20.0, "postgresql": 50.0}
LOOKS = 6
SCREEN, PAGE = 4, 20
"""Hits that a chat shows at a time, and customers of a page of the API."""
SAID = (
    "报价 合同 发票 样品 账期 物流 王芳 图纸 月结 质保 盖章 付款 规格 领导 熏蒸 退税 单号 李娜"
).split()
"""From what every tenth message holds to what hardly any does."""
NAMES = "上海 科技 华星 王芳 电子 李强 启达 鑫源 金恒 张伟".split()
Look = Callable[[orm.Session, people.Rep, str], looking.Found]


async def measure(quick: bool) -> list[figures.Figure]:
    """On both databases, as an admin and as the rep who looks after most customers."""
    found = []
    for kind, bar in BARS_MS.items():
        with stages.fresh(kind) as url:
            vault.unlock(processes.SECRET)
            size = sizes.MEDIUM if quick else sizes.BIG
            await loading.load(url, size, seed=1, now=clock.now())
            store = database.open_database(url)
            try:
                found.append(await _figure(store, "messages", _in_messages, SAID, bar))
                found.append(await _figure(store, "customers", _in_customers, NAMES, bar))
            finally:
                await store.close()
    return found


def _in_messages(session: orm.Session, rep: people.Rep, word: str) -> looking.Found:
    return looking.find(session, rep, word, limit=SCREEN)


def _in_customers(session: orm.Session, rep: people.Rep, word: str) -> looking.Found:
    return looking.find_customers(session, rep, word, limit=PAGE)


async def _figure(
    store: database.Database, what: str, look: Look, words: Sequence[str], bar: float
) -> figures.Figure:
    taken: dict[str, list[float]] = {}
    for rep in await store.read(_lookers):
        for word in list(words) * LOOKS:
            counted, ms = await store.read(_timed, look, rep, word)
            taken.setdefault(f"{word} {rep.role} {counted}", []).append(ms)
    every = [one for times in taken.values() for one in times]
    medians = {what: figures.percentile(times, 0.5) for what, times in taken.items()}
    slowest = sorted(medians, key=lambda word: -medians[word])[:3]
    return figures.Figure(
        row="search", what=f"{what} by 2 characters, {store.dialect}, p95", unit="ms",
        value=figures.percentile(every, 0.95), bar=bar,
        floor=f"median {figures.percentile(every, 0.5):.1f}; slowest: "
        + ", ".join(f"{words} {medians[words]:.1f}" for words in slowest),
    )  # fmt: skip


def _lookers(session: orm.Session) -> Sequence[people.Rep]:
    owner, rep = customers.Customer.owner_id, people.Rep
    most = sa.select(rep).join(customers.Customer, owner == rep.id).where(rep.role == "rep")
    most = most.group_by(rep.id).order_by(sa.func.count().desc()).limit(1)
    admin = sa.select(rep).where(rep.role == "admin").limit(1)
    return [session.scalars(admin).one(), session.scalars(most).one()]


def _timed(session: orm.Session, look: Look, rep: people.Rep, word: str) -> tuple[str, float]:
    began = time.perf_counter()
    found = look(session, rep, word)
    return found.counted, (time.perf_counter() - began) * 1000
