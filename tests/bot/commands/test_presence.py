"""Being away, being back, and not being disturbed, said in chat."""

from __future__ import annotations

import sqlalchemy as sa

from bot import digests, notices
from conversations import log, threads
from crm_core import customers, jobs, people


async def tell(talk, name):
    """What the intake does when a customer has written."""

    def work(session):
        customer = session.scalar(sa.select(customers.Customer).filter_by(name=name))
        talks = threads.of_customer(session, customer.id)
        notices.customers_wrote(session, talks, talk.setting, talk.now)

    await talk.run(work)


async def wrote(talk, name, text):
    await talk.customer_writes(name, text)
    await tell(talk, name)
    talk.goes_on(seconds=1)


async def heard(talk, who):
    """All notices in a rep's chat."""

    def work(session):
        rep = people.named(session, who)
        query = sa.select(log.Message.text).join(
            threads.Conversation, threads.Conversation.id == log.Message.conversation_id
        )
        query = query.where(threads.Conversation.rep_id == rep.id)
        return session.scalars(query.where(log.Message.kind == log.NOTICE)).all()

    return list(await talk.run(work))


async def bound(talk, *names):
    for name in names:
        await talk.says("?", name)


async def waiting_jobs(talk, kind):
    def work(session):
        return session.execute(
            sa.select(jobs.Job.payload, jobs.Job.run_at).where(jobs.Job.kind == kind)
        ).all()

    return await talk.run(work)


async def test_a_deputy_hears_the_customers_of_somebody_on_leave(talk):
    await bound(talk, "王丽", "李强", "赵敏")
    assert "李强" in await talk.did("请假 到周五 交给 李强")
    await wrote(talk, "华星科技", "能便宜点吗")
    assert await heard(talk, "王丽") == []
    (notice,) = await heard(talk, "李强")
    assert "能便宜点吗" in notice
    assert "负责人 王丽" in notice


async def test_a_deputy_may_answer_until_the_owner_is_back(talk):
    await bound(talk, "王丽", "李强")
    await talk.did("请假 到周五 交给 李强")
    assert "华星" not in await talk.says("查 #1", "李强")
    await wrote(talk, "华星科技", "能便宜点吗")
    assert (await talk.did("回1 可以的", "李强")).startswith("✓ → 张伟(华星科技)")
    assert "华星" not in (await talk.says("查 #2", "李强"))
    await talk.says("回来")
    assert "华星" not in await talk.says("查 #1", "李强")


async def test_without_a_deputy_the_manager_hears_them(talk):
    await bound(talk, "王丽", "李强", "赵敏")
    await talk.did("请假3天")
    await wrote(talk, "华星科技", "在吗")
    assert await heard(talk, "李强") == []
    assert len(await heard(talk, "赵敏")) == 1


async def test_leave_lasts_through_the_day_that_is_named(talk):
    assert "11-28 00:00" in await talk.did("请假 到周五")


async def test_what_comes_while_not_to_be_disturbed_is_told_on_return(talk):
    await bound(talk, "王丽")
    await talk.did("免打扰 2小时")
    await wrote(talk, "华星科技", "第一句")
    await wrote(talk, "华星科技", "第二句")
    await wrote(talk, "宏达机械", "报个价")
    assert await heard(talk, "王丽") == []
    back = await talk.says("回来")
    assert "2 位客户" in back
    assert "第一句 第二句" in back
    assert "报个价" in back
    again = await talk.says("回来")
    assert "位客户" not in again


async def test_when_the_time_is_over_all_of_it_is_told_in_one_notice(talk):
    await bound(talk, "王丽")
    await talk.did("免打扰 2小时")
    await wrote(talk, "华星科技", "第一句")
    await wrote(talk, "宏达机械", "报个价")
    due = await waiting_jobs(talk, notices.NOTICE)
    assert len(due) == 2
    talk.goes_on(hours=2)
    for payload, run_at in due:
        assert run_at <= talk.now
        await talk.run(digests.welcome_back, payload["rep_id"], talk.setting, talk.now)
    (notice,) = await heard(talk, "王丽")
    assert "2 位客户" in notice
    assert "第一句" in notice
    assert "报个价" in notice


async def test_quiet_hours_are_every_day_until_switched_off(talk):
    assert "12:00-13:00" in await talk.did("免打扰 12-13")
    await wrote(talk, "华星科技", "在吗")
    assert await heard(talk, "王丽") == []
    talk.goes_on(hours=24)
    await wrote(talk, "华星科技", "还在吗")
    assert await heard(talk, "王丽") == []
    await talk.did("免打扰 关")
    await wrote(talk, "华星科技", "喂")
    (notice,) = await heard(talk, "王丽")
    assert "在吗\n还在吗\n喂" in notice


async def test_a_pool_customer_is_told_to_those_who_are_there(talk):
    await bound(talk, "王丽", "李强")
    await talk.did("免打扰 2小时")
    await wrote(talk, "东方印务", "你好")
    assert await heard(talk, "王丽") == []
    assert len(await heard(talk, "李强")) == 1


async def test_a_pool_customer_waits_for_the_first_who_is_back(talk):
    await bound(talk, "王丽", "李强")
    await talk.did("免打扰 2小时")
    await talk.did("免打扰 1小时", "李强")
    await wrote(talk, "东方印务", "你好")
    ((payload, _run_at),) = await waiting_jobs(talk, notices.NOTICE)
    talk.goes_on(hours=1)

    def gather(session):
        session.execute(sa.delete(jobs.Job).where(jobs.Job.kind == notices.NOTICE))
        notices.gathered(session, payload["conversation_id"], talk.setting, talk.now)

    await talk.run(gather)
    assert await heard(talk, "王丽") == []
    assert len(await heard(talk, "李强")) == 1


async def test_a_reminder_waits_until_one_may_be_disturbed(talk):
    await talk.did("提醒 半小时后 给华星打电话")
    await talk.did("免打扰 2小时")
    ((payload, due_at),) = await waiting_jobs(talk, "remind")
    talk.goes_on(minutes=31)
    await talk.run(notices.remind, payload["task_id"], due_at, talk.setting, talk.now)
    assert await heard(talk, "王丽") == []
    ((held, _run_at),) = await waiting_jobs(talk, notices.HELD)
    await talk.says("回来")
    ((_held, run_at),) = await waiting_jobs(talk, notices.HELD)
    assert run_at <= talk.now
    await talk.run(digests.say_held, held, talk.setting, talk.now)
    (notice,) = await heard(talk, "王丽")
    assert "给华星打电话" in notice


async def test_leave_can_be_taken_back(talk):
    await talk.did("请假3天")
    await talk.did("撤销")
    await wrote(talk, "华星科技", "在吗")
    assert len(await heard(talk, "王丽")) == 1


async def test_leave_without_a_day_asks_for_one(talk):
    assert "什么时候" in await talk.says("请假")
    assert (await talk.says("到周五")).startswith("✓")


async def test_nobody_is_the_own_deputy(talk):
    assert "自己" in await talk.says("请假 到周五 交给 王丽")
