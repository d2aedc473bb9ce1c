"""Taking things back."""

from __future__ import annotations

from decimal import Decimal


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
