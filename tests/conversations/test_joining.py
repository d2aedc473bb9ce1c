"""One person on two accounts is one contact as soon as the provider proves it."""

from __future__ import annotations

import pytest

from channels import messages
from conversations import correspondents, joining, threads
from crm_core import addresses, customers, deals, identity, jobs, people, pipelines
from tests.crm_core.merged import NOW

FIRST = messages.Address(kind="wechat", account="shop", value="o-1")
SECOND = messages.Address(kind="wechat", account="service", value="o-2")
UNION = messages.Address(kind="unionid", value="u-1")


def said(sender, *also):
    return messages.InboundMessage(sender=sender, at=NOW, text="在吗", also_known_as=also)


def comes(session, sender, *also):
    """Somebody writes, as intake would have it."""
    inbound = said(sender, *also)
    who = correspondents.find(session, sender)
    who = joining.joined(session, who, inbound, NOW)
    if who is None:
        who = correspondents.visitor(session, sender, "", NOW)
        who = joining.joined(session, who, inbound, NOW) or who
    return correspondents.as_customer(session, who, "wechat", NOW)


async def test_one_unionid_makes_two_accounts_one_contact_at_once(db):
    def work(session):
        one = comes(session, FIRST, UNION)
        other = comes(session, SECOND, UNION)
        assert other.contact == one.contact
        assert other.customer == one.customer
        kinds = [each.kind for each in addresses.of_contacts(session, [one.contact.id])]
        assert sorted(kinds) == ["unionid", "wechat", "wechat"]
        talks = [threads.at(session, each.address, "wechat", "x", NOW) for each in (one, other)]
        assert {talk.customer_id for talk in talks} == {one.customer.id}

    await db.run(work)


async def test_without_it_they_are_two(db):
    def work(session):
        assert comes(session, FIRST).customer != comes(session, SECOND).customer

    await db.run(work)


async def test_two_leads_that_turn_out_to_be_one_are_merged(db):
    def work(session):
        one, other = comes(session, FIRST), comes(session, SECOND, UNION)
        again = comes(session, FIRST, UNION)
        assert again.contact == one.contact
        assert other.customer.merged_into_id == one.customer.id
        assert comes(session, SECOND, UNION).contact == one.contact

    await db.run(work)


async def test_a_lead_goes_into_the_customer_it_turns_out_to_be(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        known = customers.create(session, "华美", now=NOW, owner_id=rep.id)
        person = customers.add_contact(session, known, "张伟", now=NOW)
        for key in (SECOND, UNION):
            addresses.add(
                session, key.kind, key.value, account=key.account, contact_id=person.id, now=NOW
            )
        lead = comes(session, FIRST)
        who = comes(session, FIRST, UNION)
        assert (who.customer, who.contact) == (known, person)
        assert lead.customer.merged_into_id == known.id

    await db.run(work)


async def test_a_customer_somebody_looks_after_never_vanishes_by_itself(db):
    def work(session):
        pipelines.ensure_default(session)
        reps = [people.add(session, name, people.Role.REP, now=NOW) for name in "甲乙"]
        one, other = comes(session, FIRST), comes(session, SECOND, UNION)
        for who, rep in ((one, reps[0]), (other, reps[1])):
            who.customer.owner_id = rep.id
            deals.create(session, who.customer, "", now=NOW)
        session.query(jobs.Job).delete()
        for _ in range(2):
            comes(session, FIRST, UNION)
        assert other.customer.merged_into_id is None
        (pair,) = session.query(identity.LookAlike)
        assert (pair.reason, pair.state) == ("key", "open")
        assert [job.payload for job in session.query(jobs.Job)] == [{"pair_id": pair.id}]

    await db.run(work)


async def test_a_visitor_is_the_contact_it_turns_out_to_be(db):
    def work(session):
        known = comes(session, FIRST, UNION)
        visitor = correspondents.visitor(session, SECOND, "", NOW)
        who = joining.joined(session, visitor, said(SECOND, UNION), NOW)
        assert who is not None
        assert who.contact == known.contact

    await db.run(work)


async def test_a_key_of_a_rep_binds_nobody(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        addresses.add(session, "unionid", UNION.value, rep_id=rep.id, now=NOW)
        who = comes(session, FIRST, UNION)
        assert who.rep is None
        assert who.customer is not None
        bound = addresses.find(session, "unionid", "", UNION.value)
        assert bound is not None
        assert bound.rep_id == rep.id

    await db.run(work)


@pytest.mark.parametrize("kind", ["phone", "email"])
async def test_a_number_or_mail_a_rep_wrote_down_joins_whoever_writes_from_it(db, kind):
    value = {"phone": "+8613812345678", "email": "li@acme.cn"}[kind]

    def work(session):
        known = customers.create(session, "华美", now=NOW)
        person = customers.add_contact(session, known, "张伟", now=NOW)
        addresses.add(session, kind, value, contact_id=person.id, now=NOW)
        who = comes(session, messages.Address(kind=kind, value=value))
        assert (who.customer, who.contact) == (known, person)

    await db.run(work)
