"""Messages and events of any text come back to the letter."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from channels import messages
from conversations import accounts, correspondents, inbox, log, outbox, threads
from crm_core import claims, database
from tests import nasty

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
EVERYTHING = [*nasty.STORABLE, *nasty.CHANGED]


async def test_messages_in_and_out_come_back_to_the_letter(db):
    sender = messages.Address(kind="wechat", account="main", value="oABC")

    def write(session):
        who = correspondents.visitor(session, sender, "张伟", NOW)
        conversation = threads.at(session, who.address, "wechat", "main", NOW)
        for text in EVERYTHING:
            entry = log.Message(
                direction="in",
                author_kind="contact",
                author_name=text,
                subject=text,
                text=text,
                at=NOW,
                created_at=NOW,
            )
            log.append(session, conversation, entry)
            choice = messages.Choice(label=text[:50], value=text[:50])
            outbox.queue(session, conversation, outbox.Draft(text=text, choices=(choice,)), NOW)
        return conversation.id

    number = await db.run(write)
    found = await db.read(log.of_conversation, number, 1000)
    inbound = [entry.text for entry in reversed(found) if entry.direction == "in"]
    assert inbound == [database.storable(text) for text in EVERYTHING]

    sent = []
    while claimed := await db.run(
        lambda s: claims.claim(s, ["deliver.wechat"], now=NOW, limit=1, holder="x")
    ):
        outgoing = await db.run(outbox.begin, claimed[0], NOW, resend=False)
        sent.append(outgoing.message.text)
        await db.run(outbox.sent, outgoing, messages.Sent(), NOW)
    assert sent == inbound


async def test_events_and_newcomers_of_any_key_and_name_are_taken_in(db):
    arrivals = [
        messages.RawEvent(
            channel="wechat",
            account="main",
            dedup_key=f"{n}{text}",
            sender=messages.Address(kind="wechat", account="main", value=f"{n}{text}"[:300]),
            raw=bytes(range(256)),
            takes_reply=True,
            text=text,
        )
        for n, text in enumerate(EVERYTHING)
    ]
    recorded = await db.run(inbox.record, arrivals, NOW)
    assert all(result.new for result in recorded)
    again = await db.run(inbox.record, arrivals, NOW)
    assert [(r.event_id, r.new) for r in again] == [(r.event_id, False) for r in recorded]

    def meet(session):
        for arrival in arrivals:
            assert correspondents.find(session, arrival.sender) is None
            visitor = correspondents.visitor(session, arrival.sender, arrival.text, NOW)
            correspondents.as_customer(session, visitor, "wechat", NOW)

    await db.run(meet)
    raw = await db.read(lambda s: s.scalars(sa.select(inbox.Event.raw)).all())
    assert set(raw) == {bytes(range(256))}


async def test_settings_of_a_channel_are_sealed_and_come_back_whole(db):
    settings = {text[:40]: text for text in nasty.STORABLE}
    await db.run(accounts.put, "wechat", "main", settings, NOW)
    await db.run(accounts.put, "wechat", "main", settings | {"secret": "hunter2"}, NOW)
    account = await db.read(accounts.named, "wechat", "main")
    assert b"hunter2" not in account.sealed
    opened = accounts.unseal("wechat", "main", account.sealed)
    assert opened == settings | {"secret": "hunter2"}
    assert len(await db.read(accounts.listed)) == 1
