"""A rep's words to a customer, and taking them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversations import answers, log, outbox, threads
from crm_core import addresses, audit, customers, database, errors, people

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOLD = timedelta(seconds=5)


def said(session, now=NOON):
    """A customer that waits, and the change set of the rep's answer."""
    rep = people.add(session, "王丽", people.Role.REP, now=now)
    customer = customers.create(session, "华星科技", now=now, owner_id=rep.id)
    contact = customers.add_contact(session, customer, "张伟", now=now)
    address = addresses.add(
        session, "wechat", "openid-1", account="main", contact_id=contact.id, now=now
    )
    conversation = threads.at(session, address, "wechat", "main", now)
    entry = log.Message(
        direction="in",
        author_kind="contact",
        author_id=contact.id,
        text="在吗",
        at=now,
        created_at=now,
    )
    log.append(session, conversation, entry)
    with audit.changing(session, actor="rep:1", cause="test", now=now, rep_id=rep.id) as changes:
        delivery = answers.send(session, conversation, rep, "在的", now=now, hold=HOLD)
    return rep, conversation, changes, delivery


@pytest.fixture
async def store(database_url):
    opened = database.open_database(database_url)
    yield opened
    await opened.close()


async def test_an_answer_ends_the_wait_and_taking_it_back_restores_it(store):
    def work(session):
        rep, conversation, changes, delivery = said(session)
        assert conversation.waiting_since is None
        assert changes.customer_id == conversation.customer_id
        audit.undo(session, changes, rep_id=rep.id, actor="rep:1", cause="test", now=NOON)
        assert conversation.waiting_since == NOON
        assert (delivery.state, delivery.error) == ("failed", outbox.RECALLED)

    await store.run(work)


async def test_what_has_left_can_not_be_taken_back(store):
    def work(session):
        rep, _, changes, delivery = said(session)
        delivery.state = "sent"
        with pytest.raises(errors.Refusal, match=r"reply\.already-sent"):
            audit.undo(session, changes, rep_id=rep.id, actor="rep:1", cause="test", now=NOON)

    await store.run(work)


async def test_a_customer_that_wrote_again_meanwhile_still_waits_since_then(store):
    later = NOON + timedelta(seconds=3)

    def work(session):
        rep, conversation, changes, _ = said(session)
        conversation.waiting_since = later
        audit.undo(session, changes, rep_id=rep.id, actor="rep:1", cause="test", now=later)
        assert conversation.waiting_since == later

    await store.run(work)
