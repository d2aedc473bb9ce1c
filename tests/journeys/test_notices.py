"""Who is told what, when, and what to do about it."""

from __future__ import annotations

from datetime import timedelta

from channels.sandbox import wechat_api
from crm_core import clock, people
from tests.journeys import program


async def test_the_first_claim_wins_and_the_other_rep_sees_who_took_it(
    crm: program.Program,
) -> None:
    first, second = await crm.rep("王丽"), await crm.rep("李强")
    customer = crm.customer()
    await customer.writes("你们做链轮吗")
    assert "认领" in await first.hears("链轮")
    assert "认领" in await second.hears("链轮")
    assert (await first.says("认领 #1")).startswith("✓")
    refused = await second.says("认领 #1")
    assert "王丽" in refused
    assert "✓" not in refused


async def test_only_the_owner_hears_of_an_owned_customer(crm: program.Program) -> None:
    owner, other = await crm.rep("王丽"), await crm.rep("李强")
    customer = crm.customer()
    await customer.writes("第一句")
    await owner.hears("第一句")
    await owner.says("认领 #1")
    crm.clock.ahead += timedelta(seconds=30)
    await customer.writes("第二句")
    assert "第二句" in await owner.hears("第二句")
    assert not [text for text in other.heard if "第二句" in text]


async def test_bubbles_in_a_row_are_gathered_into_one_notice(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    await customer.writes("在吗")
    await rep.hears("在吗")
    await customer.writes("想问下价格")
    await customer.writes("6205 的")
    await crm.quiet()
    crm.clock.ahead += timedelta(seconds=6)
    notice = await rep.hears("想问下价格")
    assert "6205 的" in notice


async def test_a_yes_after_a_notice_does_not_act(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    await rep.says("新客户 华星科技")
    await rep.says("新商机 华星科技 8万")
    asked = await rep.says("华星科技 赢单")
    assert "发 1 确认，0 取消" in asked
    assert "✓" not in asked
    await customer.writes("好的")
    await rep.hears("好的")
    again = await rep.says("1")
    assert "✓" not in again
    assert "确认" in again
    assert (await rep.says("1")).startswith("✓")


async def test_a_manager_hears_when_no_rep_is_bound(crm: program.Program) -> None:
    manager, customer = await crm.rep("陈静", people.Role.MANAGER), crm.customer()
    await customer.writes("有人吗")
    assert "有人吗" in await manager.hears("有人吗")


async def test_a_disabled_rep_is_refused_politely_and_logged(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    await rep.says("新客户 华星科技")
    await crm.parts.store.run(
        lambda session: people.disable(session, people.named(session, "王丽"), clock.now())
    )
    answer = await rep.says("查 华星科技")
    assert "华星科技" not in answer
    assert "权限" in answer


async def test_words_to_a_rep_wait_while_the_window_is_closed(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    await rep.says("你好")
    for number in range(7):
        customer = crm.customer(f"o-many-{number}")
        await customer.writes(f"第{number}位客户")
    await crm.quiet()
    told = [await rep.hears("位客户") for _ in range(5)]
    assert [("发任意字" in text) for text in told] == [False] * 4 + [True]
    await rep.writes("我在")
    told += [await rep.hears("位客户") for _ in range(2)]
    assert [number for number in range(7) if f"第{number}位客户" not in "".join(told)] == []


async def test_a_rep_hears_when_words_did_not_arrive(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    await customer.writes("报个价")
    await rep.hears("报个价")
    await rep.says("认领 #1")
    crm.platform.api.faults.append(
        wechat_api.Fault(kind="errcode", value=45015, path="custom/send")
    )
    await rep.says("回1 8.5万")
    notice = await rep.hears("✗")
    assert "8.5万" in notice


async def test_a_send_without_an_answer_is_flagged_and_not_repeated(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    await customer.writes("报个价")
    await rep.hears("报个价")
    await rep.says("认领 #1")
    crm.platform.api.faults.append(wechat_api.Fault(kind="reset", path="custom/send", after=True))
    await rep.says("回1 8.5万")
    assert "8.5万" in await rep.hears("?")
    assert customer.heard == ["8.5万"]


async def test_a_provider_that_is_down_gets_the_words_later(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    await customer.writes("报个价")
    await rep.hears("报个价")
    await rep.says("认领 #1")
    crm.platform.api.faults.append(wechat_api.Fault(kind="status", value=500, path="custom/send"))
    await rep.says("回1 8.5万")
    crm.clock.ahead += timedelta(seconds=10)
    assert await customer.hears() == "8.5万"
