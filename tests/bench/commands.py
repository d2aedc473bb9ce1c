"""How long a rep waits for the reply to a command, among 200,000 customers."""

from __future__ import annotations

import random
import time

from sqlalchemy import orm

from bot import app, intake, settings
from channels import messages
from channels.sandbox import wechat_callback
from channels.wechat import parse
from conversations import inbox
from crm_core import claims, clock, jobs
from tests import processes
from tests.bench import callbacks, company, figures, stages

CUSTOMERS, QUICK = 200_000, 20_000
COMMANDS = 340
P95_MS = 30.0
GROWN_AT_ONCE = 20_000
SAID = (
    "查 {name}", "{core}", "记 {name} 客户要账期，下周再谈 {i}", "{name} 电话", "历史 {name}",
    "新商机 {name} 设备{i} 8.5w 月底签", "商机", "待办", "提醒 明天3点 给{core}打电话 {i}",
    "客户", "{name} 到 谈判", "搜 {core}", "今天拜访了{core}，对方对样品{i}很满意", "公海", "帮助",
    "查 {person}", "查 {place}",
)  # fmt: skip


async def measure(quick: bool) -> list[figures.Figure]:
    """Recorded, claimed, parsed, understood, done, logged, reply queued, committed."""
    number = QUICK if quick else CUSTOMERS
    return [await _measured(kind, number) for kind in stages.DATABASES]


async def _measured(kind: str, number: int) -> figures.Figure:
    with stages.fresh(kind) as url:
        async with stages.opened(url) as store:
            for first in range(1, number + 1, GROWN_AT_ONCE):
                size = min(GROWN_AT_ONCE, number + 1 - first)
                await store.run(company.grow, first, size, clock.now(), findable=True)
            await store.run(company.analysed)
        taken = await _taken(url, number)
    slowest = ", ".join(f"{words} {ms:.0f}" for ms, words in sorted(taken, reverse=True)[:3])
    milliseconds = [ms for ms, _ in taken]
    return figures.Figure(
        row=f"cmd/{kind[:6]}", what=f"rep's command → reply, {number:,} customers, p95", unit="ms",
        value=figures.percentile(milliseconds, 0.95), bar=P95_MS,
        floor=f"median {figures.percentile(milliseconds, 0.5):.1f}; slowest: {slowest}",
    )  # fmt: skip


async def _taken(url: str, number: int) -> list[tuple[float, str]]:
    """The milliseconds of each command with its words; the first of each sort warms up."""
    draw = random.Random(number)
    parts = app.build(settings.load(database_url=url, secret_key=processes.SECRET))
    taken = []
    for i in range(COMMANDS + len(SAID)):
        if i == len(SAID):
            app.settle()  # as the program does once it is warm
        event = _command(SAID[i % len(SAID)], i, number, draw)
        began = time.perf_counter()
        await parts.store.run(inbox.record, [event], clock.now())
        job, recorded = await parts.store.run(_claimed)
        inbounds = parse.parse(event.raw, company.ACCOUNT)
        happening = intake.Happening(job=job, event=recorded, inbounds=inbounds)
        await parts.store.run(intake.handle, [happening], parts.setting, clock.now())
        if i >= len(SAID):
            taken.append(((time.perf_counter() - began) * 1000, SAID[i % len(SAID)]))
    await parts.store.close()
    return taken


def _claimed(session: orm.Session) -> tuple[jobs.Claimed, inbox.Event]:
    job = claims.claim(session, [inbox.HANDLE], now=clock.now(), limit=50, holder="bench")[0]
    event_id = job.payload["event_id"]
    return job, inbox.loaded(session, [event_id])[event_id]


def _command(said: str, i: int, customers: int, draw: random.Random) -> messages.RawEvent:
    """Words of a rep about one of the own customers: its name, a part of it, or something vague."""
    number = draw.randrange(1, customers + 1)
    name = company.name(number)
    words = said.format(
        name=name,
        core=name[:6],
        i=i,
        person=company.person(number),
        place=draw.choice(company.PLACES),
    )
    who = company.rep_openid(company.owner(number))
    fields = callbacks.text_fields(who, words, i, clock.now())
    return parse.event(wechat_callback.render(fields, "xml").encode(), company.ACCOUNT)
