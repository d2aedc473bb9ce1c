"""Who may see what, set on the command line; who did what, sealed and verified."""

from __future__ import annotations

import json

import sqlalchemy as sa

from crm_core import audit, people, sealing
from tests.journeys import processes, program


async def test_scopes_and_teams_are_set_on_the_command_line_and_it_is_on_record(tmp_path):
    env = processes.settings(tmp_path, f"sqlite:///{tmp_path / 'crm.db'}", "http://127.0.0.1:9")
    for line in (
        ("rep", "add", "赵敏", "--role", "manager", "--team", "东区"),
        ("rep", "add", "王丽", "--role", "rep", "--team", "一组", "--manager", "赵敏"),
        ("team", "add", "一组", "--under", "东区"),
        ("rep", "scope", "王丽", "team"),
    ):
        code, _, err = await processes.run(env, *line)
        assert code == 0, err
    _, out, _ = await processes.run(env, "rep", "list", "--json")
    rows = [(row["name"], row["team"], row["scope"], row["manager"]) for row in json.loads(out)]
    assert rows == [("赵敏", "东区", "below", None), ("王丽", "一组", "team", "赵敏")]
    _, out, _ = await processes.run(env, "team", "list", "--json")
    assert json.loads(out) == [{"name": "一组", "under": "东区"}, {"name": "东区", "under": None}]
    code, _, err = await processes.run(env, "team", "add", "东区", "--under", "一组")
    assert (code, "Traceback" in err) == (1, False)
    assert "一组" in err
    code, out, err = await processes.run(env, "doctor")
    assert code == 0, err
    assert "audit: the chain is whole (0 sealed, 4 not yet)" in out


async def test_what_is_done_is_sealed_within_seconds_and_tampering_is_told(
    crm: program.Program,
) -> None:
    rep = await crm.rep("王丽")
    await rep.says("新客户 华星科技")
    await rep.says("记 华星科技 要账期")
    await crm.customer().writes("你好")
    await rep.hears("你好")

    def made(session):
        rows = session.execute(
            sa.select(audit.ChangeSet.source, audit.ChangeSet.actor, audit.ChangeSet.cause)
        )
        return [(source, actor, cause.partition(":")[0]) for source, actor, cause in rows]

    by_rep, by_sender = ("chat:wechat", "rep:1", "message"), ("event:wechat", "sender", "event")
    found = await crm.read(made)
    assert found.count(by_rep) == 2
    assert by_sender in found
    count = len(found)
    await crm.until(lambda session: sealing.verify(session).sealed >= count)
    assert (await crm.read(sealing.verify)).whole


async def test_whoever_has_left_is_refused_whatever_is_said_and_it_is_on_record(
    crm: program.Program,
) -> None:
    rep = await crm.rep("王丽")
    await rep.says("新客户 华星科技 13800001111")

    def leave(session):
        people.named(session, "王丽").active = False

    await crm.parts.store.run(leave)
    for words in ("查 华星科技", "新客户 远航", "帮助", "1"):
        answer = await rep.says(words)
        assert "华星" not in answer
        assert "✓" not in answer

    def denied(session):
        query = sa.select(audit.ChangeSet).where(audit.ChangeSet.kind == "denied")
        return [(one.rep_id, one.summary) for one in session.scalars(query)]

    assert await crm.read(denied) == [(1, "rep.disabled")]
