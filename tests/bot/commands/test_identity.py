"""Merging in chat, look-alikes with one tap, and whose customer it is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot import lookalikes
from conversations import log, threads
from crm_core import audit, customers, identity, jobs, people, sharing


async def merged(talk, words="合并 宏达物流 到 宏达机械", who="王丽"):
    asked = await talk.says(words, who)
    assert "确认" in asked
    return await talk.did("1", who)


async def notices(talk, who):
    """What was pushed into a rep's chat."""

    def work(session):
        rep = people.named(session, who)
        door = talk.door(session, rep)
        chat = threads.with_reps(session, [door], talk.now)[door.id]
        query = sa.select(log.Message.text).where(
            log.Message.kind == log.NOTICE, log.Message.conversation_id == chat.id
        )
        return list(session.scalars(query))

    return await talk.run(work)


async def timers(talk):
    """What the timer loop would do about look-alikes now."""

    def work(session):
        for job in session.query(jobs.Job).filter_by(kind=identity.LOOK):
            lookalikes.look(session, job.payload, talk.setting, talk.now)
            session.delete(job)

    await talk.run(work)


async def test_a_merge_shows_what_will_move_before_anything_does(talk):
    asked = await talk.says("合并 宏达机械 到 宏达物流")
    assert "宏达机械 #2 → 宏达物流 #3" in asked
    assert "商机1" in asked
    assert "联系人1" in asked
    assert "✓" not in asked
    assert len((await talk.says("查 宏达机械")).splitlines()) > 1


async def test_the_number_of_a_merged_customer_leads_to_the_one_that_lives(talk):
    await merged(talk)
    reply = await talk.says("查 #3")
    assert "宏达机械 #2" in reply
    assert "#3 已合并到 宏达机械 #2" in reply
    assert "宏达机械" in await talk.says("查 宏达物流")
    assert "宏达物流" not in await talk.says("我的客户")


async def test_a_merge_is_undone_and_taken_apart_by_number_or_name(talk):
    await merged(talk)
    await talk.did("撤销")
    assert "宏达物流 #3" in await talk.says("查 宏达物流")
    for words in ("取消合并 #3", "拆分 宏达机械", "unmerge #2"):
        await merged(talk)
        assert "确认" in await talk.says(words)
        assert "还回" in await talk.did("1")
        assert "宏达物流 #3" in await talk.says("查 #3")
    assert "没有合并过" in await talk.says("取消合并 #3")


async def test_taking_apart_is_itself_undone(talk):
    await merged(talk)
    await talk.says("取消合并 #3")
    await talk.did("1")
    await talk.did("撤销")
    assert "宏达机械 #2" in await talk.says("查 #3")
    await talk.did("撤销")
    assert "宏达物流 #3" in await talk.says("查 #3")


async def test_merging_in_a_circle_or_with_itself_is_refused_in_words(talk):
    await merged(talk)
    assert "已经是同一个客户" in await talk.says("合并 #2 到 #3")
    assert "已经是同一个客户" in await talk.says("合并 #2 #2")


async def test_a_colleagues_customer_can_not_be_merged_or_even_seen(talk):
    refused = await talk.says("合并 #4 到 #1")
    assert "#4" in refused
    assert "远航" not in refused
    await merged(talk, "合并 #4 到 #1", "赵敏")


async def test_a_new_customer_that_sounds_like_one_is_asked_about_and_merged_by_one_tap(talk):
    reply = await talk.did("新客户 洪达机械厂")
    assert "疑似同一客户" in reply
    assert "宏达机械 #2" in reply
    assert "同音" in reply
    assert "1 合并   0 不是" in reply
    await talk.did("1")
    assert "宏达机械 #2" in await talk.says("查 洪达机械厂")


async def test_a_refused_look_alike_is_remembered(talk):
    await talk.did("新客户 洪达机械厂")
    reply = await talk.did("0")
    assert "≠" in reply
    assert "没有待确认" in await talk.says("疑似重复")

    def again(session):
        found = customers.by_name(session, people.named(session, "王丽"), "洪达机械厂")[0][0]
        return identity.look(session, found.id, "", talk.now)

    assert await talk.run(again) == []


async def test_look_alikes_wait_in_a_list(talk):
    await talk.did("新客户 洪达机械厂")
    await talk.says("我的客户")
    listed = await talk.says("疑似重复")
    assert "宏达机械 #2" in listed
    assert "疑似同一客户" in await talk.says("1")
    await talk.did("1")
    assert "没有待确认" in await talk.says("疑似重复")


async def test_whose_words_give_a_number_we_know_is_asked_about_by_one_tap(talk):
    await talk.door_of("王丽")

    def stranger(session):
        lead = customers.create(session, "微信用户·a8f3", now=talk.now, kind="person")
        customers.add_contact(session, lead, "微信用户·a8f3", now=talk.now)
        identity.heard(session, lead.id, "我的电话是13812345678", talk.now)

    await talk.run(stranger)
    await timers(talk)
    (asked,) = await notices(talk, "王丽")
    assert "疑似同一客户" in asked
    assert "华星科技 #1" in asked
    assert "提到了对方的号码" in asked
    reply = await talk.did("1")
    assert "微信用户·a8f3 #6 → 华星科技 #1" in reply


