"""The manners of the talk: questions, answers, interruptions, misses and defects."""

from __future__ import annotations

import re

import pytest

from bot import world


async def test_a_notice_between_question_and_answer_never_lets_a_bare_yes_act(talk):
    await talk.says("华星 赢单")
    await talk.notice_arrives()
    again = await talk.says("好")
    assert "✓" not in again
    assert "华星科技" in again
    assert "发 1 确认，0 取消" in again
    assert (await talk.deal("华星科技"))["status"] == "open"
    await talk.did("1")
    assert (await talk.deal("华星科技"))["status"] == "won"


async def test_a_look_between_question_and_answer_makes_it_ask_again(talk):
    await talk.says("华星 赢单")
    await talk.says("查 宏达机械")
    again = await talk.says("1")
    assert "✓" not in again
    assert "华星科技" in again
    await talk.did("1")


async def test_a_list_between_question_and_answer_is_what_a_number_means(talk):
    await talk.says("华星 赢单")
    await talk.says("我的客户")
    assert "✓" not in await talk.says("1")
    assert (await talk.deal("华星科技"))["status"] == "open"


async def test_a_full_command_wins_over_the_open_question(talk):
    await talk.says("华星 赢单")
    await talk.did("记 宏达机械 要样品")
    assert "✓" not in await talk.says("1")
    assert (await talk.deal("华星科技"))["status"] == "open"


async def test_a_question_is_forgotten_after_ten_minutes(talk):
    await talk.says("华星 赢单")
    talk.goes_on(minutes=11)
    assert "✓" not in await talk.says("1")
    assert (await talk.deal("华星科技"))["status"] == "open"


@pytest.mark.parametrize(
    "yes", ["1", "好", "是", "对", "确认", "ok", "y", "yes", "confirm", "OK。"]
)
async def test_many_words_for_yes(talk, yes):
    await talk.says("华星 赢单")
    await talk.did(yes)


@pytest.mark.parametrize("no", ["0", "取消", "不", "n", "no", "cancel", "算了"])
async def test_many_words_for_no(talk, no):
    await talk.says("华星 赢单")
    assert "✓" not in await talk.says(no)
    assert "✓" not in await talk.says("好")
    assert (await talk.deal("华星科技"))["status"] == "open"


async def test_a_yes_to_a_list_of_several_asks_for_the_number(talk):
    await talk.says("宏达 到 谈判")
    assert "编号" in await talk.says("好")
    assert "没有编号" in await talk.says("9")


async def test_a_bare_yes_or_number_without_a_question_does_nothing(talk):
    for word in ("1", "好", "0"):
        assert "✓" not in await talk.says(word)


async def test_an_answer_means_the_record_that_was_shown_whatever_is_looked_at_meanwhile(talk):
    await talk.says("查 华星")
    await talk.says("赢单")
    await talk.says("查 宏达机械")
    await talk.says("1")
    assert "华星科技" in await talk.did("1")
    assert (await talk.deal("宏达机械"))["status"] == "open"


async def test_a_tap_on_an_older_message_does_not_answer_a_newer_question(talk):
    from conversations import outbox, threads
    from crm_core import people

    def old_message(session):
        rep = people.named(session, "王丽")
        conversation = threads.at(session, talk.door(session, rep), "wechat", "main", talk.now)
        return outbox.queue(session, conversation, outbox.Draft(text="1 …"), talk.now).reference

    reference = await talk.run(old_message)
    talk.goes_on(minutes=1)
    await talk.says("华星 赢单")
    assert "✓" not in await talk.says("1", kind="menu", tapped=f"{reference}.1")
    assert (await talk.deal("华星科技"))["status"] == "open"


async def test_choices_carry_the_numbers_that_the_text_prints(talk):
    await talk.says("宏达 到 谈判")
    reply = talk.replies[-1]
    assert [choice.value for choice in reply.choices] == ["1", "2", "0"]
    assert all(f"{choice.value} {choice.label}" in reply.text for choice in reply.choices)


