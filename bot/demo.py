"""The demo's trading company, made up from end to end (`demo.toml`), through the usual verbs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from channels import contract
from conversations import log, threads, windows
from crm_core import (
    activities,
    addresses,
    audit,
    clock,
    customers,
    deals,
    people,
    pipelines,
    tasks,
)

CHANNEL = "wechat"
JUST_WROTE = contract.WindowRule(messages=5, lasts=timedelta(hours=48))
"""What an official account may send after a person's message (PLATFORMS §2.2)."""
WEEKEND = 5


@dataclass(frozen=True, kw_only=True)
class DemoRep:
    """One of ours with a phone; `wrote`: the official account may write to it now."""

    name: str
    role: str
    openid: str
    wrote: bool


@dataclass(frozen=True, kw_only=True)
class DemoCustomer:
    """A customer's contact (or a visitor, with an empty company) with WeChat."""

    name: str
    company: str
    openid: str
    wrote: bool


@dataclass(frozen=True, kw_only=True)
class DemoPeople:
    """Everybody whom the twin has to know as a follower of the demo's official account."""

    reps: tuple[DemoRep, ...]
    customers: tuple[DemoCustomer, ...]

    def everybody(self) -> tuple[DemoRep | DemoCustomer, ...]:
        """The reps first."""
        return (*self.reps, *self.customers)


@dataclass(frozen=True, kw_only=True)
class _Sowing:
    """What all steps of sowing share."""

    session: orm.Session
    now: datetime
    zone: ZoneInfo
    account: str
    reps: dict[str, people.Rep] = field(default_factory=dict)

    def moment(self, entry: dict[str, Any]) -> datetime:
        """When an entry of the file happened: `ago` minutes, or `days` before today at `time`."""
        if "ago" in entry:
            return self.now - timedelta(minutes=entry["ago"])
        day = self.now.astimezone(self.zone).date() - timedelta(days=entry["days"])
        at = time.fromisoformat(entry.get("time", "09:30"))
        return min(datetime.combine(day, at, self.zone), self.now)

    def ahead(self, days: int) -> date:
        """That many days from today, a Monday if it were a weekend."""
        day = self.now.astimezone(self.zone).date() + timedelta(days=days)
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= WEEKEND else 0)


@cache
def company() -> dict[str, Any]:
    """The demo's data as written in `demo.toml`."""
    return tomllib.loads(Path(__file__).with_name("demo.toml").read_text("utf-8"))


def seed(session: orm.Session, *, now: datetime, timezone: str, account: str) -> DemoPeople:
    """Fill a database without people with the demo company; changes nothing in any other.

    `account` is the official account whose followers the reps and customers are, `timezone` the
    company's (IANA name). Returns everybody who follows that account now, so that the twin can
    adopt them.
    """
    if not people.everyone(session):
        pipelines.ensure_default(session)
        sowing = _Sowing(session=session, now=now, zone=clock.zone(timezone), account=account)
        for entry in company()["rep"]:
            _add_rep(sowing, entry)
        for entry in company()["customer"]:
            _add_customer(sowing, entry)
        for entry in company()["chat"]:
            _add_chat(sowing, entry)
        session.flush()
    return followers(session, account, now)


def followers(session: orm.Session, account: str, now: datetime) -> DemoPeople:
    """Everybody with a reachable WeChat address at the account, in the order they came."""
    here = (
        addresses.Address.kind == CHANNEL,
        addresses.Address.account == account,
        addresses.Address.state == addresses.State.OK,
    )

    def wrote(address: addresses.Address) -> bool:
        window = windows.state(session, address.id, account, now)
        return window is not None and window.open

    ours = (
        sa.select(addresses.Address, people.Rep)
        .join(people.Rep, people.Rep.id == addresses.Address.rep_id)
        .where(*here)
        .order_by(addresses.Address.id)
    )
    theirs = (
        sa.select(addresses.Address, customers.Contact, customers.Customer.name)
        .join(customers.Contact, customers.Contact.id == addresses.Address.contact_id)
        .outerjoin(customers.Customer, customers.Customer.id == customers.Contact.customer_id)
        .where(*here)
        .order_by(addresses.Address.id)
    )
    return DemoPeople(
        reps=tuple(
            DemoRep(name=rep.name, role=rep.role, openid=address.value, wrote=wrote(address))
            for address, rep in session.execute(ours)
        ),
        customers=tuple(
            DemoCustomer(
                name=contact.name, company=firm or "", openid=address.value, wrote=wrote(address)
            )
            for address, contact, firm in session.execute(theirs)
        ),
    )


def _add_rep(sowing: _Sowing, entry: dict[str, Any]) -> None:
    session, joined = sowing.session, sowing.now - timedelta(days=200)
    rep = people.add(
        session,
        entry["name"],
        people.Role(entry["role"]),
        now=joined,
        team=company()["team"],
        phone=addresses.normalise("phone", entry["phone"]),
    )
    sowing.reps[rep.name] = rep
    address = addresses.add(
        session, CHANNEL, entry["openid"], account=sowing.account, rep_id=rep.id, now=joined
    )
    windows.opened(session, address.id, sowing.account, JUST_WROTE, sowing.now)


