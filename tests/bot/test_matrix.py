"""Every chat command, said by every role about one rep's customer: done, unknown or denied.

A new command needs a row here: what may each role do with it?
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

import pytest
import sqlalchemy as sa

from bot import commands, dialogue, phrases, tables, world
from bot.language import router, understanding
from conversations import log, threads
from crm_core import addresses, audit, database, people
from tests import matrix
from tests.bot import talking

assert tables.__all__
NOW = talking.SUNDAY
# + carried out, asked about or refused for reasons of its own; - unknown; x the role may not.
# Columns: rep (own), rep (other team), manager (own team), manager (other team), admin.
MATRIX: dict[str, tuple[str, str]] = {
    "query": ("查 #{customer}", matrix.SCOPED),
    "contact": ("#{customer} 电话", matrix.SCOPED),
    "reveal": ("看电话 #{customer}", matrix.SCOPED),
    "context": ("切到 #{customer}", matrix.SCOPED),
    "new_customer": ("新客户 金盾仪表", matrix.EVERYBODY),
    "claim": ("认领 #{customer}", matrix.SCOPED),
    "field": ("#{customer}的行业改成物流", matrix.SCOPED),
    "tag": ("#{customer} 标签 +VIP", matrix.SCOPED),
    "alias": ("#{customer} 又叫 老金", matrix.SCOPED),
    "list": ("我的客户", matrix.EVERYBODY),
    "new_deal": ("新商机 #{customer} 框架 9w", matrix.SCOPED),
    "stage": ("D{deal} 到 谈判", matrix.SCOPED),
    "amount": ("D{deal} 改9w", matrix.SCOPED),
    "close_date": ("#{customer} 预计下个月15号签", matrix.SCOPED),
    "won": ("#{customer} 赢单", matrix.SCOPED),
    "lost": ("#{customer} 输单 价格太高", matrix.SCOPED),
    "deals": ("商机", matrix.EVERYBODY),
    "help": ("帮助", matrix.EVERYBODY),
    "history": ("历史 #{customer}", matrix.SCOPED),
    "note": ("记 #{customer} 要账期", matrix.SCOPED),
    "search": ("搜 机密报价", matrix.EVERYBODY),
    "settings": ("语言 中文", matrix.EVERYBODY),
    "reply": ("回复 #{customer} 好的", matrix.SCOPED),
    "inbox": ("未回", matrix.EVERYBODY),
    "task": ("提醒 明天3点 给#{customer}打电话", matrix.SCOPED),
    "tasks": ("待办", matrix.EVERYBODY),
    "done": ("完成 T{task}", matrix.SCOPED),
    "snooze": ("T{task} 推到明天", matrix.SCOPED),
    "cancel_task": ("取消任务 T{task}", matrix.SCOPED),
    "undo": ("撤销", matrix.EVERYBODY),
    "attend": ("接入 #{customer}", matrix.SCOPED),
    "remark": ("内部备注 #{customer} 要账期", matrix.SCOPED),
    "handover": ("接管 #{customer}", "xx+-+"),
    "assign": ("转 #{customer} 给 赵敏", matrix.SCOPED),
    "release": ("#{customer} 放回公海", matrix.SCOPED),
    "watch": ("关注 #{customer}", "xx+-+"),
    "away": ("请假 到周五", matrix.EVERYBODY),
    "back": ("回来", matrix.EVERYBODY),
    "merge": ("合并 #{spare} #{customer}", matrix.SCOPED),
    "unmerge": ("取消合并 #{customer}", matrix.SCOPED),
    "move_talk": ("移会话 #{customer} 到 #{spare}", matrix.SCOPED),
    "unshare": ("取消共享 #{customer} 李强", matrix.SCOPED),
    "different": ("不是同一个 #{spare} #{customer}", matrix.SCOPED),
    "duplicates": ("疑似重复", matrix.EVERYBODY),
    "check": ("查重 金盾仪表", matrix.EVERYBODY),
    "request": ("申请 #{customer}", matrix.EVERYBODY),
    "decide": ("批复 R1 共享", matrix.MANAGERS),
    "requests": ("待批", matrix.MANAGERS),
}


@dataclass(frozen=True)
class Heard:
    """What somebody was answered, which command it was, and what of it stands in the audit."""

    text: str
    verb: str
    denied: tuple[str, ...]


class _Taken(Exception):
    def __init__(self, heard: Heard) -> None:
        super().__init__(heard)
        self.heard = heard


def says(session, who, text):
    """Somebody of ours writes; nothing of what follows is kept."""
    rep = people.named(session, who)
    door = addresses.add(session, "wechat", f"o-{rep.id}", account="main", rep_id=rep.id, now=NOW)
    talk = threads.at(session, door, "wechat", "main", NOW)
    entry = log.Message(
        direction="in",
        author_kind="rep",
        author_id=rep.id,
        author_name=rep.name,
        kind="text",
        text=text,
        at=NOW,
        created_at=NOW,
    )
    log.append(session, talk, entry)
    incoming = dialogue.Incoming(
        text=text, kind="text", at=NOW, message=entry, event=None, conversation=talk
    )
    reply = dialogue.respond(session, rep, incoming, world.World(), NOW)
    denied = session.execute(
        sa.select(audit.ChangeSet.command, audit.Change.record, audit.Change.record_id)
        .join(audit.Change)
        .where(audit.ChangeSet.kind == "denied", audit.ChangeSet.cause == f"message:{entry.id}")
    ).all()
    verbs = [verb for verb, _record, _number in denied]
    raise _Taken(Heard(reply.text, verbs[0] if verbs else "", tuple(map(str, denied))))


def outcome(heard: Heard) -> str:
    """+, - or x: what became of a command, by the words of the answer."""
    say = phrases.speaker("zh")
    if any(heard.text.startswith(say(key).partition("{")[0]) for key in MAY_NOT):
        return "x"
    beginnings = [say(key).partition("{")[0] for key in UNKNOWN_SENTENCES]
    return "-" if any(heard.text.startswith(words) for words in beginnings) else "+"


MAY_NOT = ("You may not do that. {who} may: ask there.", "Only a manager can do that.")
UNKNOWN_SENTENCES = (
    "I know no customer {name} among yours and in the pool.",
    "I know no deal {name}.",
    "I know no task {name} of yours.",
)


def test_every_command_has_a_row():
    assert set(commands.registry()) == set(MATRIX), "who may use it? Say so in MATRIX"


@pytest.mark.parametrize("name", MATRIX)
def test_the_words_of_a_row_are_its_command(name):
    there = matrix.Company(customer=4, spare=1, deal=1, task=1)
    context = understanding.Context(now=NOW, tz=UTC)
    said = router.understand(MATRIX[name][0].format(**vars(there)), context)
    assert name in {said.command, *(clause.command for clause in said.clauses)}


async def test_every_role_gets_with_every_command_what_the_row_says(database_url):
    store = database.open_database(database_url)
    there = await store.run(matrix.founded, NOW - timedelta(days=1))
    wrong = []
    for name, (sentence, row) in MATRIX.items():
        for role, expected in zip(matrix.ROLES, row, strict=True):
            try:
                await store.run(says, role, sentence.format(**vars(there)))
            except _Taken as taken:
                wrong += _wrong(name, role, expected, taken.heard)
    await store.close()
    if wrong:
        pytest.fail("\n".join(["", *wrong]), pytrace=False)


def _wrong(name: str, role: str, expected: str, heard: Heard) -> list[str]:
    found, where = outcome(heard), f"{name} by {role}"
    problems = []
    if found != expected:
        problems.append(f"{where}: {found} instead of {expected}: {heard.text}")
    if not matrix.sees(role):
        problems += [f"{where}: tells {each}: {heard.text}" for each in _told(name, heard.text)]
    if name == "search" and matrix.sees(role) and "金盾仪表" not in heard.text:
        problems.append(f"{where}: finds nothing: {heard.text}")
    if expected == "+" and heard.denied:
        problems.append(f"{where}: a denial nobody was told of: {heard.denied}")
    if expected != "+" and heard.verb != name:
        problems.append(f"{where}: no denial in the audit: {heard.denied}")
    return problems


def _told(name: str, text: str) -> list[str]:
    """The secrets that an answer tells; what was said is only repeated (查重 tells no more)."""
    said = MATRIX[name][0]
    return matrix.leaked(text, allowed=tuple(each for each in matrix.SECRETS if each in said))
