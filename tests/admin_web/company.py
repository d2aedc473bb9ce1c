"""A small company that uses the web application, for tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse, test_utils, web

from admin_web import app, services
from channels import contract, messages
from conversations import inbox, log, threads, windows
from crm_core import addresses, customers, database, people, pipelines

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A time that only goes on when told to."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, **by: float) -> None:
        self.at += timedelta(**by)


class Server(test_utils.TestServer):
    """A port of this machine, served as the program serves it."""

    async def _make_runner(self, **kwargs: Any) -> web.AppRunner:
        return app.runner(self.app, 1.0)


@dataclass
class Company:
    """The application, its database, and the tokens of 王丽 (rep), 李强 (rep) and 老板 (admin)."""

    client: test_utils.TestClient[Any, Any]
    database: database.Database
    clock: Clock
    services: services.Services
    reps: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def asks(self, who: str, method: str, path: str, **how: Any) -> tuple[int, Any]:
        """Status and JSON of one request to the API."""
        response = await self.response(who, method, path, **how)
        return response.status, await response.json()

    async def response(self, who: str, method: str, path: str, **how: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **how.pop("headers", {})}
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **how)

    async def reads(self, who: str, path: str, **query: Any) -> Any:
        """The JSON of a GET that goes well."""
        status, found = await self.asks(who, "GET", path, params=query)
        assert status == 200, found
        return found

    async def all_pages(self, who: str, path: str, **query: Any) -> list[Any]:
        """The items of a list, asked for page by page."""
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = await self.reads(who, path, **query, **more)
            items += page["items"]
            cursor = page["next"]
        return items

    async def run(self, work, *args, **kwargs):
        return await self.database.run(work, *args, **kwargs)

    async def customer(self, name: str, owner: str | None = None, **more: Any) -> int:
        def work(session):
            owner_id = self.reps[owner] if owner else None
            return customers.create(session, name, now=self.clock(), owner_id=owner_id, **more).id

        return await self.run(work)

    async def conversation(
        self, customer_id: int, *texts: str, left: int | None = None, value: str = "o-1"
    ) -> int:
        """A WeChat conversation with a contact of the customer; `left` messages may be sent."""

        def work(session):
            customer = session.get_one(customers.Customer, customer_id)
            contact = customers.add_contact(
                session, customer, "陈总", now=self.clock(), title="采购"
            )
            address = addresses.add(
                session,
                "wechat",
                value,
                account="main",
                contact_id=contact.id,
                now=self.clock(),
            )
            thread = threads.at(session, address, "wechat", "main", self.clock())
            for text in texts:
                said(session, thread, text, self.clock())
            if left is not None:
                rule = contract.WindowRule(messages=left, lasts=timedelta(hours=48))
                windows.opened(session, address.id, "main", rule, self.clock())
            return thread.id

        return await self.run(work)


def said(session, thread, text, at):
    """The customer's words in a conversation."""
    entry = log.Message(
        direction="in",
        author_kind="contact",
        author_id=thread.contact_id,
        author_name="陈总",
        kind="text",
        subject="",
        text=text,
        full_text="",
        at=at,
        created_at=at,
    )
    return log.append(session, thread, entry)


def founded(session, now):
    pipelines.ensure_default(session)
    reps, tokens = {}, {}
    people_here = [("王丽", "rep", "华东"), ("李强", "rep", "华东"), ("老板", "admin", "")]
    people_here.append(("张经理", "manager", "华东"))
    for name, role, team in people_here:
        rep = people.add(session, name, people.Role(role), now=now, team=team)
        reps[name], tokens[name] = rep.id, people.issue_token(session, rep, now)
    return reps, tokens


def arrived(session, now, senders=("o1",)):
    """Record one event from each sender."""
    arrivals = [
        messages.RawEvent(
            channel="wechat",
            account="main",
            dedup_key=f"k{n}",
            sender=messages.Address(kind="wechat", account="main", value=sender),
            raw=b"<xml/>",
        )
        for n, sender in enumerate(senders)
    ]
    return inbox.record(session, arrivals, now)


async def at_once(*asking):
    """The answers of requests made at the same moment."""
    return await asyncio.gather(*asking)
