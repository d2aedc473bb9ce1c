"""Giving customers away, taking them over, and handing everything over, said in chat."""

from __future__ import annotations

import sqlalchemy as sa

from bot import departures
from crm_core import audit, customers, deals, handover, people, tasks
from tests.bot.commands.test_presence import bound, heard, wrote


async def owner(talk, name):
    def work(session):
        found = session.scalar(sa.select(customers.Customer).filter_by(name=name))
        rep = session.get(people.Rep, found.owner_id or 0)
        return rep.name if rep else None

    return await talk.run(work)


async def work_off(talk):
    """What the timers do until no hand-over is left."""

    def work(session):
        running = handover.Handover.state.in_(["running", "undoing"])
        for number in session.scalars(sa.select(handover.Handover.id).where(running)).all():
            departures.go_on(session, number, talk.setting, talk.now)
        return session.scalar(sa.select(handover.Handover.id).where(running).limit(1))

    while await talk.run(work):
        pass


async def leaves(talk, name="王丽"):
    def work(session):
        with audit.changing(session, actor="crm", cause="cli:crm rep disable", now=talk.now):
            rep = people.named(session, name)
            return departures.disable(session, rep, talk.setting, talk.now)

    held = await talk.run(work)
    talk.goes_on(seconds=1)
    return held


async def test_a_manager_takes_over_and_the_owner_is_told(talk):
    await bound(talk, "王丽")
    asked = await talk.says("接管 #1", "赵敏")
    assert "发 1 确认，0 取消" in asked
    assert await owner(talk, "华星科技") == "王丽"
    assert (await talk.says("1", "赵敏")).startswith("✓")
    assert await owner(talk, "华星科技") == "赵敏"
    (notice,) = await heard(talk, "王丽")
    assert "赵敏" in notice
    await talk.did("撤销", "赵敏")
    assert await owner(talk, "华星科技") == "王丽"
    deal = await talk.deal("华星科技")
    assert deal["status"] == "open"


async def test_a_rep_may_not_take_over_nor_hand_over(talk):
    for words in ("接管 远航电子", "交接 李强 给 王丽", "关注 远航电子"):
        assert not (await talk.says(words)).startswith(("✓", "请确认"))
    assert await owner(talk, "远航电子") == "李强"


async def test_a_customer_goes_to_a_colleague_with_what_is_open(talk):
    await bound(talk, "李强")
    await talk.did("提醒 明天3点 给华星打电话")
    await talk.says("转 华星科技 给 李强")
    await talk.did("1")
    assert await owner(talk, "华星科技") == "李强"

    def work(session):
        return {
            session.scalar(sa.select(deals.Deal.owner_id).where(deals.Deal.customer_id == 1)),
            session.scalar(sa.select(tasks.Task.owner_id)),
            people.named(session, "李强").id,
        }

    assert len(await talk.run(work)) == 1
    assert "华星科技 #1" in (await heard(talk, "李强"))[-1]
    assert "华星" not in await talk.says("查 #1")


async def test_a_customer_goes_back_into_the_pool(talk):
    await talk.says("华星科技 放回公海")
    await talk.did("1")
    assert await owner(talk, "华星科技") is None
    await talk.did("认领 #1", "李强")


async def test_a_leaver_has_the_manager_asked_who_names_an_heir_with_one_number(talk):
    await bound(talk, "王丽", "李强", "赵敏")
    held = await leaves(talk)
    assert held["customers"] == 3
    (asked,) = await heard(talk, "赵敏")
    assert "王丽 已停用" in asked
    assert "客户 3" in asked
    assert "1 李强" in asked
    confirm = await talk.says("1", "赵敏")
    assert "发 1 确认，0 取消" in confirm
    await talk.did("1", "赵敏")
    await work_off(talk)
    assert await owner(talk, "华星科技") == "李强"
    assert "客户 3" in (await heard(talk, "赵敏"))[-1]
    assert "客户 3" in (await heard(talk, "李强"))[-1]


async def test_until_then_customers_and_reminders_go_to_the_manager(talk):
    await bound(talk, "王丽", "李强", "赵敏")
    await leaves(talk)
    await wrote(talk, "华星科技", "还有人管我吗")
    notice = (await heard(talk, "赵敏"))[-1]
    assert "还有人管我吗" in notice
    assert "负责人 王丽" in notice
    assert await heard(talk, "王丽") == await heard(talk, "李强") == []


async def test_a_hand_over_is_taken_back_by_undo(talk):
    await talk.says("交接 王丽 给 公海", "赵敏")
    await talk.did("1", "赵敏")
    await work_off(talk)
    assert await owner(talk, "华星科技") is None
    await talk.did("撤销", "赵敏")
    await work_off(talk)
    assert await owner(talk, "华星科技") == "王丽"


async def test_a_manager_of_another_team_hands_nothing_over(talk):
    await talk.run(
        lambda s: people.add(s, "孙经理", people.Role.MANAGER, team="西区", now=talk.now)
    )
    assert "王丽" in await talk.says("交接 王丽 给 李强", "孙经理")
    assert not (await talk.says("1", "孙经理")).startswith("✓")
    assert await owner(talk, "华星科技") == "王丽"


async def test_a_manager_watches_for_a_while(talk):
    await bound(talk, "王丽", "赵敏")
    assert "11-23" in await talk.says("关注 #1", "赵敏")
    await wrote(talk, "华星科技", "第一句")
    assert "第一句" in (await heard(talk, "赵敏"))[-1]
    await talk.says("取消关注 #1", "赵敏")
    talk.goes_on(seconds=30)
    await wrote(talk, "华星科技", "第二句")
    assert len(await heard(talk, "赵敏")) == 1
    await talk.says("关注 #1", "赵敏")
    talk.goes_on(hours=25)
    await wrote(talk, "华星科技", "第三句")
    assert len(await heard(talk, "赵敏")) == 1
    assert len(await heard(talk, "王丽")) == 3