async def test_an_open_question_keeps_its_numbers_when_look_alikes_come_up(talk):
    await talk.door_of("王丽")
    await talk.says("合并 宏达物流 到 宏达机械")

    def stranger(session):
        lead = customers.create(session, "13812345678", now=talk.now, kind="person")
        identity.heard(session, lead.id, "我是华星科技", talk.now)

    await talk.run(stranger)
    await timers(talk)
    (asked,) = await notices(talk, "王丽")
    assert "发“疑似重复”" in asked
    assert "1 合并" not in asked


async def test_a_look_up_tells_only_whose_it_is_and_since_when(talk):
    reply = await talk.says("查重 远航电子")
    assert "已有负责人 李强" in reply
    assert "11月" in reply
    for secret in ("孙丽", "1361111", "8万", "商机"):
        assert secret not in reply
    assert "李强" in await talk.says("查重 13611112222")
    assert "公海" in await talk.says("查重 东方印务")
    assert "是你的客户" in await talk.says("查重 华星科技")
    assert "还没有人在跟" in await talk.says("查重 青云商贸")


async def test_look_ups_are_written_down_and_limited(talk):
    for _ in range(sharing.CHECKS):
        await talk.says("查重 远航电子")
    assert "用完了" in await talk.says("查重 远航电子")
    assert "用完了" in await talk.says("申请 远航电子")

    def entries(session):
        query = sa.select(audit.ChangeSet).where(audit.ChangeSet.kind == sharing.CHECKED)
        return [(each.summary, each.changes[0].record_id) for each in session.scalars(query)]

    assert await talk.run(entries) == [("远航电子", 4)] * sharing.CHECKS
    talk.goes_on(hours=1)
    assert "李强" in await talk.says("查重 远航电子")


@pytest.mark.parametrize(
    ("answer", "told", "sees"),
    [("1", "归你了", True), ("2", "共享给你了", True), ("3", "没有同意", False)],
)
async def test_a_manager_gives_shares_or_refuses_with_one_number(talk, answer, told, sees):
    for who in ("王丽", "李强", "赵敏"):
        await talk.door_of(who)
    assert "等 赵敏 批复" in await talk.did("申请 远航电子")
    (asked,) = await notices(talk, "赵敏")
    assert "R1 王丽 申请 远航电子 #4 (负责人 李强)" in asked
    assert "1 给" in asked
    await talk.did(answer, "赵敏")
    (reply,) = await notices(talk, "王丽")
    assert told in reply
    card = await talk.says("查 #4")
    assert ("远航电子" in card) is sees
    assert len(await notices(talk, "李强")) == (1 if answer == "1" else 0)
    await talk.did("撤销", "赵敏")
    assert "远航电子" not in await talk.says("查 #4")


async def test_a_request_can_be_decided_by_words_with_a_reason(talk):
    await talk.door_of("王丽")
    await talk.did("申请 远航电子")
    assert "申请过了" in await talk.says("申请 #4")
    assert "申请 远航电子" in await talk.says("待批", "赵敏")
    await talk.did("批复 R1 拒绝 李强已报价", "赵敏")
    assert "李强已报价" in (await notices(talk, "王丽"))[0]
    assert "批复过了" in await talk.says("批复 R1 给", "赵敏")


async def test_only_a_manager_of_the_owner_decides(talk):
    await talk.did("申请 远航电子")
    assert "✓" not in await talk.says("批复 R1 给")

    def other_team(session):
        people.add(session, "孙经理", people.Role.MANAGER, team="西区", now=talk.now)

    await talk.run(other_team)
    assert "没有等你批复" in await talk.says("批复 R1 给", "孙经理")


async def test_there_is_nothing_to_ask_for_in_the_pool_or_of_oneself(talk):
    assert "公海" in await talk.says("申请 东方印务")
    assert "已经是你的" in await talk.says("申请 华星科技")


async def test_talk_is_put_down_to_another_customer_and_back(talk):
    for text in ("在吗", "我是宏达的", "叉车多少钱"):
        await talk.customer_writes("华星科技", text)
        talk.goes_on(seconds=1)
    assert "叉车" in await talk.says("移会话 华星科技 最近1条 到 宏达机械")
    await talk.did("1")
    assert "叉车" not in await talk.says("历史 华星科技")
    assert "叉车" in await talk.says("历史 宏达机械")
    await talk.did("撤销")
    assert "叉车" in await talk.says("历史 华星科技")
    await talk.says("move talk 华星科技 to 宏达物流")
    await talk.did("1")
    assert "在吗" in await talk.says("历史 宏达物流")
    assert "还没有聊天记录" in await talk.says("移会话 华星科技 到 宏达机械")


async def test_a_shared_customer_is_seen_by_the_colleague_until_that_is_ended(talk):
    await talk.says("华星科技 加上李强一起跟")
    await talk.did("1")
    assert "华星科技 #1" in await talk.says("查 #1", "李强")
    await talk.did("取消共享 华星科技 李强")
    assert "华星科技" not in await talk.says("查 #1", "李强")
    assert "没有共享给 李强" in await talk.says("取消共享 华星科技 李强")


async def test_claiming_by_the_number_of_a_merged_lead_claims_the_one_that_lives(talk):
    def lead(session):
        return customers.create(session, "东方印刷厂", now=talk.now).id

    number = await talk.run(lead)
    await merged(talk, f"合并 #{number} 到 东方印务")
    reply = await talk.did(f"认领 #{number}")
    assert "东方印务" in reply
    assert "#5" in reply
