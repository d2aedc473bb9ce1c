"""Whose a customer is, told over real HTTP: rules, deputies, heirs, talk back and forth, notes."""

from __future__ import annotations

from datetime import timedelta

from bot import departures
from conversations import assignment, log
from crm_core import clock, customers, handover, people
from tests.journeys import program


async def test_a_rule_gives_a_lead_to_a_rep_and_the_others_hear_nothing(
    crm: program.Program,
) -> None:
    wang, li = await crm.rep("王丽"), await crm.rep("李强")

    def rule(session):
        assignment.add(
            session,
            assignment.Conditions(channel="wechat", keyword="链轮"),
            assignment.Target.REP,
            clock.now(),
            rep=people.named(session, "李强"),
        )

    await crm.parts.store.run(rule)
    await crm.customer("o-one").writes("你们做链轮吗")
    notice = await li.hears("链轮")
    assert "认领" not in notice
    await crm.customer("o-two").writes("你们做轴承吗")
    assert "认领" in await wang.hears("轴承")
    assert not [text for text in wang.heard if "链轮" in text]


async def test_turns_give_each_rep_one_lead(crm: program.Program) -> None:
    wang, li = await crm.rep("王丽"), await crm.rep("李强")
    await crm.parts.store.run(assignment.switch, True)
    for number in range(4):
        await crm.customer(f"o-{number}").writes(f"第{number}位")
        await crm.quiet()
    await wang.hears("第2位")
    await li.hears("第3位")
    assert len(wang.heard) == len(li.heard) == 2


async def test_a_deputy_hears_and_the_owner_catches_up(crm: program.Program) -> None:
    wang, li = await crm.rep("王丽"), await crm.rep("李强")
    customer = crm.customer()
    await customer.writes("在吗")
    await wang.hears("在吗")
    await wang.says("认领 #1")
    assert (await wang.says("请假1天 交给 李强")).startswith("✓")
    crm.clock.ahead += timedelta(seconds=30)
    await customer.writes("能便宜点吗")
    assert "负责人 王丽" in await li.hears("能便宜点吗")
    assert not [text for text in wang.heard if "便宜" in text]
    crm.clock.ahead += timedelta(hours=25)
    await customer.writes("考虑好了吗")
    await wang.hears("考虑好了吗")


async def test_quiet_hours_hold_notices_back_and_lose_none(crm: program.Program) -> None:
    wang, customer, other = await crm.rep("王丽"), crm.customer("o-one"), crm.customer("o-two")
    for who in (customer, other):
        await who.writes("在吗")
        await wang.hears("在吗")
        crm.clock.ahead += timedelta(seconds=30)
    await wang.says("认领 #1")
    await wang.says("认领 #2")
    assert (await wang.says("免打扰 2小时")).startswith("✓")
    await customer.writes("急事一")
    await other.writes("急事二")
    await crm.quiet()
    assert not [text for text in wang.heard if "急事" in text]
    crm.clock.ahead += timedelta(hours=2)
    digest = await wang.hears("急事一")
    assert "急事二" in digest


async def test_a_leavers_customers_go_to_the_heir_and_nothing_is_lost(
    crm: program.Program,
) -> None:
    wang, li = await crm.rep("王丽"), await crm.rep("李强")
    boss = await crm.rep("陈静", people.Role.MANAGER)
    customer = crm.customer()
    await customer.writes("在吗")
    await wang.hears("在吗")
    await wang.says("认领 #1")
    await wang.says("提醒 1小时后 给客户报价")

    def leave(session):
        departures.disable(
            session, people.named(session, "王丽"), crm.parts.setting, crm.parts.tools.now()
        )

    await crm.parts.store.run(leave)
    await boss.hears("交给谁")
    crm.clock.ahead += timedelta(seconds=30)
    await customer.writes("还有人吗")
    assert "负责人 王丽" in await boss.hears("还有人吗")
    asked = await boss.says("交接 王丽 给 李强")
    assert "发 1 确认" in asked
    assert (await boss.says("1")).startswith("✓")
    await li.hears("已交接")
    owner = await crm.read(lambda s: s.get_one(customers.Customer, 1).owner_id)
    assert await crm.read(lambda s: s.get_one(people.Rep, owner).name) == "李强"
    crm.clock.ahead += timedelta(hours=1)
    await li.hears("给客户报价")
    await customer.writes("那报价呢")
    await li.hears("那报价呢")


async def test_attending_is_talking_and_ends_when_told(crm: program.Program) -> None:
    wang, customer = await crm.rep("王丽"), crm.customer()
    await customer.writes("能便宜点吗")
    await wang.hears("便宜")
    await wang.says("认领 #1")
    assert "已接入" in await wang.says("接入 #1")
    await wang.says("最多九五折，您看行吗")
    assert await customer.hears() == "最多九五折，您看行吗"
    crm.clock.ahead += timedelta(seconds=30)
    await customer.writes("行，就这么定")
    await wang.hears("就这么定")
    await wang.says("那我出合同了")
    assert await customer.hears() == "那我出合同了"
    assert "已退出" in await wang.says("退出")
    await wang.says("这客户真难缠")
    assert customer.heard == ["最多九五折，您看行吗", "那我出合同了"]


async def test_an_internal_note_reaches_colleagues_and_never_the_customer(
    crm: program.Program,
) -> None:
    wang, li, customer = await crm.rep("王丽"), await crm.rep("李强"), crm.customer()
    await customer.writes("能便宜点吗")
    await wang.hears("便宜")
    await wang.says("认领 #1")
    assert (await wang.says("内部备注 #1 底价八万别说出去 @李强 看一下")).startswith("✓")
    assert "底价八万" in await li.hears("内部")
    assert (await li.says("内部备注 #1 我觉得七万五也行")).startswith("✓")
    await wang.says("回1 给您九折")
    assert await customer.hears() == "给您九折"
    assert customer.heard == ["给您九折"]
    notes = await crm.read(
        lambda s: s.query(log.Message).filter(log.Message.direction == "note").count()
    )
    assert notes == 2


async def test_who_came_by_the_code_of_a_leaver_is_the_heirs(crm: program.Program) -> None:
    await crm.rep("王丽")
    li = await crm.rep("李强")

    def gone(session):
        wang, other = people.named(session, "王丽"), people.named(session, "李强")
        departures.disable(session, wang, crm.parts.setting, clock.now())
        handover.begin(session, wang, handover.Heir.REP, other, None, clock.now())

    await crm.parts.store.run(gone)
    wang_id = await crm.read(lambda s: people.named(s, "王丽").id)
    await crm.twin.scan("o-scanned", f"rep-{wang_id}-展会")
    await program.Phone(crm.twin, "o-scanned").writes("你好，展会上加的")
    notice = await li.hears("展会上加的")
    assert "认领" not in notice
