"""Taking things back."""

from __future__ import annotations

from decimal import Decimal

import pytest


async def test_undo_goes_back_step_by_step(talk):
    await talk.did("华星 到 谈判")
    await talk.did("华星 改9w")
    await talk.did("撤销")
    await talk.did("撤销")
    deal = await talk.deal("华星科技")
    assert (deal["stage"], deal["amount"]) == ("proposal", Decimal(80000))
    assert "没有可撤销" in await talk.says("撤销")


async def test_undo_is_refused_with_the_difference_when_somebody_changed_it_since(talk):
    await talk.did("华星 改9w")
    await talk.did("华星科技 改9.5w", "赵敏")
    reply = await talk.says("撤销")
    assert "✓" not in reply
    assert "9万" in reply
    assert "9.5万" in reply
    assert (await talk.deal("华星科技"))["amount"] == Decimal(95000)


async def test_undo_takes_back_only_what_this_rep_did(talk):
    await talk.did("远航电子 到 谈判", "李强")
    assert "没有可撤销" in await talk.says("撤销")


async def test_after_a_day_it_is_too_late(talk):
    await talk.did("华星 到 谈判")
    talk.goes_on(hours=25)
    assert "没有可撤销" in await talk.says("撤销")


async def test_an_undone_change_can_be_made_again_at_once(talk):
    await talk.did("华星 到 谈判")
    await talk.did("撤销")
    await talk.did("华星 到 谈判")


async def test_putting_a_task_off_is_taken_back(talk):
    await talk.did("提醒 明天3点 交材料")
    await talk.did("T1 推到周三")
    await talk.did("撤销")
    assert "明天 15:00" in await talk.says("待办")


@pytest.mark.parametrize(
    "words",
    [
        "新客户 云帆贸易 陈经理 13800001111 a@yunfan.cn",
        "昨天拜访了华星科技，聊得不错",
        "新商机 宏达物流 叉车 12w 12月15日",
        "华星科技 预计12月20号签",
        "华星科技的电话改成 13800002222",
        "华星科技的行业改成物流",
        "华星科技的名字改成 华星集团",
        "华星科技 标签 +VIP",
        "认领 东方印务",
        "提醒 周五前 把合同给宏达机械",
        "完成 T1",
        "取消任务 T1",
        "时区 东京",
    ],
)
async def test_every_kind_of_write_can_be_taken_back_and_made_again(talk, words):
    await talk.did("提醒 明天3点 交材料")
    await talk.did(words)
    await talk.did("撤销")
    await talk.did(words)
