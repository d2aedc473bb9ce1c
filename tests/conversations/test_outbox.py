"""What we say: queued with its cause, claimed once, marked honestly."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import orm

from channels import contract, messages
from conversations import correspondents, inbox, log, outbox, passive, threads, windows
from crm_core import claims, database, errors, jobs, people, schema
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)
SENDER = messages.Address(kind="wechat", account="main", value="oABC")
KIND = outbox.kind("wechat")


@dataclass
class Place:
    """A conversation and an event in it that awaits its reply."""

    conversation_id: int
    address_id: int
    event_id: int


def prepare(session, *, rep=False):
    if rep:
        person = people.add(session, "王丽", people.Role.REP, now=NOW)
        address = correspondents.bind(session, SENDER, person, NOW)
    else:
        address = correspondents.visitor(session, SENDER, "张伟", NOW).address
    conversation = threads.at(session, address, "wechat", "main", NOW)
    arrival = messages.RawEvent(
        channel="wechat",
        account="main",
        dedup_key="1",
        sender=SENDER,
        raw=b"x",
        takes_reply=True,
        greets=True,
    )
    (recorded,) = inbox.record(session, [arrival], NOW)
    return Place(conversation.id, address.id, recorded.event_id)


@pytest.fixture
async def place(db):
    return await db.run(prepare)


def say(session, place, text="您好", *, answers=False, now=NOW, **more):
    event = session.get(inbox.Event, place.event_id) if answers else None
    conversation = session.get(threads.Conversation, place.conversation_id)
    draft = outbox.Draft(text=text, answers=event, **more)
    return outbox.queue(session, conversation, draft, now)


def begin(session, *, now=NOW, resend=False, limit=10):
    claimed = claims.claim(session, [KIND], now=now, limit=limit, holder="loop")
    begun = [outbox.begin(session, job, now, resend=resend) for job in claimed]
    return [outgoing for outgoing in begun if outgoing is not None]


def delivery(session, number):
    return session.get(outbox.Delivery, number)


ACCEPTED = messages.Sent(provider_ids=("p1",))


async def test_words_are_logged_and_queued_together(db, place):
    queued = await db.run(say, place, "您好", choices=(messages.Choice(label="好", value="1"),))
    (outgoing,) = await db.run(begin)
    assert outgoing.message.text == "您好"
    assert outgoing.message.to == SENDER
    assert outgoing.message.reference == queued.reference
    assert outgoing.message.choices == (messages.Choice(label="好", value="1"),)
    assert (outgoing.channel, outgoing.account) == ("wechat", "main")
    assert (await db.read(delivery, queued.id)).state == "sending"
    (entry,) = await db.read(log.of_conversation, place.conversation_id)
    assert (entry.direction, entry.text, entry.author_kind) == ("out", "您好", "bot")


async def test_a_change_that_rolls_back_says_nothing(db, place):
    def failing(session):
        say(session, place)
        raise KeyError

    with pytest.raises(KeyError):
        await db.run(failing)
    assert await db.run(begin) == []
    assert await db.read(log.of_conversation, place.conversation_id) == []


async def test_queueing_takes_four_statements_and_logging_one_besides_those_of_search(db, place):
    def counted(session):
        conversation = session.get(threads.Conversation, place.conversation_id)
        with statements.counted(session) as made:
            outbox.queue(session, conversation, outbox.Draft(text="a"), NOW)
        with statements.counted(session) as logged:
            log.append(
                session,
                conversation,
                log.Message(direction="note", author_kind="rep", text="b", at=NOW, created_at=NOW),
            )
        return made, logged

    made, logged = await db.run(counted)
    assert len([each for each in made if "search_" not in each]) == 4, made
    assert len([each for each in logged if "search_" not in each]) == 1, logged


async def test_what_the_provider_accepted_is_sent_and_uses_up_the_window(db, place):
    rule = contract.WindowRule(messages=5, lasts=timedelta(hours=48))
    await db.run(windows.opened, place.address_id, "main", rule, NOW)
    queued = await db.run(say, place)
    (outgoing,) = await db.run(begin)
    await db.run(outbox.sent, outgoing, ACCEPTED, LATER)
    after = await db.read(delivery, queued.id)
    assert (after.state, after.provider_id, after.attempts) == ("sent", "p1", 1)
    assert (await db.read(windows.state, place.address_id, "main", NOW)).remaining == 4
    assert await db.run(begin, now=LATER) == []


async def test_refused_unknown_and_postponed_words_say_why(db, place):
    numbers = [(await db.run(say, place, text)).id for text in ("a", "b", "c")]
    (outgoing,) = await db.run(begin)
    await db.run(outbox.failed, outgoing, "blocked", NOW)
    (outgoing,) = await db.run(begin)
    await db.run(outbox.unknown, outgoing, "timeout", NOW)
    (outgoing,) = await db.run(begin)
    await db.run(outbox.later, outgoing, LATER, "busy", NOW)
    found = [await db.read(delivery, number) for number in numbers]
    assert [(row.state, row.error) for row in found] == [
        ("failed", "blocked"),
        ("unknown", "timeout"),
        ("queued", "busy"),
    ]
    assert await db.run(begin) == []
    (again,) = await db.run(begin, now=LATER)
    assert (again.delivery_id, again.job.attempts) == (numbers[2], 2)


async def test_words_to_one_address_leave_in_order(db, place):
    for text in "abc":
        await db.run(say, place, text)
    left = []
    while begun := await db.run(begin):
        (outgoing,) = begun
        left.append(outgoing.message.text)
        await db.run(outbox.sent, outgoing, ACCEPTED, NOW)
    assert left == ["a", "b", "c"]


async def test_after_a_crash_in_flight_the_outcome_is_unknown_and_nothing_is_resent(db, place):
    queued = await db.run(say, place)
    await db.run(begin)
    await db.run(jobs.release_abandoned, lambda holder: False)
    assert await db.run(begin) == []
    after = await db.read(delivery, queued.id)
    assert (after.state, after.error) == ("unknown", "interrupted while sending")
    assert await db.run(begin, now=LATER) == []


async def test_where_a_repeat_shows_once_a_crash_is_followed_by_one_flagged_resend(db, place):
    queued = await db.run(say, place)
    (first,) = await db.run(begin, resend=True)
    await db.run(jobs.release_abandoned, lambda holder: False)
    (second,) = await db.run(begin, resend=True)
    assert second.message.reference == first.message.reference
    assert (await db.read(delivery, queued.id)).maybe_duplicate is True
    await db.run(jobs.release_abandoned, lambda holder: False)
    assert await db.run(begin, resend=True) == []
    assert (await db.read(delivery, queued.id)).state == "unknown"


async def test_a_mark_that_comes_after_the_lease_was_lost_changes_nothing(db, place):
    queued = await db.run(say, place)
    (slow,) = await db.run(begin)
    after_lease = NOW + jobs.LEASE + timedelta(seconds=1)
    assert await db.run(begin, now=after_lease) == []
    for mark in (
        lambda s: outbox.sent(s, slow, ACCEPTED, LATER),
        lambda s: outbox.failed(s, slow, "x", LATER),
        lambda s: outbox.unknown(s, slow, "x", LATER),
        lambda s: outbox.later(s, slow, LATER, "x", LATER),
    ):
        with pytest.raises(errors.LeaseLost):
            await db.run(mark)
    after = await db.read(delivery, queued.id)
    assert (after.state, after.provider_id) == ("unknown", None)


async def test_an_answer_waits_for_its_response_first(db, place):
    await db.run(say, place, answers=True)
    almost = NOW + inbox.PASSIVE_WAIT - timedelta(milliseconds=1)
    assert await db.run(begin, now=almost) == []
    assert len(await db.run(begin, now=NOW + inbox.PASSIVE_WAIT)) == 1


async def test_a_passive_answer_never_also_goes_out_another_way(db, place):
    rule = contract.WindowRule(messages=5, lasts=timedelta(hours=48))
    await db.run(windows.opened, place.address_id, "main", rule, NOW)
    queued = await db.run(say, place, "已绑定", answers=True)
    assert (await db.read(passive.view, place.event_id)).state == "queued"
    outgoing = await db.run(passive.take, place.event_id, NOW, "web")
    assert outgoing is not None
    assert outgoing.message.text == "已绑定"
    assert await db.run(passive.take, place.event_id, NOW, "web2") is None
    assert await db.run(begin, now=NOW + inbox.PASSIVE_WAIT) == []
    await db.run(outbox.sent, outgoing, messages.Sent(), NOW)
    view = await db.read(passive.view, place.event_id)
    assert (view.state, view.words, view.reference) == ("answered", "已绑定", queued.reference)
    assert (await db.read(windows.state, place.address_id, "main", NOW)).remaining == 5


async def test_once_the_loop_has_an_answer_the_response_cannot_take_it(db, place):
    await db.run(say, place, answers=True)
    assert len(await db.run(begin, now=NOW + inbox.PASSIVE_WAIT)) == 1
    assert await db.run(passive.take, place.event_id, LATER, "web") is None
    assert (await db.read(passive.view, place.event_id)).state == "none"


async def test_the_response_and_the_loop_at_once_give_one_sender(db, place, database_url):
    other = database.open_database(database_url)
    due = NOW + inbox.PASSIVE_WAIT
    for _ in range(8):
        queued = await db.run(say, place, answers=True)
        taken, begun = await asyncio.gather(
            other.run(passive.take, place.event_id, due, "web"), db.run(begin, now=due)
        )
        assert (taken is None) == (len(begun) == 1)
        await db.run(outbox.sent, taken or begun[0], messages.Sent(), due)
        forget = sa.update(outbox.Delivery).values(answers_event_id=None)
        await db.run(orm.Session.execute, forget.where(outbox.Delivery.id == queued.id))
    await other.close()


async def test_an_answer_given_back_goes_out_at_once_like_any_other(db, place):
    await db.run(say, place, answers=True)
    outgoing = await db.run(passive.take, place.event_id, NOW, "web")
    await db.run(passive.give_back, outgoing, NOW)
    (sending,) = await db.run(begin)
    assert sending.delivery_id == outgoing.delivery_id
    await db.run(inbox.mark_done, [place.event_id], NOW)
    assert (await db.read(passive.view, place.event_id)).state == "none"


async def test_before_handling_the_answer_is_pending_and_then_there_may_be_none(db, place):
    assert (await db.read(passive.view, place.event_id)).state == "pending"
    await db.run(inbox.mark_done, [place.event_id], NOW)
    assert (await db.read(passive.view, place.event_id)).state == "none"


async def test_held_words_can_be_taken_back_until_they_leave(db, place):
    hold = timedelta(seconds=5)
    first = await db.run(say, place, "a", hold=hold)
    second = await db.run(say, place, "b", hold=hold)
    assert await db.run(begin, now=NOW + timedelta(seconds=4)) == []

    def recall(session, number):
        return outbox.recall(session, delivery(session, number), NOW)

    assert await db.run(recall, second.id) is True
    assert await db.run(recall, second.id) is False
    (outgoing,) = await db.run(begin, now=NOW + hold)
    assert outgoing.delivery_id == first.id
    assert await db.run(recall, first.id) is False
    assert (await db.read(delivery, second.id)).state == "failed"
    await db.run(outbox.sent, outgoing, ACCEPTED, LATER)
    assert await db.run(begin, now=LATER) == []


@pytest.mark.parametrize("rep", [False, True])
async def test_with_a_closed_window_words_to_a_rep_wait_and_others_fail(db, rep):
    place = await db.run(prepare, rep=rep)
    rule = contract.WindowRule(messages=1, lasts=timedelta(hours=1))
    await db.run(windows.opened, place.address_id, "main", rule, NOW)
    await db.run(windows.closed, place.address_id, "main")
    queued = await db.run(say, place)
    assert await db.run(begin) == []
    after = await db.read(delivery, queued.id)
    if not rep:
        assert (after.state, after.error) == ("failed", outbox.WINDOW_CLOSED)
        return
    assert (after.state, after.error) == ("queued", outbox.WINDOW_WAIT)
    assert await db.run(begin, now=LATER) == []
    await db.run(windows.opened, place.address_id, "main", rule, LATER)
    await db.run(outbox.hurry_held, place.address_id, "wechat", LATER)
    (outgoing,) = await db.run(begin, now=LATER)
    assert (outgoing.delivery_id, outgoing.last_slot) == (queued.id, True)
    assert outgoing.job.attempts == 1


async def test_words_to_a_rep_who_never_comes_back_are_given_up(db):
    place = await db.run(prepare, rep=True)
    rule = contract.WindowRule(messages=1, lasts=timedelta(hours=1))
    await db.run(windows.opened, place.address_id, "main", rule, NOW)
    await db.run(windows.closed, place.address_id, "main")
    queued = await db.run(say, place)
    await db.run(begin)
    assert await db.run(begin, now=NOW + outbox.HELD + timedelta(seconds=1)) == []
    assert (await db.read(delivery, queued.id)).state == "failed"


async def test_the_provider_is_believed_when_it_says_the_window_is_closed(db):
    place = await db.run(prepare, rep=True)
    rule = contract.WindowRule(messages=5, lasts=timedelta(hours=48))
    await db.run(windows.opened, place.address_id, "main", rule, NOW)
    queued = await db.run(say, place)
    (outgoing,) = await db.run(begin)
    await db.run(outbox.shut, outgoing, "45015", NOW)
    assert (await db.read(windows.state, place.address_id, "main", NOW)).open is False
    assert (await db.read(delivery, queued.id)).state == "queued"
    await db.run(outbox.hurry_held, place.address_id, "wechat", LATER)
    await db.run(windows.opened, place.address_id, "main", rule, LATER)
    assert len(await db.run(begin, now=LATER)) == 1


async def test_hurrying_leaves_alone_what_waits_for_another_reason(db, place):
    await db.run(say, place)
    (outgoing,) = await db.run(begin)
    await db.run(outbox.later, outgoing, LATER, "busy", NOW)
    await db.run(outbox.hurry_held, place.address_id, "wechat", NOW)
    assert await db.run(begin) == []


async def test_a_report_about_nothing_of_ours_is_told_apart(db, place):
    assert await db.run(outbox.report, "wechat", "main", "p9", "sent", "", NOW) is False


@pytest.fixture(scope="module")
def one_sqlite(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('outbox') / 'x.db'}"
    schema.upgrade(url)
    engine = database.sqlite_engine(url)
    yield engine
    engine.dispose()


REPORTED = st.sampled_from(["sent", "delivered", "read", "failed"])


@settings(deadline=None, max_examples=80)
@given(start=st.sampled_from(["sent", "unknown"]), reports=st.lists(REPORTED, max_size=12))
def test_reports_in_any_order_and_number_move_a_delivery_forward_only(one_sqlite, start, reports):
    with orm.Session(one_sqlite) as session:
        place = prepare(session)
        queued = say(session, place)
        queued.state, queued.provider_id = start, "p1"
        seen = [start]
        for state in reports:
            assert outbox.report(session, "wechat", "main", "p1", state, "", NOW) is True
            seen.append(queued.state)
        ranks = [outbox.RANK.get(state, 0) for state in seen]
        assert ranks == sorted(ranks)
        if "failed" in seen:
            assert set(seen[seen.index("failed") :]) == {"failed"}
        if "read" in reports and "failed" not in seen:
            assert seen[-1] == "read"
        session.rollback()
