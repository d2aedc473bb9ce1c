"""Finding a two-character word among a million messages and the customers who wrote them."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import orm

from crm_core import clock, database, looking, people, search, tokens
from tests.bench import company, figures, stages

MESSAGES, CUSTOMERS = 1_000_000, 200_000
QUICK_MESSAGES, QUICK_CUSTOMERS = 100_000, 20_000
BARS_MS = {"sqlite": 20.0, "postgresql": 50.0}
STEP = 20_000
LOOKS = 6
SCREEN, PAGE = 4, 20
"""Hits that a chat shows at a time, and customers of a page of the API."""
SHARES = {
    "报价": 0.31, "合同": 0.12, "发票": 0.05, "样品": 0.03, "账期": 0.01, "物流": 0.005,
    "验厂": 0.002, "王芳": 0.001, "盖章": 0.0005, "退税": 0.0001, "熏蒸": 0.00003,
}  # fmt: skip
"""How many messages hold each word looked for: from every third to thirty of a million."""
FILLING = (
    "好的，{}收到了，谢谢",
    "{}什么时候能发给我？",
    "您好，想问一下{}的事",
    "我问一下老板再回复您{}",
    "上次说的{}，下周三之前能不能定",
    "{}有点问题，方便打个电话吗",
    "OK, {} received, thanks",
)
PLAIN = "尺寸 颜色 交货 图纸 运费 仓库 型号 包装 质保 安装 培训 付款 预算 领导 开会 产线".split()
NAMES = "上海 科技 华星 王芳 电子 李强 启达 鑫源".split()


async def measure(quick: bool) -> list[figures.Figure]:
    """On both databases, as an admin and as a rep who looks after a twentieth of the customers."""
    found = []
    for kind, bar in BARS_MS.items():
        with stages.fresh(kind) as url:
            async with stages.opened(url) as store:
                await _grow(store, quick)
                found += await _looked(store, kind, bar)
    return found


async def _grow(store: database.Database, quick: bool) -> None:
    now, draw = clock.now(), random.Random(1)
    customers, messages = (QUICK_CUSTOMERS, QUICK_MESSAGES) if quick else (CUSTOMERS, MESSAGES)
    began = time.perf_counter()
    await store.run(_admin, now)
    paused = await store.run(search.pause)
    for first in range(1, customers + 1, STEP):
        await store.run(company.grow, first, STEP, now, findable=False)
        await store.run(_add, _customer_rows(range(first, first + STEP), now))
    for first in range(1, messages + 1, STEP):
        numbers = range(first, first + STEP)
        await store.run(_add, _message_rows(numbers, messages, customers, now, draw))
    await store.run(search.resume, paused)
    await store.run(company.analysed)
    print(f"     {store.dialect} filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)


def _admin(session: orm.Session, now: datetime) -> None:
    people.add(session, "管理员", people.Role.ADMIN, now=now)


def _add(session: orm.Session, rows: Iterator[search.Row]) -> None:
    search.add_all(session, list(rows))


def _customer_rows(numbers: range, now: datetime) -> Iterator[search.Row]:
    for number in numbers:
        yield search.Row(
            kind=search.CUSTOMER,
            record_id=number,
            customer_id=number,
            at=now - timedelta(minutes=number),
            tokens=tokens.of_names([company.name(number)]),
        )


def _message_rows(
    numbers: range, messages: int, customers: int, now: datetime, draw: random.Random
) -> Iterator[search.Row]:
    for number in numbers:
        yield search.Row(
            kind="message",
            record_id=number,
            customer_id=draw.randrange(1, customers + 1),
            at=now - timedelta(seconds=(messages - number) * 40),
            tokens=tokens.of_text(_said(draw)),
        )


def _said(draw: random.Random) -> str:
    words = [word for word, share in SHARES.items() if draw.random() < share]
    return draw.choice(FILLING).format("、".join(words) or draw.choice(PLAIN))


Look = Callable[[orm.Session, people.Rep, str], looking.Found]


def _in_messages(session: orm.Session, rep: people.Rep, word: str) -> looking.Found:
    return looking.find(session, rep, word, limit=SCREEN)


def _in_customers(session: orm.Session, rep: people.Rep, word: str) -> looking.Found:
    return looking.find_customers(session, rep, word, limit=PAGE)


async def _looked(store: database.Database, kind: str, bar: float) -> list[figures.Figure]:
    made = []
    for what, look, words in (
        ("messages", _in_messages, list(SHARES)),
        ("customers", _in_customers, NAMES),
    ):
        taken: dict[str, list[float]] = {}
        for name in ("管理员", "销售1"):
            for word in words * LOOKS:
                said, one = await store.read(_timed, look, name, word)
                taken.setdefault(f"{word} {name} {said}", []).append(one)
        every = [one for times in taken.values() for one in times]
        medians = {word: figures.percentile(times, 0.5) for word, times in taken.items()}
        slowest = sorted(medians, key=lambda word: -medians[word])[:3]
        made.append(
            figures.Figure(
                row="search", what=f"{what} by 2 characters, {kind}, p95", unit="ms",
                value=figures.percentile(every, 0.95), bar=bar,
                floor=f"median {figures.percentile(every, 0.5):.1f}; slowest: "
                + ", ".join(f"{words} {medians[words]:.1f}" for words in slowest),
            )
        )  # fmt: skip
    return made


def _timed(session: orm.Session, look: Look, name: str, word: str) -> tuple[str, float]:
    rep: Any = people.named(session, name)
    began = time.perf_counter()
    found = look(session, rep, word)
    return found.counted, (time.perf_counter() - began) * 1000
