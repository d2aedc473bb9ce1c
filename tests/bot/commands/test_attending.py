"""Staying in a customer's conversation, and notes that the customer never sees."""

from __future__ import annotations

import sqlalchemy as sa

from conversations import log
from tests.bot.commands.test_presence import bound, heard, wrote


async def test_every_line_goes_to_the_customer_until_one_leaves(talk):
    await talk.customer_writes("华星科技", "能便宜点吗")
    opened = await talk.says("接入 #1")
    assert "张伟(华星科技)" in opened
    assert "能便宜点吗" in opened
    assert "退出" in opened
    said = await talk.did("最多九五折，真的")
    assert "→ 张伟(华星科技): 最多九五折，真的" in said
    await talk.did("好的")
    assert "已退出" in await talk.says("退出")
    await talk.says("随便说一句吧")
    assert [words for words, _ in await talk.outgoing()] == ["最多九五折，真的", "好的"]


async def test_what_reads_like_a_command_is_asked_about_first(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.says("接入 #1")
    asked = await talk.says("记 宏达机械 要账期")
    assert "1 发给华星科技" in asked
    assert "2 当命令执行" in asked
    assert await talk.outgoing() == []
    assert "宏达机械" in await talk.says("2")
    await talk.says("记 宏达机械 老规矩")
    assert (await talk.says("1")).startswith("✓ → ")
    assert [words for words, _ in await talk.outgoing()] == ["记 宏达机械 老规矩"]


async def test_a_slash_makes_it_a_command(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.says("接入 #1")
    assert (await talk.says("/记 宏达机械 要账期")).startswith("✓")
    assert await talk.outgoing() == []
    await talk.did("在的")


async def test_pasted_talk_is_not_said_by_mistake(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.says("接入 #1")
    asked = await talk.says("张伟 10:23\n能便宜点吗\n王丽 10:24\n不能")
    assert "发给华星科技" in asked
    assert await talk.outgoing() == []


async def test_it_ends_by_itself_and_the_next_line_is_not_sent(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.says("接入 #1")
    await talk.did("在的，您说")
    talk.goes_on(minutes=6)
    over = await talk.says("我们的底价是八万")
    assert "没有发给客户" in over
    assert [words for words, _ in await talk.outgoing()] == ["在的，您说"]


async def test_words_of_the_customer_keep_it_open(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.says("接入 #1")
    talk.goes_on(minutes=4)
    await talk.customer_writes("华星科技", "我看看")
    talk.goes_on(minutes=4)
    await talk.did("不急的")


async def test_the_same_words_twice_are_just_said_twice(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.says("接入 #1")
    await talk.did("在的亲")
    await talk.did("在的亲")
    assert len(await talk.outgoing()) == 2


async def test_who_attends_anothers_customer_hears_it_too(talk):
    await bound(talk, "王丽", "赵敏")
    await wrote(talk, "华星科技", "在吗")
    assert await heard(talk, "赵敏") == []
    await talk.says("接入 #1", "赵敏")
    talk.goes_on(seconds=30)
    await wrote(talk, "华星科技", "有人吗")
    assert len(await heard(talk, "赵敏")) == 1
    assert len(await heard(talk, "王丽")) == 2


async def test_nobody_attends_what_one_may_not_see(talk):
    assert "没有 #1" in await talk.says("接入 #1", "李强")
    assert await talk.outgoing() == []


async def test_an_internal_note_is_in_the_log_and_goes_to_nobody(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.did("内部备注 #1 这家压价很狠")
    assert await talk.outgoing() == []

    def work(session):
        query = sa.select(log.Message.text).where(log.Message.direction == "note")
        return session.scalars(query).all()

    assert await talk.run(work) == ["这家压价很狠"]
    assert "压价很狠" in await talk.says("搜 压价很狠")
    await talk.did("撤销")
    assert await talk.run(work) == []


async def test_who_is_mentioned_is_told_and_may_answer_there(talk):
    await bound(talk, "李强")
    number = await talk.customer_writes("华星科技", "在吗")
    told = await talk.did(f"内部备注 #{number} 这个你熟 @李强 看一下")
    assert "@李强" in told
    (notice,) = await heard(talk, "李强")
    assert "王丽 在华星科技 #1" in notice
    assert "发“内部备注 #1 …”回复" in notice
    await talk.did("内部备注 #1 可以给到九折 @王丽", "李强")
    assert "九折" in (await heard(talk, "王丽"))[-1]
    # Being asked for advice opens nothing else.
    assert "华星" not in await talk.says("查 #1", "李强")


async def test_who_is_not_mentioned_writes_no_note_on_a_strangers_customer(talk):
    assert not (await talk.says("内部备注 #1 我来看看", "李强")).startswith("✓")


async def test_a_customer_without_a_conversation_gets_the_note_as_an_activity(talk):
    await talk.did("内部备注 宏达物流 难缠")
    assert "难缠" in await talk.says("历史 宏达物流")
