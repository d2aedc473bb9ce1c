"""Who writes, in which conversation, and what waits there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels import contract, messages
from conversations import correspondents, log, threads, windows
from crm_core import addresses, customers, errors, people
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SENDER = messages.Address(kind="wechat", account="main", value="oABCDEF")
RULE = contract.WindowRule(messages=5, lasts=timedelta(hours=48))


def newcomer(session, name="张伟", sender=SENDER):
    visitor = correspondents.visitor(session, sender, name, NOW)
    correspondents.as_customer(session, visitor, "wechat", NOW)
    found = correspondents.find(session, sender)
    assert found is not None
    return found


def speaks(who):
    assert who.customer is not None
    return who.customer


def known(session):
    return correspondents.find(session, SENDER)


def window(session, address_id, at):
    return windows.state(session, address_id, "main", at)


def visiting(session, name="张伟"):
    visitor = correspondents.visitor(session, SENDER, name, NOW)
    assert visitor.contact is not None
    return visitor, visitor.contact


def talk(session, who, at=NOW):
    return threads.at(session, who.address, "wechat", "main", at)


def entry(direction, at, author="contact", text="x"):
    return log.Message(direction=direction, author_kind=author, text=text, at=at, created_at=NOW)


async def test_an_unknown_sender_is_nobody_in_one_statement(db):
    def look(session):
        with statements.counted(session) as made:
            found = known(session)
        return found, len(made)

    assert await db.read(look) == (None, 1)


async def test_a_known_sender_is_found_whole_in_one_statement_by_its_index(db):
    def look(session):
        newcomer(session)
        session.expunge_all()
        with statements.counted(session) as made:
            found = known(session)
        with statements.explained(session) as plan:
            known(session)
        return found, len(made), "\n".join(plan)

    found, number, plan = await db.run(look)
    assert number == 1
    assert found.contact.name == found.customer.name == "张伟"
    assert found.rep is None
    assert "uq_addresses_kind" in plan or "sqlite_autoindex_addresses" in plan, plan


async def test_a_visitor_is_no_customer_until_it_speaks(db):
    def work(session):
        visitor, contact = visiting(session, "")
        assert visitor.customer is None
        assert contact.name == "微信用户·CDEF"
        lead = correspondents.as_customer(session, visitor, "wechat", NOW)
        customer = speaks(lead)
        assert lead.contact is contact
        assert (customer.status, customer.owner_id, customer.source) == ("lead", None, "wechat")
        again = known(session)
        assert correspondents.as_customer(session, again, "x", NOW) is again
        # Found before the lead was made, as by the second of two messages handled together.
        assert correspondents.as_customer(session, visitor, "x", NOW).customer is customer

    await db.run(work)


async def test_a_visitor_whom_a_rep_brought_becomes_that_reps_lead(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        visitor, contact = visiting(session)
        contact.introduced_by, contact.source = rep.id, "展会"
        customer = speaks(correspondents.as_customer(session, visitor, "wechat", NOW))
        return customer.owner_id == rep.id, customer.source

    assert await db.run(work) == (True, "展会")


@pytest.mark.parametrize("name", ["", "   ", "\x00", "\u200b\u200b", "\n\t", "\u2066\u2069"])
async def test_a_newcomer_without_a_visible_name_gets_one(db, name):
    found = await db.run(newcomer, name)
    assert found.customer.name == "微信用户·CDEF"


async def test_a_newcomer_with_an_endless_name_is_taken_in(db):
    found = await db.run(newcomer, "龙" * 5000)
    assert found.customer.name == "龙" * customers.NAME_LIMIT


async def test_binding_an_address_to_a_rep_retires_the_lead_and_its_wait(db):
    def work(session):
        lead = newcomer(session)
        conversation = talk(session, lead)
        log.append(session, conversation, entry("in", NOW))
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        correspondents.bind(session, SENDER, rep, NOW)
        found = known(session)
        assert (found.rep, found.contact, found.customer) == (rep, None, None)
        assert lead.customer.status == "dormant"
        session.refresh(conversation)
        assert (conversation.status, conversation.waiting_since) == ("closed", None)
        own = talk(session, found)
        assert own.id != conversation.id
        assert (own.rep_id, own.customer_id) == (rep.id, None)

    await db.run(work)


async def test_binding_an_unknown_address_makes_it_the_reps(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        other = people.add(session, "李强", people.Role.REP, now=NOW)
        correspondents.bind(session, SENDER, rep, NOW)
        assert known(session).rep is rep
        correspondents.bind(session, SENDER, other, NOW)
        assert known(session).rep is other
        assert addresses.of_rep(session, rep.id) == []

    await db.run(work)


async def test_a_customer_that_is_no_lead_keeps_its_status_when_its_address_becomes_a_reps(db):
    def work(session):
        found = newcomer(session)
        found.customer.status = customers.Status.ACTIVE
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        correspondents.bind(session, SENDER, rep, NOW)
        return found.customer.status

    assert await db.run(work) == "active"


async def test_one_address_on_one_account_is_one_conversation(db):
    def work(session):
        who = newcomer(session)
        first = talk(session, who)
        first.status = "closed"
        again = talk(session, who)
        assert again is first
        assert again.status == "open"
        other = threads.at(session, who.address, "wechat", "second", NOW)
        assert other.id != first.id
        assert first.customer_id == other.customer_id == who.customer.id

    await db.run(work)


async def test_a_visitors_conversation_becomes_the_customers(db):
    def work(session):
        visitor = correspondents.visitor(session, SENDER, "张伟", NOW)
        conversation = talk(session, visitor)
        assert conversation.customer_id is None
        customer = speaks(correspondents.as_customer(session, visitor, "wechat", NOW))
        return talk(session, visitor).customer_id == customer.id

    assert await db.run(work)


async def test_a_customer_waits_from_the_first_unanswered_words_until_a_rep_answers(db):
    def work(session):
        conversation = talk(session, newcomer(session))
        seen = []
        for direction, author, minute in (
            ("in", "contact", 1),
            ("in", "contact", 2),
            ("out", "bot", 3),
            ("note", "rep", 4),
            ("out", "rep", 5),
            ("in", "contact", 6),
        ):
            log.append(session, conversation, entry(direction, NOW + minute * MINUTE, author))
            seen.append(conversation.waiting_since)
        return seen

    first, sixth = NOW + MINUTE, NOW + 6 * MINUTE
    assert await db.run(work) == [first, first, first, first, None, sixth]


async def test_the_last_message_is_the_latest_by_the_providers_clock(db):
    def work(session):
        conversation = talk(session, newcomer(session))
        log.append(session, conversation, entry("in", NOW + MINUTE))
        log.append(session, conversation, entry("in", NOW))
        shown = log.of_conversation(session, conversation.id)
        return conversation.last_message_at, [message.at for message in shown]

    assert await db.run(work) == (NOW + MINUTE, [NOW + MINUTE, NOW])


async def test_one_event_gives_no_second_entry(db):
    from conversations import inbox

    def work(session):
        arrival = messages.RawEvent(
            channel="wechat", account="main", dedup_key="1", sender=SENDER, raw=b"x"
        )
        (event,) = inbox.record(session, [arrival], NOW)
        conversation = talk(session, newcomer(session))
        for _ in range(2):
            message = entry("in", NOW)
            message.event_id = event.event_id
            log.append(session, conversation, message)

    with pytest.raises(sa.exc.IntegrityError):
        await db.run(work)


async def test_what_the_owner_was_not_told_of_is_what_came_after_the_last_notice(db):
    def work(session):
        conversation = talk(session, newcomer(session))
        for n in range(3):
            log.append(session, conversation, entry("in", NOW, text=str(n)))
        conversation.noticed_message_id = log.unnoticed(session, [conversation])[conversation.id][
            0
        ].id
        log.append(session, conversation, entry("out", NOW, "rep"))
        return [each.text for each in log.unnoticed(session, [conversation])[conversation.id]]

    assert await db.run(work) == ["1", "2"]


async def test_those_who_wait_are_listed_longest_first_for_their_owner_and_the_pool(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        other = people.add(session, "李强", people.Role.REP, now=NOW)
        for n, owner in enumerate((rep.id, None, other.id, rep.id)):
            sender = messages.Address(kind="wechat", account="main", value=f"o{n}")
            who = newcomer(session, f"客户{n}", sender)
            who.customer.owner_id = owner
            log.append(session, talk(session, who), entry("in", NOW - n * MINUTE))
        waiting = threads.waiting_for(session, rep)
        names = [session.get(customers.Customer, c.customer_id).name for c in waiting]
        with pytest.raises(errors.NotFound):
            threads.get(session, rep, threads.of_customer(session, 3)[0].id)
        assert threads.get(session, rep, waiting[0].id) is waiting[0]
        return names

    assert await db.run(work) == ["客户3", "客户1", "客户0"]


async def test_a_reps_talk_with_the_bot_is_nobodys_customer_conversation(db):
    def work(session):
        admin = people.add(session, "王丽", people.Role.ADMIN, now=NOW)
        correspondents.bind(session, SENDER, admin, NOW)
        conversation = talk(session, known(session))
        log.append(session, conversation, entry("in", NOW))
        assert conversation.waiting_since is None
        with pytest.raises(errors.NotFound):
            threads.get(session, admin, conversation.id)

    await db.run(work)


def address_id(session):
    return newcomer(session).address.id


async def test_an_address_without_a_line_has_no_known_limit(db):
    number = await db.run(address_id)
    assert await db.read(windows.state, number, "main", NOW) is None
    await db.run(windows.spend, number, "main")
    await db.run(windows.closed, number, "main")
    assert await db.read(windows.state, number, "main", NOW) is None


async def test_quotas_are_set_back_to_full_and_never_add_up(db):
    def work(session):
        number = address_id(session)
        left = []
        for step in (RULE, 2, RULE, contract.WindowRule(messages=3, lasts=MINUTE)):
            if isinstance(step, int):
                windows.spend(session, number, "main", step)
            else:
                windows.opened(session, number, "main", step, NOW)
            left.append(window(session, number, NOW))
        return [(state.remaining, state.expires_at) for state in left]

    end = NOW + RULE.lasts
    assert await db.run(work) == [(5, end), (3, end), (5, end), (5, end)]


async def test_a_window_ends_with_its_time_and_with_its_number(db):
    def work(session):
        number = address_id(session)
        windows.opened(session, number, "main", RULE, NOW)
        end = NOW + RULE.lasts
        assert window(session, number, end - MINUTE).open
        assert not window(session, number, end).open
        windows.spend(session, number, "main", 9)
        assert window(session, number, NOW).remaining == 0
        assert not window(session, number, NOW).open
        small = contract.WindowRule(messages=1, lasts=MINUTE)
        windows.opened(session, number, "main", small, end)
        return window(session, number, end)

    state = await db.run(work)
    assert (state.open, state.remaining) == (True, 1)
    assert state.expires_at == NOW + RULE.lasts + MINUTE


async def test_what_the_provider_closed_stays_closed_until_the_person_acts(db):
    def work(session):
        number = address_id(session)
        windows.opened(session, number, "main", RULE, NOW)
        windows.closed(session, number, "main")
        shut = window(session, number, NOW)
        windows.opened(session, number, "main", RULE, NOW)
        return shut.open, window(session, number, NOW).remaining

    assert await db.run(work) == (False, 5)