async def test_a_batch_runs_line_by_line_and_tells_of_each(talk):
    reply = await talk.says("华星 到 谈判\n记 宏达机械 要样品\n天马集团 到 谈判")
    lines = reply.splitlines()
    assert [line[0] for line in lines[:3]] == ["✓", "✓", "✗"]
    assert "撤销" in lines[3]
    assert (await talk.deal("华星科技"))["stage"] == "negotiation"


async def test_pasted_talk_never_runs(talk):
    reply = await talk.says("张伟 10:23\n华星 赢单\n王丽 10:24\n好的，改成9w")
    assert "✓" not in reply
    assert (await talk.deal("华星科技"))["status"] == "open"


@pytest.mark.parametrize("words", ["哈哈哈", "你们那个五万八的套餐还有吗", "今天天气不错", "😀😀"])
async def test_unrelated_words_do_nothing(talk, words):
    assert "✓" not in await talk.says(words)


async def test_the_menu_comes_after_three_misses_in_a_row(talk):
    for _ in range(2):
        assert "直接发" not in await talk.says("哈哈哈")
    assert "直接发" in await talk.says("哈哈哈")


async def test_what_was_not_understood_offers_what_was_found(talk):
    await talk.says("查 华星")
    assert "记到 华星科技" in await talk.says("哎呀呀这个事情哦")
    assert "哎呀呀这个事情哦" in await talk.did("1")


@pytest.mark.parametrize("words", ["漏斗", "日报", "打电话 华星"])
async def test_what_is_understood_but_not_built_is_said_honestly(talk, words):
    reply = await talk.says(words)
    assert "还没有" in reply
    assert "✓" not in reply


async def test_pictures_places_and_empty_words_are_answered(talk):
    for kind in ("image", "location", "file"):
        assert "✓" not in await talk.says("[图片]", kind=kind)
    assert await talk.says("   ")
    assert (await talk.says("华星 到 谈判", kind="voice")).startswith("✓")


async def test_a_defect_gets_a_number_and_changes_nothing(talk, capsys):
    talk.setting = world.World(timezone="Nowhere/Atall")
    reply = await talk.says("提醒 明天3点 交材料")
    reference = re.search(r"编号 ([0-9A-F]{4})", reply)
    assert reference is not None
    shown = capsys.readouterr()
    assert reference.group(1) in shown.out + shown.err
    assert "unknown time zone" in shown.out + shown.err
    talk.setting = world.World()
    assert "没有待办" in await talk.says("待办")


async def test_two_reps_have_two_chats(talk):
    await talk.says("华星 赢单")
    assert "✓" not in await talk.says("1", "李强")
    await talk.did("1")


@pytest.mark.parametrize(
    "words", ["]]>", "\u202e华星", "{name} {0} %s", "'; drop table reps;--", "一" * 5000]
)
async def test_any_text_is_answered_and_kept(talk, words):
    assert await talk.says(words)
    await talk.did(f"记 华星科技 x{words}")
    await talk.says("撤销")


async def test_every_reply_fits_one_screen(talk):
    await talk.customer_writes("华星科技", "第一行\n第二行\n第三行")
    for words in ("查 华星", "历史 华星", "商机", "待办", "我的客户", "帮助", "未回", "华星 输单"):
        reply = await talk.says(words)
        assert len(reply.splitlines()) <= 6, reply


async def test_politeness_is_answered_and_is_no_name(talk):
    for words in ("谢谢", "你好", "thanks!"):
        reply = await talk.says(words)
        assert "新建客户" not in reply
        assert "没看懂" not in reply


async def test_politeness_does_not_pick_from_a_list(talk):
    assert "新建客户" in await talk.says("查 天马集团")
    assert "✓" not in await talk.says("好的")
    await talk.did("1")
