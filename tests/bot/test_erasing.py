"""Erasing a person: afterwards no table, index or file remembers a name, a number or a word."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from admin_web import idempotency
from bot import erasing, notices
from channels import messages
from conversations import inbox, log, threads
from crm_core import (
    addresses,
    audit,
    customers,
    errors,
    looking,
    people,
    sealing,
    vault,
)

NAME, PHONE, MAIL = "欧阳锋剑", "13812340707", "Feng.Jian@secret.example"
WORDS = "我们厂的预算其实只有八万三千元整，请不要告诉别人"
NEEDLES = (
    NAME,
    PHONE,
    MAIL,
    MAIL.lower(),
    "feng.jian",
    "八万三千",
    "ouyangfengjian",
    "欧阳",
    "锋剑",
)


@pytest.fixture
async def told(talk):
    """A contact who wrote, was noted, reminded of, answered, looked up and talked about."""
    vault.unlock("a secret of these tests, long enough")
    number = await talk.number("华星科技")

    def meet(session):
        customer = session.get_one(customers.Customer, number)
        contact = customers.add_contact(session, customer, NAME, now=talk.now, title="厂长")
        reach = (("phone", PHONE, ""), ("email", MAIL, ""), ("wechat", "o-secret-0707", "main"))
        for kind, value, account in reach:
            addresses.add(
                session, kind, value, account=account, contact_id=contact.id, now=talk.now
            )
        return contact.id

    contact_id = await talk.run(meet)
    await talk.run(_writes, talk, contact_id)
    await talk.notice_arrives()
    for said in (
        f"记 华星科技 {NAME}说{WORDS[:14]}",
        f"提醒 明天3点 给{NAME}打电话 {PHONE}",
        f"回复 华星科技 {NAME}您好，知道了",
        "1",
        f"搜 {NAME}",
        "搜 预算其实",
        "历史 华星科技",
        f"查 {PHONE}",
    ):
        await talk.says(said)
    await talk.customer_writes("远航电子", f"有事也可以打{PHONE}找人")
    await talk.run(_keep_answer, talk)
    return contact_id


def _writes(session, talk, contact_id):
    raw = f"<xml><FromUserName>o-secret-0707</FromUserName><Content>{WORDS}</Content></xml>"
    sender = messages.Address(kind="wechat", account="main", value="o-secret-0707")
    arrival = messages.RawEvent(
        channel="wechat", account="main", dedup_key="o-secret-0707:1", sender=sender,
        raw=raw.encode(),
    )  # fmt: skip
    (recorded,) = inbox.record(session, [arrival], talk.now)
    address = addresses.find(session, "wechat", "main", "o-secret-0707")
    assert address is not None
    conversation = threads.at(session, address, "wechat", "main", talk.now)
    entry = log.Message(
        direction="in", author_kind="contact", author_id=contact_id, author_name=NAME,
        text=WORDS, at=talk.now, created_at=talk.now, event_id=recorded.event_id,
    )  # fmt: skip
    log.append(session, conversation, entry)
    talk.door(session, people.named(session, "王丽"))
    session.flush()
    notices.gathered(session, conversation.id, talk.setting, talk.now)


def _keep_answer(session, talk):
    rep = people.named(session, "王丽")
    answer = {"items": [{"name": NAME, "value": f"+86{PHONE}"}]}
    session.add(
        idempotency.IdempotencyKey(
            rep_id=rep.id, key="k", request=b"", status=201, answer=answer, created_at=talk.now
        )
    )


def remembered(session):
    """(table, column, row) wherever a table, of ours or FTS5's, holds one of the needles."""
    found = []
    tables = sa.inspect(session.connection()).get_table_names()
    for table in (*tables, *(["search_words"] if "search_words_data" in tables else [])):
        for row in session.execute(sa.text(f'SELECT * FROM "{table}"')).mappings():  # noqa: S608
            for column, value in row.items():
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                plain = f"{text} {_unescaped(text)}".lower()
                if any(needle.lower() in plain for needle in NEEDLES):
                    found.append((table, column, text[:200]))
    return found


def _unescaped(text):
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return ""


async def test_nothing_remembers_an_erased_person(told, talk):
    before = {table for table, *_ in await talk.run(remembered)}
    assert {"contacts", "messages", "events", "changes", "addresses"} <= before
    assert {"activities", "tasks", "search_entries", "idempotency_keys"} <= before
    report = await talk.run(erasing.erase, told, "crm erase", talk.now)
    assert report.contacts == 1
    assert report.messages > 4
    await asyncio.to_thread(erasing.tidy, talk.store.url)
    assert await talk.run(remembered) == []
    if talk.store.dialect == "sqlite":
        assert _in_files(talk.store.url) == []


def _in_files(url):
    path = Path(make_url(url).database or "")
    held = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    return [needle for needle in NEEDLES if needle.encode() in held]


async def test_what_is_others_stays(told, talk):
    await talk.run(erasing.erase, told, "crm erase", talk.now)
    card = await talk.says("查 华星科技")
    assert "张伟 13812345678" in card
    history = await talk.says("历史 远航电子", "赵敏")
    assert "有事也可以打[erased]找人" in history
    assert "13611112222" in await talk.says("远航电子 电话", "李强")
    assert "华星科技 #" in await talk.says("搜 张伟")


async def test_the_audit_says_that_somebody_was_erased_and_its_chain_holds(told, talk):
    await talk.run(lambda session: sealing.seal(session, everything=True))
    await talk.run(erasing.erase, told, "crm erase", talk.now)
    await talk.run(lambda session: sealing.seal(session, everything=True))

    def last(session):
        entry = session.scalars(sa.select(audit.ChangeSet).order_by(-audit.ChangeSet.id)).first()
        return entry.kind, entry.actor, [(each.record, each.field) for each in entry.changes]

    assert await talk.run(last) == ("erased", "crm erase", [("contacts", "*erased")])
    report = await talk.run(sealing.verify)
    assert report.whole
    assert report.erased > 0
    assert "撤销" not in await talk.says("撤销") or await talk.run(remembered) == []


async def test_the_erased_person_is_found_no_more_and_others_are(told, talk):
    boss = await talk.run(lambda session: people.named(session, "赵敏"))
    assert (await talk.run(looking.find_customers, boss, NAME)).count == 1
    assert (await talk.run(looking.find, boss, "预算其实")).count > 0
    await talk.run(erasing.erase, told, "crm erase", talk.now)
    for asked in (NAME, PHONE, "0707", "feng.jian", "ouyangfengjian"):
        assert (await talk.run(looking.find_customers, boss, asked)).count == 0
        assert (await talk.run(looking.find, boss, asked)).count == 0
    assert (await talk.run(looking.find, boss, "预算其实")).count == 0
    assert (await talk.run(looking.find_customers, boss, "华星")).count == 1


async def test_the_same_event_still_counts_only_once(told, talk):
    await talk.run(erasing.erase, told, "crm erase", talk.now)

    def states(session):
        return [(each.state, each.raw) for each in inbox.listed(session)]

    assert await talk.run(states) == [("done", b"")]


async def test_nobody_is_erased_who_is_not_there(talk):
    with pytest.raises(errors.NotFound):
        await talk.run(erasing.erase, 4711, "crm erase", talk.now)
