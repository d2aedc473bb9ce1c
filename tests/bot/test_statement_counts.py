"""How many statements answering a command takes, however much there is in the database."""

from __future__ import annotations

import pytest

COSTS = {
    "查 华星科技": 11,
    "华星": 11,
    "记 华星 对方要账期": 11,
    "华星 到 谈判": 12,
    "历史 华星": 7,
    "提醒 明天3点 给华星打电话": 11,
    "待办": 4,
    "商机": 7,
    "客户": 4,
    "没有这家": 6,
}
"""The chat and the book of names are read by all; the chat is written once."""


@pytest.mark.parametrize("words", COSTS)
async def test_a_command_takes_at_most_so_many_statements(talk, words):
    await talk.says("待办")
    made = await talk.statements(words)
    assert len(made) <= COSTS[words], "\n".join(" ".join(each.split())[:110] for each in made)
