"""Help and a rep's own settings."""

from __future__ import annotations


async def test_help_fits_one_screen_and_uses_the_reps_own_customer(talk):
    reply = await talk.says("帮助")
    assert len(reply.splitlines()) <= 6
    assert any(name in reply for name in ("华星科技", "宏达机械", "宏达物流"))
    assert await talk.says("?") == reply


async def test_help_on_a_topic_and_on_a_command(talk):
    topic = await talk.says("帮助 商机")
    assert "到 谈判" in topic
    assert len(topic.splitlines()) <= 6
    assert "赢单" in await talk.says("更多")
    assert "改9w" in await talk.says("怎么改金额")


async def test_the_language_changes_at_once_and_can_be_taken_back(talk):
    assert "English" in await talk.did("语言 英文")
    assert "Just write" in await talk.says("help")
    assert (await talk.says("undo")).startswith("✓")
    assert "直接发" in await talk.says("帮助")


async def test_times_follow_the_reps_time_zone(talk):
    await talk.did("时区 东京")
    assert "15:00" in await talk.did("提醒 明天3点 交材料")
    await talk.did("时区 北京")
    assert "14:00" in await talk.says("待办")


async def test_unknown_settings_are_refused_in_words(talk):
    assert "✓" not in await talk.says("时区 火星")
    assert "✓" not in await talk.says("免打扰 后来")
    assert "绑定过" in await talk.says("绑定 482913")
