"""Searching in chat: one screen with who, when and the words around."""

from __future__ import annotations

from bot import replies


async def test_a_word_is_found_in_what_was_said_with_who_and_when(talk):
    number = await talk.customer_writes("华星科技", "您好，上次说的报价单能不能发我一下？")
    await talk.did("记 华星科技 嫌报价偏高")
    reply = await talk.says("搜 报价")
    head, newest, oldest = reply.splitlines()
    assert head == "“报价”：记录 2"
    assert newest.startswith("1 今天 12:00 华星科技 #")
    assert newest.endswith("记: 嫌报价偏高")
    assert oldest.startswith("2 今天 12:00 张伟(华星科技) #")
    assert "报价单能不能发我" in oldest
    assert f"#{number}" in oldest


async def test_customers_of_that_name_come_first_and_a_number_opens_the_card(talk):
    await talk.customer_writes("宏达物流", "宏达的货什么时候到")
    reply = await talk.says("搜 宏达")
    head, first, second, said, deal = reply.splitlines()
    assert head == "“宏达”：客户 2 · 记录 2"
    assert "宏达物流 #" in first
    assert "宏达机械 #" in second
    assert "货什么时候到" in said
    assert deal.endswith(": D2 宏达机械")
    assert (await talk.says("2")).startswith("宏达机械 #")


async def test_words_between_spaces_are_found_in_any_order(talk):
    for words in ("找 物流 宏达", "搜 宏达 wuliu", "搜 zhao qiang"):
        assert "宏达物流 #" in await talk.says(words)
    assert "没有找到" in await talk.says("搜 宏达 电子")


async def test_a_contact_is_found_by_name_pinyin_and_the_tail_of_the_number(talk):
    for words in ("搜 张伟", "搜 zhangwei", "search 5678", "搜 13812345678"):
        assert "华星科技 #" in await talk.says(words)
    assert "没有找到" in await talk.says("搜 张建伟")


async def test_what_a_colleague_looks_after_is_not_found(talk):
    await talk.customer_writes("远航电子", "报价太高了")
    for words in ("搜 报价", "搜 远航", "搜 孙丽", "搜 13611112222", "搜 1111222"):
        reply = await talk.says(words)
        assert "没有找到" in reply
        assert "远航电子" not in reply
    assert "报价太高了" in await talk.says("搜 报价", "赵敏")


async def test_many_hits_are_shown_a_screen_at_a_time(talk):
    for n in range(11):
        await talk.customer_writes("华星科技", f"第{n}次问合同的事" + "，" * 80)
        talk.goes_on(minutes=1)
    reply = await talk.says("搜 合同")
    assert reply.splitlines()[0] == "“合同”：记录 11"
    assert [reply.count(f"第{n}次") for n in (10, 9, 8, 7, 6)] == [1, 1, 1, 1, 0]
    assert "更多" in reply
    seen = [line for line in reply.splitlines() if "次问" in line]
    for _ in range(2):
        reply = await talk.says("更多")
        assert len(reply.splitlines()) <= replies.LINES
        seen += [line for line in reply.splitlines() if "次问" in line]
    assert len(seen) == 11
    assert "更多" not in reply


async def test_a_search_for_signs_or_one_character_is_answered_sanely(talk):
    await talk.customer_writes("华星科技", "好")
    assert "没有找到" in await talk.says("搜 ？！")
    assert "张伟" in await talk.says("搜 好")
    assert "华星科技" in await talk.says("搜 华")


async def test_the_words_found_are_shown_even_deep_in_a_long_text(talk):
    await talk.customer_writes("华星科技", "很长的话" * 40 + "合同编号HT-2024-0081" + "请查收" * 40)
    reply = await talk.says("搜 ht-2024")
    assert "HT-2024-0081" in reply
    assert len(reply) < 200
