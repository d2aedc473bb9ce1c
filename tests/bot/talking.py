"""A small company in a database whose reps talk with the bot: tests read like dialogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import orm

from bot import dialogue, notices, world
from channels import contract
from conversations import log, outbox, threads, windows
from crm_core import addresses, customers, database, deals, people, pipelines
from tests import statements

SUNDAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Shanghai on 2026-11-22, a Sunday."""
WINDOW = contract.WindowRule(messages=5, lasts=timedelta(hours=48))


@dataclass
class Talk:
    """The bot's side and the customers' side of a day. Time goes on only when told to."""

    store: database.Database
    now: datetime = SUNDAY
    setting: world.World = field(default_factory=world.World)
    replies: list[dialogue.Reply] = field(default_factory=list)

    async def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        return await self.store.run(work, *args, **kwargs)

    async def says(self, text: str, who: str = "王丽", **how: Any) -> str:
        """A rep writes; the reply's text. Ten seconds pass."""
        reply = await self.store.run(self._said, text, who, **how)
        self.replies.append(reply)
        self.goes_on(seconds=10)
        return reply.text

    async def did(self, text: str, who: str = "王丽") -> str:
        """A rep writes and the bot does it at once."""
        reply = await self.says(text, who)
        assert reply.startswith("✓"), reply
        return reply

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def statements(self, text: str, who: str = "王丽") -> list[str]:
        """A rep writes; what answering that sends to the database, without savepoints."""

        def work(session: orm.Session) -> list[str]:
            rep, incoming = self._heard(session, text, who)
            with statements.counted(session) as made:
                dialogue.respond(session, rep, incoming, self.setting, self.now)
            return [each for each in made if "SAVEPOINT" not in each]

        made = list(await self.store.run(work))
        self.goes_on(seconds=10)
        return made

    def _said(
        self, session: orm.Session, text: str, who: str, kind: str = "text", tapped: str = ""
    ) -> dialogue.Reply:
        rep, incoming = self._heard(session, text, who, kind, tapped)
        return dialogue.respond(session, rep, incoming, self.setting, self.now)

    def _heard(
        self, session: orm.Session, text: str, who: str, kind: str = "text", tapped: str = ""
    ) -> tuple[people.Rep, dialogue.Incoming]:
        rep = people.named(session, who)
        door = self.door(session, rep)
        conversation = threads.at(session, door, "wechat", "main", self.now)
        entry = log.Message(
            direction="in",
            author_kind="rep",
            author_id=rep.id,
            author_name=rep.name,
            kind=kind,
            text=text,
            at=self.now,
            created_at=self.now,
        )
        log.append(session, conversation, entry)
        incoming = dialogue.Incoming(
            text=text,
            kind=kind,
            at=self.now,
            message=entry,
            event=None,
            conversation=conversation,
            tapped=tapped,
        )
        return rep, incoming

    def door(self, session: orm.Session, rep: people.Rep) -> addresses.Address:
        return addresses.find(session, "wechat", "main", f"openid-{rep.id}") or addresses.add(
            session, "wechat", f"openid-{rep.id}", account="main", rep_id=rep.id, now=self.now
        )

    async def door_of(self, who: str) -> None:
        """A rep binds a chat, so that notices arrive."""
        await self.store.run(lambda session: self.door(session, people.named(session, who)).id)

    async def customer_writes(self, name: str, text: str) -> int:
        """A customer's contact writes on WeChat; the customer's number."""

        def work(session: orm.Session) -> int:
            customer = _named(session, name)
            contact = customer.contacts[0]
            value = f"openid-c{contact.id}"
            address = addresses.find(session, "wechat", "main", value) or addresses.add(
                session, "wechat", value, account="main", contact_id=contact.id, now=self.now
            )
            windows.opened(session, address.id, "main", WINDOW, self.now)
            conversation = threads.at(session, address, "wechat", "main", self.now)
            entry = log.Message(
                direction="in",
                author_kind="contact",
                author_id=contact.id,
                author_name=contact.name,
                kind="text",
                text=text,
                at=self.now,
                created_at=self.now,
            )
            log.append(session, conversation, entry)
            return customer.id

        return int(await self.store.run(work))

    async def notice_arrives(self, who: str = "王丽") -> None:
        """Something is pushed into a rep's chat."""

        def work(session: orm.Session) -> None:
            door = self.door(session, people.named(session, who))
            notices.push(session, door, "有新消息", self.setting, self.now)

        await self.store.run(work)
        self.goes_on(seconds=1)

    async def number(self, name: str) -> int:
        return int(await self.store.run(lambda session: _named(session, name).id))

    async def deal(self, name: str) -> dict[str, Any]:
        """The newest deal of a customer, as plain data."""

        def work(session: orm.Session) -> dict[str, Any]:
            deal = deals.of(session, _named(session, name).id)[0]
            keys = ("id", "stage", "status", "amount", "currency", "close_date", "lost_reason")
            return {key: getattr(deal, key) for key in keys}

        return dict(await self.store.run(work))

    async def outgoing(self) -> list[tuple[str, str]]:
        """What is queued or was recalled for customers: (words, state)."""

        def work(session: orm.Session) -> list[tuple[str, str]]:
            found = session.query(log.Message, outbox.Delivery).join(
                outbox.Delivery, outbox.Delivery.message_id == log.Message.id
            )
            return [(entry.text, delivery.state) for entry, delivery in found]

        return list(await self.store.run(work))


def _named(session: orm.Session, name: str) -> customers.Customer:
    return session.query(customers.Customer).filter_by(name=name).one()


def found_company(session: orm.Session, now: datetime) -> None:
    """王丽 and 李强 sell, 赵敏 manages; five customers, one of them in the pool."""
    pipelines.ensure_default(session)
    wang = people.add(session, "王丽", people.Role.REP, team="东区", now=now)
    li = people.add(session, "李强", people.Role.REP, team="东区", now=now)
    people.add(session, "赵敏", people.Role.MANAGER, team="东区", now=now)
    known = (
        ("华星科技", wang, "张伟", "13812345678"),
        ("宏达机械", wang, "王建国", "13987654321"),
        ("宏达物流", wang, "赵强", "13700001111"),
        ("远航电子", li, "孙丽", "13611112222"),
        ("东方印务", None, "周敏", "13522223333"),
    )
    for name, owner, contact, phone in known:
        customer = customers.create(session, name, now=now, owner_id=owner.id if owner else None)
        person = customers.add_contact(session, customer, contact, now=now)
        addresses.add(session, "phone", phone, contact_id=person.id, now=now)
        if owner is not None and name != "宏达物流":
            deals.create(
                session,
                customer,
                "",
                now=now,
                owner_id=owner.id,
                amount=Decimal(80000),
                close_date=date(2026, 12, 30),
                stage="proposal",
            )
