"""Answering customers from the chat."""

from __future__ import annotations


async def test_the_one_customer_that_waits_is_answered(talk):
    await talk.customer_writes("华星科技", "能便宜点吗?")
    reply = await talk.did("回 可以，给您95折")
    assert reply == "✓ → 张伟(华星科技): 可以，给您95折\n发“撤销”可收回"
    assert await talk.outgoing() == [("可以，给您95折", "queued")]


async def test_an_answer_can_be_called_back_while_it_is_held(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.did("回 马上")
    reply = await talk.did("撤销")
    assert "收回" in reply
    assert await talk.outgoing() == [("马上", "failed")]
    assert "华星科技" in await talk.says("未回")


async def test_the_number_of_the_notice_names_the_customer(talk):
    await talk.customer_writes("宏达机械", "有货吗")
    number = await talk.customer_writes("华星科技", "在吗")
    assert "华星科技" in await talk.did(f"回{number} 在的")


async def test_with_several_waiting_a_bare_answer_asks_whom_it_is_for(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.customer_writes("宏达机械", "有货吗")
    reply = await talk.says("回 有的")
    assert "✓" not in reply
    assert "华星科技" in reply
    assert "宏达机械" in reply
    assert await talk.outgoing() == []
    await talk.did("1")
    assert len(await talk.outgoing()) == 1


async def test_words_to_somebody_who_did_not_write_last_are_confirmed(talk):
    await talk.customer_writes("华星科技", "在吗")
    await talk.did("回 在的")
    prompt = await talk.says("回复 华星科技 明天给您报价")
    assert "确认" in prompt
    assert "✓" not in prompt
    assert len(await talk.outgoing()) == 1
    await talk.did("1")
    assert len(await talk.outgoing()) == 2


async def test_after_the_window_has_closed_nothing_is_sent_and_other_ways_are_offered(talk):
    await talk.customer_writes("华星科技", "在吗")
    talk.goes_on(hours=49)
    reply = await talk.says("回 在的")
    assert "没有发出" in reply
    assert "13812345678" in reply
    assert await talk.outgoing() == []


async def test_a_customer_that_never_wrote_can_not_be_answered(talk):
    reply = await talk.says("回复 华星科技 您好")
    assert "✓" not in reply
    assert await talk.outgoing() == []


async def test_who_waits_is_listed_with_the_last_words(talk):
    assert "没有" in await talk.says("未回")
    await talk.customer_writes("华星科技", "能便宜点吗?")
    talk.goes_on(minutes=20)
    reply = await talk.says("未回")
    assert "张伟(华星科技)" in reply
    assert "20分钟" in reply
    assert "能便宜点吗?" in reply


async def test_an_answer_that_is_a_number_answers_the_customer_who_waits(talk):
    await talk.customer_writes("宏达机械", "要几台?")
    await talk.says("华星 赢单")
    await talk.says("回 1")
    assert (await talk.deal("华星科技"))["status"] == "open"


async def test_an_answer_that_is_a_number_answers_the_question_when_nobody_waits(talk):
    await talk.says("华星 赢单")
    await talk.did("回 1")
    assert (await talk.deal("华星科技"))["status"] == "won"


async def test_the_words_go_out_as_they_were_typed(talk):
    words = "好的 ]]> <b>8.5w</b> 月底 & 😀"
    await talk.customer_writes("华星科技", "报个价")
    await talk.did(f"回 {words}")
    assert (await talk.outgoing())[0][0] == words


async def test_a_number_that_begins_the_words_is_no_customer(talk):
    await talk.customer_writes("华星科技", "多少钱")
    assert await talk.did("回 200一吨") == "✓ → 张伟(华星科技): 200一吨\n发“撤销”可收回"
