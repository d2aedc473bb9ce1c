"""One provider message is one log entry, one command effect and one answer, for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from channels import messages
from conversations import inbox, log
from crm_core import activities, customers, deals
from tests.journeys import program


def notes(session):
    return session.scalar(sa.select(sa.func.count()).select_from(activities.Activity))


def entries(session):
    return session.scalar(
        sa.select(sa.func.count()).select_from(log.Message).where(log.Message.direction == "in")
    )


async def test_a_repeat_is_answered_like_the_first_and_does_nothing(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    await rep.says("新客户 华星科技")
    fields = {"MsgType": "text", "Content": "记 华星科技 对方要账期", "MsgId": 71}
    made = crm.twin.signed(rep.openid, fields)
    rep.seen = len(rep.log.entries)
    for _ in range(3):
        await crm.twin.deliver(made)
    answers = [await rep.hears() for _ in range(3)]
    assert answers[0].startswith("✓")
    assert answers == [answers[0]] * 3
    assert await crm.read(notes) == 1


async def test_repeats_that_arrive_together_have_one_effect(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    await rep.says("新客户 华星科技")
    fields = {"MsgType": "text", "Content": "记 华星科技 催一下合同", "MsgId": 72}
    made = crm.twin.signed(rep.openid, fields)
    await asyncio.gather(*(crm.twin.deliver(made) for _ in range(6)))
    assert await crm.read(notes) == 1


async def test_a_repeat_a_day_later_is_still_a_repeat(crm: program.Program) -> None:
    customer = crm.customer()
    fields = {"MsgType": "text", "Content": "在吗", "MsgId": 73}
    await crm.twin.deliver(crm.twin.signed(customer.openid, fields))
    await crm.until(entries)
    crm.clock.ahead += timedelta(days=1)
    await crm.twin.deliver(crm.twin.signed(customer.openid, fields))
    await crm.quiet()
    assert await crm.read(entries) == 1


async def test_a_customers_words_are_never_commands(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer("o-buyer")
    await rep.says("新客户 华星科技")
    await rep.says("新商机 华星科技 8万")
    for words in ("华星科技 赢单", "撤销", "1", "确认", "华星科技 改 1w", "删除 华星科技", "帮助"):
        await customer.writes(words)
    await crm.quiet()
    deal = await crm.read(lambda session: session.scalars(sa.select(deals.Deal)).one())
    assert (deal.status, str(deal.amount)) == ("open", "80000.00")
    assert customer.heard == []


async def test_messages_of_one_sender_are_handled_in_order(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    await rep.says("新客户 华星科技")
    await rep.says("新商机 华星科技 1万")
    made = [
        crm.twin.signed(
            rep.openid, {"MsgType": "text", "Content": f"华星科技 改{n}万", "MsgId": 80 + n}
        )
        for n in (2, 3, 4)
    ]
    for callback in made:
        await crm.twin.deliver(callback)
    deal = await crm.read(lambda session: session.scalars(sa.select(deals.Deal)).one())
    assert str(deal.amount) == "40000.00"


async def test_an_event_nobody_can_read_is_set_aside_and_its_neighbours_go_on(
    crm: program.Program,
) -> None:
    customer = crm.customer("o-poison")
    address = messages.Address(kind="wechat", account="main", value=customer.openid)
    await crm.parts.recorder.record(
        messages.RawEvent(
            channel="wechat", account="main", dedup_key="bad", sender=address, raw=b"<broken"
        )
    )
    await customer.writes("还在吗")
    other = crm.customer("o-neighbour")
    await other.writes("你好")
    await crm.until(lambda session: session.scalar(sa.select(customers.Customer.id)))
    async with asyncio.timeout(program.PATIENCE):
        while not (dead := await crm.read(inbox.listed, "dead")):
            crm.clock.ahead += timedelta(seconds=5)
            await asyncio.sleep(0.1)
    assert dead[0].attempts == 5
    assert dead[0].error
    await crm.until(lambda session: session.scalar(entries_of(customer.openid)))


def entries_of(_openid):
    return sa.select(log.Message.id).where(log.Message.text == "还在吗")
