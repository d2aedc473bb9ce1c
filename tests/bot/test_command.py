"""How commands are declared, and that every declared example does what it says."""

from __future__ import annotations

import pytest

from bot import command, commands
from crm_core import people

REGISTRY = commands.registry()
EXAMPLES = [
    pytest.param(each.name, language, id=f"{each.name}-{language}")
    for each in REGISTRY.values()
    for language in ("zh", "en")
]


def test_the_commands_of_the_first_release_are_there():
    wanted = (
        "query new_customer note new_deal stage amount close_date won lost task tasks done snooze "
        "cancel_task deals claim inbox reply history undo help settings context contact list"
    )
    assert set(wanted.split()) <= set(REGISTRY)


@pytest.mark.parametrize(("name", "language"), EXAMPLES)
async def test_every_example_runs(talk, name, language):
    declared = REGISTRY[name]
    who = "王丽" if people.Role.REP in declared.roles else "赵敏"
    await prepared(talk, name)
    if language == "en":
        await talk.says("语言 英文", who)
    reply = await talk.says(declared.example(language), who)
    if declared.risk is command.Risk.CONFIRM or "确认" in reply or "confirm" in reply:
        assert "✓" not in reply
        reply = await talk.says("1", who)
    assert "没看懂" not in reply
    assert "did not understand" not in reply
    assert reply.startswith("✓") is declared.writes, reply


async def prepared(talk, name: str) -> None:
    """Whatever an example needs to have happened before."""
    await talk.customer_writes("华星科技", "在吗")
    if name in ("tasks", "done", "snooze", "cancel_task"):
        await talk.did("提醒 明天3点 交材料")
        await talk.says("待办")
    if name == "unmerge":
        await talk.says("合并 宏达物流 到 宏达机械")
        await talk.did("1")
    if name == "unshare":
        await talk.says("华星科技 加上李强一起跟")
        await talk.did("1")
    if name == "decide":
        await talk.did("申请 华星科技", "李强")
    if name == "undo":
        await talk.did("华星科技 到 谈判")
    if name == "settings":
        await talk.says("语言 英文")
        await talk.says("lang zh")


def test_the_reference_tells_all_about_every_command():
    entries = command.reference(REGISTRY)
    assert [entry["id"] for entry in entries if not entry["summary"]] == []
    stage = next(entry for entry in entries if entry["id"] == "stage")
    assert stage["examples"] == {"zh": "华星科技 到 谈判", "en": "华星科技 -> negotiation"}
    assert stage["slots"] == [
        {"name": "deal", "required": True},
        {"name": "stage", "required": True},
    ]
    assert stage["risk"] == "write"


def declared(name: str, zh: str) -> command.Commands:
    group = command.Commands("deals")

    def run(turn: command.Turn, text: str = "") -> command.Shown:
        return command.Shown(lines=(text,))

    group.command(name, names=((zh,), ()), examples=("", ""), summary="")(run)
    return group


def test_two_commands_with_one_id_or_one_word_clash_before_anything_is_registered():
    with pytest.raises(command.Clash, match="two commands are called move"):
        command.register([declared("move", "到"), declared("move", "去")])
    with pytest.raises(command.Clash, match="both claim “到”"):
        command.register([declared("move", "到"), declared("go", "到")])


def test_a_function_that_takes_no_turn_is_no_command():
    def run(text: str) -> command.Shown:
        return command.Shown(lines=(text,))

    with pytest.raises(command.Clash, match="must be a Turn"):
        command.Commands("deals").command("x", names=((), ()), examples=("", ""), summary="")(run)
