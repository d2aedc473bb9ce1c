"""A page of a customer's timeline: as quick among 10,000 entries as among 100."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, threads, timeline
from crm_core import activities, audit, clock, customers, deals, people, tasks
from tests.bench import company, figures, stages

LONG, SHORT = 10_000, 100
OTHERS, QUICK_OTHERS = 2_000, 200
"""Customers with a short timeline around the two that are measured, so that tables are no toys."""
PAGE = 50
LOOKS, QUICK_LOOKS = 200, 60
WARMING = 10
RATIO = 1.5
BIG = 1
SMALL = BIG + company.REPS
REP = company.owner(BIG)
"""Whose both are."""
SORTS = (
    "message", "message", "activity", "message", "change",
    "message", "task", "message", "activity", "deal",
)  # fmt: skip
MODELS = {
    "message": log.Message, "activity": activities.Activity, "deal": deals.Deal,
    "task": tasks.Task, "change": audit.ChangeSet,
}  # fmt: skip


async def measure(quick: bool) -> list[figures.Figure]:
    """Both databases; first pages and pages from the middle, of both customers in turn."""
    found = []
    for kind in stages.DATABASES:
        with stages.fresh(kind) as url:
            async with stages.opened(url) as store:
                now = clock.now()
                await store.run(_lived, QUICK_OTHERS if quick else OTHERS, now)
                await store.run(company.analysed)
                number = QUICK_LOOKS if quick else LOOKS
                long, short, plain = await store.read(_looked, number, now)
        said = f"{long:.2f} against {short:.2f} ms; {PAGE} messages alone {plain:.2f} ms"
        found.append(
            figures.Figure(
                row=f"time/{kind[:6]}", what=f"a page of {LONG:,} entries, times one of {SHORT}",
                unit="×", value=long / short, bar=RATIO, floor=said,
            )
        )  # fmt: skip
    return found


def _lived(session: orm.Session, others: int, now: datetime) -> None:
    company.grow(session, 1, others, now, findable=False)
    thread = {"id": 1, "customer_id": 1, "channel": "wechat", "account": company.ACCOUNT}
    thread |= {"address_id": company.REPS + 1, "created_at": now}
    _insert(session, threads.Conversation, [thread])
    for customer in range(1, others + 1):
        rows: dict[str, list[dict[str, Any]]] = {sort: [] for sort in MODELS}
        for n in range(LONG if customer == BIG else SHORT):
            sort = SORTS[n % len(SORTS)]
            rows[sort].append(_row(sort, customer, _moment(n, now)))
        for sort, made in rows.items():
            _insert(session, MODELS[sort], made)


def _moment(n: int, now: datetime) -> datetime:
    return now - timedelta(minutes=7 * n)


def _row(sort: str, customer: int, at: datetime) -> dict[str, Any]:
    words = "上次说的报价还能再优惠一点吗？这边等您的回复，比较急。"
    about: dict[str, Any] = {"customer_id": customer}
    made: dict[str, dict[str, Any]] = {
        "message": {"conversation_id": 1, "direction": "in", "author_kind": "contact",
                    "text": words, "at": at, "created_at": at},
        "activity": {"rep_id": REP, "text": words, "at": at, "created_at": at},
        "change": {"actor": f"rep:{REP}", "cause": "message:1", "at": at},
        "task": {"text": words, "due_at": at, "created_by": REP, "owner_id": REP, "created_at": at},
        "deal": {"title": words[:8], "stage": "contacted", "probability": 10, "version": 1,
                 "owner_id": REP, "created_at": at, "updated_at": at},
    }  # fmt: skip
    return about | made[sort]


def _insert(session: orm.Session, model: Any, rows: list[dict[str, Any]]) -> None:
    session.connection().execute(sa.insert(cast(sa.Table, model.__table__)), rows)


def _looked(session: orm.Session, number: int, now: datetime) -> tuple[float, float, float]:
    """Median milliseconds of a page of the long timeline, of the short one, of the plain thing."""
    long: list[float] = []
    short: list[float] = []
    plain: list[float] = []
    for i in range(number + WARMING):
        for customer, length, taken in ((BIG, LONG, long), (SMALL, SHORT, short)):
            middle = (_moment(length // 2 - 1, now), 0, 0)
            session.expunge_all()
            began = time.perf_counter()
            rep = session.get_one(people.Rep, REP)
            about = customers.get(session, rep, customer)
            after = middle if i % 2 else None
            found = timeline.page(session, rep, about.id, after=after, limit=PAGE)
            taken.append((time.perf_counter() - began) * 1000)
            assert len(found) == PAGE
        session.expunge_all()
        began = time.perf_counter()
        log.of_customer(session, BIG, PAGE)
        plain.append((time.perf_counter() - began) * 1000)
    medians = [statistics.median(taken[WARMING:]) for taken in (long, short, plain)]
    return medians[0], medians[1], medians[2]