def _add_customer(sowing: _Sowing, entry: dict[str, Any]) -> None:
    created = sowing.moment(entry)
    owner = sowing.reps.get(entry["owner"])
    with audit.changing(
        sowing.session, actor="demo", cause="cli", command="demo-data", now=created
    ) as change_set:
        customer = customers.create(
            sowing.session,
            entry["name"],
            now=created,
            owner_id=owner.id if owner else None,
            source=entry["source"],
        )
        customer.industry, customer.level = entry["industry"], entry.get("level", "")
        customer.tags = list(entry.get("tags", ()))
        change_set.summary = customer.name
        threads_of = [_add_contact(sowing, customer, c, created) for c in entry["contacts"]]
        for deal in entry.get("deals", ()):
            _add_deal(sowing, customer, deal, owner)
        _add_record(sowing, customer, entry, owner)
        if "status" in entry:
            customer.status = customers.Status(entry["status"])
    if "talk" in entry:
        _add_talk(sowing, next(t for t in threads_of if t is not None), entry["talk"], owner)


def _add_contact(
    sowing: _Sowing, customer: customers.Customer, entry: dict[str, Any], created: datetime
) -> addresses.Address | None:
    """Add a person with all addresses; gives the WeChat address, if there is one."""
    session = sowing.session
    contact = customers.add_contact(
        session, customer, entry["name"], title=entry["title"], now=created
    )
    for kind in ("phone", "email"):
        if kind in entry:
            addresses.add(session, kind, entry[kind], contact_id=contact.id, now=created)
    if "openid" not in entry:
        return None
    return addresses.add(
        session,
        CHANNEL,
        entry["openid"],
        account=sowing.account,
        contact_id=contact.id,
        now=created,
    )


def _add_deal(
    sowing: _Sowing,
    customer: customers.Customer,
    entry: dict[str, Any],
    owner: people.Rep | None,
) -> None:
    stage, closed = entry["stage"], entry.get("closed")
    deal = deals.create(
        sowing.session,
        customer,
        entry["title"],
        now=sowing.moment(entry),
        owner_id=owner.id if owner else None,
        amount=Decimal(entry["amount"]),
        close_date=sowing.ahead(entry["in_days"] if closed is None else -closed),
        stage=stage if closed is None else "negotiation",
    )
    if closed is None:
        return
    at = sowing.moment({"days": closed, "time": "16:00"})
    if stage == "won":
        deals.win(sowing.session, deal, at)
    else:
        deals.lose(sowing.session, deal, entry["reason"], at)


def _add_record(
    sowing: _Sowing,
    customer: customers.Customer,
    entry: dict[str, Any],
    owner: people.Rep | None,
) -> None:
    """Add the notes and tasks of a customer."""
    for note in entry.get("notes", ()):
        at = sowing.moment(note)
        activities.log(
            sowing.session,
            customer,
            note["text"],
            now=at,
            at=at,
            kind=note["kind"],
            rep_id=owner.id if owner else None,
        )
    if owner is not None:
        for wanted in entry.get("tasks", ()):
            _add_task(sowing, customer, wanted, owner)


def _add_task(
    sowing: _Sowing, customer: customers.Customer, entry: dict[str, Any], owner: people.Rep
) -> None:
    day = sowing.ahead(entry["in_days"]) if entry["in_days"] > 0 else None
    day = day or sowing.now.astimezone(sowing.zone).date() + timedelta(days=entry["in_days"])
    due = datetime.combine(day, time.fromisoformat(entry["time"]), sowing.zone)
    made = min(due, sowing.now) - timedelta(days=2)
    task = tasks.create(
        sowing.session, entry["text"], due, now=made, owner_id=owner.id, customer_id=customer.id
    )
    if due <= sowing.now:
        # The rep was told when it was due; the demo does not begin with old reminders.
        task.reminded_at = due


def _add_talk(
    sowing: _Sowing,
    address: addresses.Address,
    talk: list[dict[str, Any]],
    owner: people.Rep | None,
) -> None:
    session = sowing.session
    moments = [sowing.moment(entry) for entry in talk]
    thread = threads.at(session, address, CHANNEL, sowing.account, moments[0])
    thread.assignee_id = owner.id if owner else None
    contact = session.get_one(customers.Contact, address.contact_id)
    customer = session.get_one(customers.Customer, contact.customer_id)
    for entry, at in zip(talk, moments, strict=True):
        theirs = entry["from"] == "in"
        author = (contact.id, contact.name) if theirs or owner is None else (owner.id, owner.name)
        kept = log.append(session, thread, _message(entry, author, at))
        thread.noticed_at, thread.noticed_message_id = at, kept.id
        customers.touch(customer, max(at, customer.updated_at))
        if theirs:
            windows.opened(session, address.id, sowing.account, JUST_WROTE, at)


def _message(entry: dict[str, Any], author: tuple[int, str], at: datetime) -> log.Message:
    theirs = entry["from"] == "in"
    return log.Message(
        direction="in" if theirs else "out",
        author_kind="contact" if theirs else "rep",
        author_id=author[0],
        author_name=author[1],
        kind="text",
        text=entry["text"],
        at=at,
        created_at=at,
    )


def _add_chat(sowing: _Sowing, entry: dict[str, Any]) -> None:
    """Add what a rep and the assistant said to each other to the log; `said` may be missing."""
    session, rep, at = sowing.session, sowing.reps[entry["rep"]], sowing.moment(entry)
    address = addresses.of_rep(session, rep.id)[0]
    thread = threads.at(session, address, CHANNEL, sowing.account, at)
    about = sa.select(customers.Customer.id).where(customers.Customer.name == entry["about"])
    answer = entry["answer"].format(id=session.scalar(about))
    exchange = [("in", "rep", entry["said"])] if "said" in entry else []
    for direction, kind, text in [*exchange, ("out", "bot", answer)]:
        log.append(
            session,
            thread,
            log.Message(
                direction=direction,
                author_kind=kind,
                author_id=rep.id if kind == "rep" else None,
                author_name=rep.name if kind == "rep" else "",
                kind="text",
                text=text,
                at=at,
                created_at=at,
            ),
        )
