"""The main story, told over real HTTP: who says what on which phone, and what comes back."""

from __future__ import annotations

from tests.journeys import program


async def test_a_customers_words_reach_the_rep_who_answers_in_place(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    customer = crm.customer()
    await customer.writes("6205 轴承有现货吗？")
    notice = await rep.hears("有现货吗")
    assert "#1" in notice
    assert "认领 #1" in notice
    assert "回1" in notice
    assert (await rep.says("认领 #1")).startswith("✓")
    echo = await rep.says("回1 有的，今天可以发货")
    assert "有的，今天可以发货" in echo
    assert await customer.hears() == "有的，今天可以发货"


async def test_a_rep_moves_a_deal_and_undoes_it(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    assert "华星科技" in await rep.says("新客户 华星科技 张伟 13800002101")
    assert (await rep.says("新商机 华星科技 8.6w")).startswith("✓")
    moved = await rep.says("华星科技 到 谈判")
    assert moved.startswith("✓")
    assert "谈判" in moved
    assert "撤销" in moved
    undone = await rep.says("撤销")
    assert "初步接触" in undone


async def test_a_reminder_comes_by_itself(crm: program.Program) -> None:
    rep = await crm.rep("王丽")
    assert "合同" in await rep.says("1秒后提醒我寄合同")
    assert "寄合同" in await rep.hears("⏰")


async def test_a_stranger_binds_a_chat_with_a_code_once(crm: program.Program) -> None:
    from crm_core import clock, people

    def take_on(session: object) -> str:
        person = people.add(session, "李强", people.Role.REP, now=clock.now())  # type: ignore[arg-type]
        return people.issue_code(session, person, clock.now()).code  # type: ignore[arg-type]

    code = await crm.parts.store.run(take_on)
    phone, thief = crm.customer("o-new"), crm.customer("o-thief")
    assert (await phone.says(f"绑定 {code}")).startswith("✓ 李强")
    assert "✓" not in await thief.says(f"绑定 {code}")
    assert await phone.says("帮助")
