"""Notes and the history they make."""

from __future__ import annotations


async def test_a_note_keeps_every_character(talk):
    words = "对方说 8.5w 可以，下周三签 <b>😀</b>"
    await talk.did(f"记 华星 {words}")
    assert words in await talk.says("历史 华星")
    deal = await talk.deal("华星科技")
    assert deal["stage"] == "proposal"


async def test_a_note_without_words_asks_for_them(talk):
    reply = await talk.says("记 华星")
    assert "✓" not in reply
    assert "对方要账期" in await talk.did("对方要账期")


async def test_the_same_note_twice_in_two_minutes_is_asked_about(talk):
    await talk.did("记 华星 谈得不错")
    assert "再做一次" in await talk.says("记 华星 谈得不错")
    talk.goes_on(minutes=3)
    await talk.did("记 华星 谈得不错")


async def test_the_history_mixes_messages_notes_and_deals_newest_first(talk):
    await talk.customer_writes("华星科技", "能便宜点吗?")
    talk.goes_on(minutes=1)
    await talk.did("回 可以")
    await talk.did("记 华星 快签了")
    lines = (await talk.says("历史 华星")).splitlines()
    assert [line.split(" ", 2)[2] for line in lines[1:]] == [
        "记: 快签了",
        "我: 可以",
        "张伟: 能便宜点吗?",
        "D1 · 报价 · 8万 · 预计12月30日(周三)",
    ]


async def test_a_long_history_is_paged_with_more_and_every_entry_shows_once(talk):
    for number in range(9):
        talk.goes_on(minutes=3)
        await talk.did(f"记 华星 第{number}条")
    await talk.did("提醒 明天10点 给华星寄样品")
    pages = [await talk.says("历史 华星"), await talk.says("更多"), await talk.says("more")]
    lines = [line for page in pages for line in page.splitlines()[1:] if "更多" not in line]
    told = [line.split(" ", 2)[2] for line in lines]
    assert told[0].startswith("⏰ T")
    assert told[1:-1] == [f"记: 第{number}条" for number in reversed(range(9))]
    assert told[-1].startswith("D1")
    assert [len(page.splitlines()) <= 6 for page in pages] == [True, True, True]
    assert "更多" in pages[1]
    assert "更多" not in pages[2]


async def test_a_day_to_come_in_a_note_is_offered_as_a_reminder_and_no_more(talk):
    reply = await talk.did("记 华星 下周三去签合同")
    assert "要为“下周三”建提醒吗" in reply
    assert "没有待办" in await talk.says("待办")
    await talk.did("记 宏达机械 下周四去签合同")
    assert "11月26日(周四) 09:00" in await talk.did("1")


async def test_a_daily_report_is_not_written_on_whatever_customer_is_at_hand(talk):
    await talk.says("查 华星")
    assert "✓" not in await talk.says("写日报 今天拜访了3家")
