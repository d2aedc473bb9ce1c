"""Tasks and reminders, as reps say them."""

from __future__ import annotations

import sqlalchemy as sa

from crm_core import jobs, tasks


async def due(talk) -> list[tuple[str, str, str]]:
    """(words, when, status) of all tasks."""

    def work(session):
        found = session.scalars(sa.select(tasks.Task).order_by(tasks.Task.id))
        return [(each.text, f"{each.due_at:%m-%d %H:%M}", each.status) for each in found]

    return list(await talk.run(work))


async def test_a_reminder_is_echoed_with_day_weekday_and_time(talk):
    reply = await talk.did("提醒 明天3点 给华星科技打电话")
    assert "11月23日(周一) 15:00" in reply
    assert "华星科技" in reply
    assert [when for _, when, _ in await due(talk)] == ["11-23 07:00"]
    pending = await talk.run(
        lambda session: session.scalar(
            sa.select(sa.func.count()).where(jobs.Job.kind == tasks.REMIND)
        )
    )
    assert pending == 1


async def test_without_a_time_it_is_asked_for(talk):
    assert "什么时候" in await talk.says("提醒 交材料")
    assert "17:00" in await talk.did("明天下午5点")


async def test_a_time_that_has_passed_is_asked_about(talk):
    reply = await talk.says("提醒 昨天3点 交材料")
    assert "确认" in reply
    assert await due(talk) == []


async def test_a_day_that_does_not_exist_is_asked_about_and_never_corrected(talk):
    reply = await talk.says("2月30日提醒我开会")
    assert "✓" not in reply
    assert await due(talk) == []
    assert "3月1日" in await talk.did("3月1号")


async def test_done_by_the_number_of_the_list(talk):
    await talk.did("提醒 明天3点 交材料")
    await talk.did("提醒 明天4点 开会")
    reply = await talk.says("待办")
    assert reply.splitlines()[0] == "待办 2 条"
    await talk.did("完成 2")
    assert [status for _, _, status in await due(talk)] == ["open", "done"]
    await talk.did("撤销")
    assert [status for _, _, status in await due(talk)] == ["open", "open"]


async def test_a_number_after_the_list_asks_what_to_do_with_that_task(talk):
    await talk.did("提醒 明天3点 交材料")
    await talk.says("待办")
    assert "1 完成" in await talk.says("1")
    await talk.did("1")
    assert (await due(talk))[0][2] == "done"


async def test_putting_off_and_calling_off(talk):
    await talk.did("提醒 明天3点 交材料")
    await talk.says("待办")
    assert "11月25日(周三)" in await talk.did("1 推到周三")
    await talk.did("取消任务 T1")
    assert (await due(talk))[0][2] == "cancelled"
    assert "没有待办" in await talk.says("待办")


async def test_tasks_of_another_rep_are_out_of_reach(talk):
    await talk.did("提醒 明天3点 交材料")
    assert "✓" not in await talk.says("完成 T1", "李强")
    assert "没有待办" in await talk.says("待办", "李强")


async def test_a_task_for_a_colleague_is_refused_honestly(talk):
    reply = await talk.says("让李强 明天3点 把合同给华星科技")
    assert "✓" not in reply
    assert await due(talk) == []


async def test_a_repeating_reminder_says_that_it_comes_once(talk):
    assert "重复" in await talk.did("每周一早上9点 提醒我开周会")


async def test_a_long_list_has_pages(talk):
    for number in range(1, 7):
        await talk.did(f"提醒 明天{number + 8}点 第{number}件事")
    first = await talk.says("待办")
    assert len(first.splitlines()) <= 6
    assert "更多" in first
    assert "第6件事" in await talk.says("更多")
