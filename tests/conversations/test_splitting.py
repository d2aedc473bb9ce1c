"""Talk that was put down to the wrong person is moved, and back again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations import log, splitting, threads
from crm_core import addresses, audit, customers, errors, homes, merging
from tests.crm_core import merged
from tests.crm_core.merged import NOW


def changing(session):
    return audit.changing(session, actor="test", cause="test", now=NOW, rep_id=1)


def undo(session, change_set):
    audit.undo(session, change_set, rep_id=1, actor="x", cause="y", now=NOW)


def talk_of(session, customer):
    """A customer's only conversation, after three more messages."""
    (person,) = customer.contacts
    for text in ("一", "二", "三"):
        merged.writes(session, person, text)
    (talk,) = threads.of_customer(session, customer.id)
    return talk


def last(session, talk, count):
    """The first of the last so many messages."""
    entry = splitting.last(session, talk, count)
    assert entry is not None
    return entry


def texts(session, talk):
    entries = log.of_conversation(session, talk.id)
    return [entry.text for entry in reversed(entries)], {entry.customer_id for entry in entries}


async def test_a_whole_conversation_goes_to_another_contact_and_back(db):
    def work(session):
        company = merged.found(session)
        one, other = company.customer(0), company.customer(2)
        talk = talk_of(session, one)
        (person,) = other.contacts
        before = merged.dump(session)
        with changing(session) as change_set:
            splitting.move(session, talk, person)
        assert texts(session, talk) == (["在吗", "一", "二", "三"], {other.id})
        address = session.get_one(addresses.Address, talk.address_id)
        assert address.contact_id == person.id
        assert threads.at(session, address, "wechat", "main", NOW) == talk
        undo(session, change_set)
        assert merged.dump(session) == before

    await db.run(work)


async def test_a_conversation_is_split_from_a_message_on_and_joined_again(db):
    def work(session):
        company = merged.found(session)
        one, other = company.customer(0), company.customer(2)
        talk = talk_of(session, one)
        (person,) = other.contacts
        before = merged.dump(session)
        first = last(session, talk, 2)
        with changing(session) as change_set:
            fresh = splitting.split(session, talk, first, person, NOW)
        assert texts(session, talk) == (["在吗", "一"], {one.id})
        assert texts(session, fresh) == (["二", "三"], {other.id})
        address = session.get_one(addresses.Address, talk.address_id)
        assert threads.at(session, address, "wechat", "main", NOW) == fresh
        undo(session, change_set)
        assert merged.dump(session) == before

    await db.run(work)


async def test_what_was_said_after_a_split_stays_when_it_is_undone(db):
    def work(session):
        company = merged.found(session)
        talk = talk_of(session, company.customer(0))
        (person,) = company.customer(2).contacts
        with changing(session) as change_set:
            fresh = splitting.split(session, talk, last(session, talk, 1), person, NOW)
        entry = log.Message(
            direction="in", author_kind="contact", text="后来", at=NOW, created_at=NOW
        )
        log.append(session, fresh, entry)
        undo(session, change_set)
        assert texts(session, talk)[0] == ["在吗", "一", "二", "三"]
        assert texts(session, fresh)[0] == ["后来"]

    await db.run(work)


async def test_two_conversations_of_one_customer_become_one_and_two_again(db):
    def work(session):
        company = merged.found(session)
        one = company.customer(2)
        talk = talk_of(session, one)
        second = customers.add_contact(session, one, "小张", now=NOW)
        merged.writes(session, second, "另一个号")
        other = next(each for each in threads.of_customer(session, one.id) if each is not talk)
        later = NOW + timedelta(hours=1)
        before = merged.dump(session)
        with changing(session) as change_set:
            splitting.merge(session, other, talk)
        assert threads.of_customer(session, one.id) == [talk]
        assert len(texts(session, talk)[0]) == 5
        address = session.get_one(addresses.Address, other.address_id)
        undo(session, change_set)
        assert merged.dump(session) == before
        assert threads.at(session, address, "wechat", "main", later) == other

    await db.run(work)


async def test_what_makes_no_sense_is_refused(db):
    def work(session):
        company = merged.found(session)
        talk = talk_of(session, company.customer(0))
        other = talk_of(session, company.customer(2))
        (person,) = company.customer(0).contacts
        with pytest.raises(errors.Refusal, match="same"):
            splitting.move(session, talk, person)
        with pytest.raises(errors.Refusal, match="same"):
            splitting.merge(session, talk, talk)
        with pytest.raises(errors.Refusal, match="other-customer"):
            splitting.merge(session, talk, other)
        (stranger,) = company.customer(2).contacts
        with pytest.raises(errors.Refusal, match="not-in"):
            splitting.split(session, talk, last(session, other, 1), stranger, NOW)

    await db.run(work)


async def test_an_undo_is_refused_when_the_talk_has_gone_on_to_somebody_else(db):
    def work(session):
        company = merged.found(session)
        talk = talk_of(session, company.customer(0))
        people = [company.customer(place).contacts[0] for place in (2, 3)]
        with changing(session) as change_set:
            splitting.move(session, talk, people[0])
        with changing(session):
            splitting.move(session, talk, people[1])
        with pytest.raises(errors.Refusal, match="changed-since"):
            undo(session, change_set)

    await db.run(work)


async def test_talk_that_was_moved_by_hand_stays_when_customers_are_taken_apart(db):
    def work(session):
        company = merged.found(session)
        talk = talk_of(session, company.customer(3))
        merging.merge_customers(session, company.boss, company.ids[3], company.ids[2], NOW)
        (person,) = company.customer(0).contacts
        splitting.move(session, talk, person)
        merging.unmerge(session, merging.into(session, homes.Kind.CUSTOMER, company.ids[2])[0], NOW)
        session.expire_all()
        assert texts(session, talk)[1] == {company.ids[0]}

    await db.run(work)
