"""Recording events once and for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels import messages
from conversations import correspondents, inbox
from crm_core import claims, database, errors, jobs, people
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SENDER = messages.Address(kind="wechat", account="main", value="oABC")


def event(key="1", sender="oABC", text="你好", **more):
    address = messages.Address(kind="wechat", account="main", value=sender)
    return messages.RawEvent(
        channel="wechat",
        account="main",
        dedup_key=key,
        sender=address,
        raw=f"<xml>{key}</xml>".encode("utf-8", "surrogatepass"),
        text=text,
        **more,
    )


def record(session, *arrivals):
    return inbox.record(session, arrivals, NOW)


def everything(session):
    return session.scalars(sa.select(inbox.Event).order_by(inbox.Event.id)).all()


def queued(session):
    return session.scalars(sa.select(jobs.Job).order_by(jobs.Job.id)).all()


async def test_events_are_kept_raw_and_their_handling_is_queued_in_order(db):
    heard: list[frozenset[str]] = []
    db.listeners.append(heard.append)
    results = await db.run(record, event("b"), event("a"), event("c", sender="oXYZ"))
    assert [result.new for result in results] == [True, True, True]
    kept = {row.id: row for row in await db.read(everything)}
    assert [kept[result.event_id].raw for result in results] == [
        b"<xml>b</xml>",
        b"<xml>a</xml>",
        b"<xml>c</xml>",
    ]
    handled = await db.read(queued)
    assert [job.payload["event_id"] for job in handled] == [r.event_id for r in results]
    assert [job.key for job in handled] == ["handle|wechat:main:oABC"] * 2 + [
        "handle|wechat:main:oXYZ"
    ]
    assert heard == [frozenset({"jobs:handle"})]


async def test_the_same_key_within_a_batch_is_one_event(db):
    results = await db.run(record, event("1"), event("2"), event("1"), event("1"))
    assert [result.new for result in results] == [True, True, False, False]
    assert len({result.event_id for result in results}) == 2
    assert len(await db.read(everything)) == len(await db.read(queued)) == 2


async def test_a_repeat_changes_nothing_and_is_told_the_first_ones_number(db):
    (first,) = await db.run(record, event("1", takes_reply=True, greets=True))
    again, other = await db.run(record, event("1", text="other words"), event("2"))
    assert (again.new, again.event_id, again.awaits_reply) == (False, first.event_id, True)
    assert other.new
    assert len(await db.read(everything)) == len(await db.read(queued)) == 2


async def test_a_repeat_stays_a_repeat_after_the_event_was_handled(db):
    (first,) = await db.run(record, event("1"))
    await db.run(lambda s: s.execute(sa.delete(jobs.Job)))
    await db.run(inbox.mark_done, [first.event_id], NOW)
    (again,) = await db.run(record, event("1"))
    assert not again.new
    assert await db.read(queued) == []


async def test_the_same_key_on_another_account_or_channel_is_another_event(db):
    other_account = replace(event("1"), account="second")
    other_channel = replace(event("1"), channel="wecom")
    results = await db.run(record, event("1"), other_account, other_channel)
    assert [result.new for result in results] == [True] * 3


@pytest.mark.parametrize("verb", [inbox.record, inbox.record_alone])
async def test_two_programs_recording_the_same_batch_record_it_once(db, database_url, verb):
    other = database.open_database(database_url)
    batch = [event(str(n), sender=f"o{n % 5}") for n in range(40)]
    runs = [(db, other)[n % 2].run(verb, batch if n % 3 else batch[::-1], NOW) for n in range(8)]
    results = [result for run in await asyncio.gather(*runs) for result in run]
    assert len([result for result in results if result.new]) == 40
    assert len(await db.read(everything)) == len(await db.read(queued)) == 40
    await other.close()


@pytest.mark.parametrize(
    ("text", "greets", "takes_reply", "awaits"),
    [
        ("你好", False, True, False),
        ("绑定 123456", False, True, True),
        (" 綁定123456", False, True, True),
        ("BIND 123456", False, True, True),
        ("绑定微信", False, True, False),
        ("请绑定 123456", False, True, False),
        ("", True, True, True),
        ("绑定 123456", True, False, False),
    ],
)
async def test_a_strangers_event_awaits_a_reply_only_to_a_code_or_a_greeting(
    db, text, greets, takes_reply, awaits
):
    arrival = event(text=text, greets=greets, takes_reply=takes_reply)
    assert (await db.run(record, arrival))[0].awaits_reply is awaits


async def test_a_bound_rep_awaits_a_reply_to_everything_and_nobody_else_does(db):
    def bind(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        correspondents.bind(session, SENDER, rep, NOW)
        correspondents.visitor(session, replace(SENDER, value="oCUSTOMER"), "", NOW)

    await db.run(bind)
    results = await db.run(
        record,
        event("1", takes_reply=True),
        event("2", sender="oCUSTOMER", takes_reply=True),
        replace(
            event("3", takes_reply=True),
            sender=messages.Address(kind="wechat", account="second", value="oABC"),
        ),
        event("4", takes_reply=False),
    )
    assert [result.awaits_reply for result in results] == [True, False, False, False]


@pytest.mark.parametrize("size", [1, 20, 200])
async def test_a_batch_of_any_size_takes_the_same_few_statements(db, size):
    batch = [event(str(n), sender=f"o{n}", takes_reply=True) for n in range(size)]
    all_new, with_repeats = {"sqlite": (4, 5), "postgresql": (1, 1)}[db.dialect]

    def counted(session):
        with statements.counted(session) as made:
            record(session, *batch)
        return made

    assert len(await db.run(counted)) == all_new
    assert len(await db.run(counted)) == with_repeats, "the second time nothing is new"
    batch.append(event("new"))
    assert len(await db.run(counted)) == with_repeats


async def test_the_jobs_of_a_batch_stand_in_the_order_of_arrival_whatever_their_keys(db):
    arrivals = [event(key, sender="oABC") for key in ("z", "a", "m", "a", "b")]
    results = await db.run(record, *arrivals)
    in_order = [result.event_id for result in results if result.new]
    assert [job.payload["event_id"] for job in await db.read(queued)] == in_order
    assert results[3].event_id == results[1].event_id


async def test_raw_bytes_come_back_whole_whatever_their_neighbours(db):
    raws = [b"", b"\x00\xff" * 300, "你好".encode(), b"", b"x", bytes(range(256)) * 1000]
    results = await db.run(record, *(replace(event(str(n)), raw=raw) for n, raw in enumerate(raws)))
    kept = {row.id: row.raw for row in await db.read(everything)}
    assert [kept[result.event_id] for result in results] == raws
    (alone,) = await db.run(record, replace(event("alone"), raw=b""))
    assert {row.id: row.raw for row in await db.read(everything)}[alone.event_id] == b""


async def test_recording_alone_is_as_whole_and_leaves_the_connection_as_it_was(db):
    results = await db.run(inbox.record_alone, [event("1"), event("2"), event("1")], NOW)
    assert [result.new for result in results] == [True, True, False]
    assert len(await db.read(everything)) == len(await db.read(queued)) == 2

    def broken(session):
        record(session, event("3"))
        raise KeyError("afterwards")

    for _ in range(15):  # more than the pool holds
        with pytest.raises(KeyError):
            await db.run(broken)
    assert len(await db.read(everything)) == len(await db.read(queued)) == 2


async def test_an_empty_batch_is_no_work(db):
    assert await db.run(record) == []


async def test_over_long_and_unstorable_keys_are_told_apart_and_kept(db):
    long = "k" * 5000
    arrivals = [event(long + "a"), event(long + "b", sender="s" * 5000), event("\x00\ud800x")]
    first = await db.run(record, *arrivals)
    second = await db.run(record, *arrivals)
    assert [result.new for result in first] == [True] * 3
    assert [result.new for result in second] == [False] * 3
    assert [r.event_id for r in first] == [r.event_id for r in second]


async def test_a_dead_event_may_be_retried_or_discarded_and_no_other(db):
    (one, two) = await db.run(record, event("1"), event("2"))
    await db.run(lambda s: s.execute(sa.delete(jobs.Job)))
    for result in (one, two):
        await db.run(lambda s, r=result: inbox.mark_failed(s, r.event_id, 5, "boom", dead=True))
    assert {e.id for e in await db.read(inbox.listed, "dead")} == {one.event_id, two.event_id}
    retried = await db.run(inbox.retry, one.event_id, NOW)
    assert (retried.state, retried.attempts, retried.error) == ("new", 0, "")
    assert [job.payload for job in await db.read(queued)] == [{"event_id": one.event_id}]
    gone = await db.run(inbox.discard, two.event_id, "王丽", NOW)
    assert (gone.state, gone.error, gone.raw) == ("done", "discarded by 王丽", b"<xml>2</xml>")
    for verb, number in ((inbox.retry, one.event_id), (inbox.retry, two.event_id)):
        with pytest.raises(errors.Refusal, match="not-dead"):
            await db.run(verb, number, NOW)
    with pytest.raises(errors.NotFound):
        await db.run(inbox.retry, 4711, NOW)


async def test_the_oldest_runnable_event_is_one_that_is_due_and_untouched(db):
    assert await db.read(inbox.oldest_runnable, NOW) is None
    await db.run(record, event("1"), event("2"))
    assert await db.read(inbox.oldest_runnable, NOW) == NOW
    (job,) = await db.run(lambda s: claims.claim(s, ["handle"], now=NOW, limit=9, holder="me"))
    later = NOW + timedelta(minutes=1)
    await db.run(lambda s: jobs.postpone(s, job, run_at=later, error="x"))
    assert await db.read(inbox.oldest_runnable, NOW) is None


async def test_dead_events_are_found_by_their_index(db):
    def plans(session):
        with statements.explained(session) as plan:
            inbox.listed(session, "dead")
        return "\n".join(plan)

    await db.run(record, *(event(str(n)) for n in range(500)))
    await db.run(lambda s: s.execute(sa.update(inbox.Event).values(state="done")))
    if db.dialect == "postgresql":
        await db.run(lambda s: s.execute(sa.text("ANALYZE events")))
    assert "ix_events_unhandled" in await db.run(plans)


async def test_events_are_listed_newest_first_page_by_page(db):
    await db.run(record, *(event(str(n)) for n in range(7)))
    first = await db.read(inbox.listed, None, 3)
    rest = await db.read(inbox.listed, "new", 10, first[-1].id)
    ids = [row.id for row in (*first, *rest)]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 7
