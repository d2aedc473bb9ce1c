"""Commands about deals, as reps say them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest


async def test_a_deal_moves_with_one_short_sentence(talk):
    reply = await talk.says("华星 到 谈判")
    assert reply == ("✓ 华星科技 · 报价→谈判 · 8万 · 预计12月30日(周三)\n发“撤销”可恢复")
    assert (await talk.deal("华星科技"))["stage"] == "negotiation"


async def test_one_line_changes_stage_amount_and_day_and_is_one_undo(talk):
    reply = await talk.did("华星 谈判 8.5w 月底签，记 对方要账期")
    assert "报价→谈判" in reply
    assert "8万→8.5万" in reply
    assert "11月30日(周一)" in reply
    assert "对方要账期" in reply
    deal = await talk.deal("华星科技")
    assert deal["amount"] == Decimal(85000)
    assert deal["close_date"] == date(2026, 11, 30)
    await talk.did("撤销")
    deal = await talk.deal("华星科技")
    assert (deal["stage"], deal["amount"]) == ("proposal", Decimal(80000))
    assert deal["close_date"] == date(2026, 12, 30)
    assert "对方要账期" not in await talk.says("历史 华星")


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("华星 改9w", 90000),
        ("华星 砍两万", 60000),
        ("华星 打九折", 72000),
        ("华星谈到七万八", 78000),
    ],
)
async def test_amounts_are_set_changed_by_a_sum_or_by_a_factor(talk, words, amount):
    reply = await talk.did(words)
    assert "8万→" in reply
    assert (await talk.deal("华星科技"))["amount"] == Decimal(amount)


async def test_an_amount_ten_times_the_old_one_is_asked_about_first(talk):
    reply = await talk.says("华星 改成 80w")
    assert "确认" in reply
    assert "发 1 确认，0 取消" in reply
    assert "✓" not in reply
    assert (await talk.deal("华星科技"))["amount"] == Decimal(80000)
    await talk.did("1")
    assert (await talk.deal("华星科技"))["amount"] == Decimal(800000)


async def test_a_bare_small_number_is_never_taken_for_an_amount(talk):
    reply = await talk.says("华星 改到 18")
    assert "18万" in reply
    assert "18元" in reply
    await talk.did("1")
    assert (await talk.deal("华星科技"))["amount"] == Decimal(180000)


async def test_a_new_deal_is_opened_with_amount_and_day(talk):
    reply = await talk.did("新商机 宏达物流 叉车 12w 12月15日")
    deal = await talk.deal("宏达物流")
    assert f"D{deal['id']}" in reply
    assert deal["amount"] == Decimal(120000)
    assert deal["close_date"] == date(2026, 12, 15)


async def test_a_customer_without_a_deal_is_offered_one(talk):
    reply = await talk.says("宏达物流 改到 12w")
    assert "没有进行中的商机" in reply
    assert "1 新建商机" in reply
    await talk.did("1")
    assert (await talk.deal("宏达物流"))["amount"] == Decimal(120000)


async def test_several_deals_of_a_customer_are_asked_about(talk):
    await talk.did("新商机 华星科技 配件 2w")
    await talk.says("忘掉当前")
    reply = await talk.says("华星 到 谈判")
    assert "是哪个" in reply
    assert "配件" in reply
    await talk.did("1")
    assert (await talk.deal("华星科技"))["stage"] == "negotiation"


async def test_winning_is_confirmed_and_done_once(talk):
    prompt = await talk.says("华星 赢单 8.5w")
    assert "确认" in prompt
    assert "华星科技" in prompt
    assert "✓" not in prompt
    assert (await talk.deal("华星科技"))["status"] == "open"
    reply = await talk.did("好")
    assert "赢单" in reply
    assert "撤销" in reply
    deal = await talk.deal("华星科技")
    assert (deal["status"], deal["amount"]) == ("won", Decimal(85000))


async def test_a_confirmation_that_is_declined_does_nothing(talk):
    await talk.says("华星 赢单")
    reply = await talk.says("取消")
    assert "✓" not in reply
    assert (await talk.deal("华星科技"))["status"] == "open"
    assert "✓" not in await talk.says("1")


async def test_losing_asks_for_the_reason_by_number_or_in_words(talk):
    prompt = await talk.says("华星 输单")
    assert "输单原因" in prompt
    assert "1 价格" in prompt
    assert "确认" in await talk.says("对方老板换人了")
    await talk.did("1")
    deal = await talk.deal("华星科技")
    assert (deal["status"], deal["lost_reason"]) == ("lost", "对方老板换人了")
    await talk.did("撤销")
    await talk.says("华星 输单")
    await talk.says("2")
    await talk.did("1")
    assert (await talk.deal("华星科技"))["lost_reason"] == "竞品"


async def test_a_day_in_the_past_is_asked_about(talk):
    reply = await talk.says("华星 预计11月1日签")
    if "✓" not in reply:
        assert "确认" in reply
    assert (await talk.deal("华星科技"))["close_date"] != date(2026, 11, 1)


async def test_the_list_of_deals_has_sums_and_opens_a_card_by_number(talk):
    reply = await talk.says("商机")
    assert reply.splitlines()[0] == "进行中的商机 2 个 · 合计 16万"
    assert "1 华星科技 · 报价 · 8万 · 12月30日(周三)" in reply
    assert "远航电子" not in reply
    assert (await talk.says("1")).startswith("华星科技 #")


async def test_a_question_about_a_deal_only_shows_it(talk):
    reply = await talk.says("华星到谈判了吗？")
    assert "✓" not in reply
    assert reply.startswith("华星科技")
    assert (await talk.deal("华星科技"))["stage"] == "proposal"


async def test_nobody_changes_a_deal_of_a_colleagues_customer(talk):
    reply = await talk.says("远航电子 到 谈判")
    assert "✓" not in reply
    assert (await talk.deal("远航电子"))["stage"] == "proposal"
    await talk.did("远航电子 到 谈判", "李强")
    assert (await talk.deal("远航电子"))["stage"] == "negotiation"


async def test_english_is_spoken_to_the_end(talk):
    await talk.says("语言 英文")
    reply = await talk.did("move 华星科技 to negotiation")
    assert reply == (
        "✓ 华星科技 · Proposal→Negotiation · ¥80,000 · expected Wed 30 Dec\n"
        "Send “undo” to take it back"
    )
    prompt = await talk.says("won 华星科技")
    assert "confirm" in prompt
    assert "Send 1 to confirm, 0 to cancel" in prompt
