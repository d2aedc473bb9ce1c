"""Deals, notes, tasks and the changes on record, each made of lots for one customer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.generated import drawing, phrases, staff, talk, words
from crm_core import pipelines

_STAGES = {key: probability for key, _, _, probability, _ in pipelines.DEFAULT_STAGES}
_OPEN_STAGES = drawing.Bag(("contacted", "proposal", "qualified", "negotiation"), 0.5)
_FATES = drawing.Bag(("open", "lost", "won"), 0.7)
_NOTE_KINDS = drawing.Bag(phrases.NOTE_KINDS, 0.8)
_LOST = drawing.Bag(words.LOST_REASONS, 0.7)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom it is about and whose it is."""

    customer_id: int
    short: str
    chinese: bool
    person: str
    contact_id: int
    rep: staff.Member

    @property
    def known(self) -> dict[str, str]:
        """What phrases are filled in with."""
        return {"person": self.person, "company": self.short, "rep": self.rep.name}


def fate(lot: random.Random) -> str:
    """What becomes of a deal: open, won or lost."""
    return _FATES.draw(lot)


def deal(
    lot: random.Random, about: About, number: int, at: datetime, *, now: datetime, end: str
) -> Row:
    """One deal, made at that moment, that has come to this end by now."""
    stage = _OPEN_STAGES.draw(lot) if end == "open" else end
    closed = None if end == "open" else min(at + timedelta(days=lot.expovariate(1 / 40)), now)
    planned = (closed or now + timedelta(days=lot.randrange(-20, 120))).date()
    amount = Decimal(int(lot.lognormvariate(11, 1.1)) // 100 * 100 + 1000)
    return {
        "id": number,
        "customer_id": about.customer_id,
        "title": talk.DEALS.say(lot, about.known, chinese=about.chinese),
        "pipeline": pipelines.DEFAULT,
        "stage": stage,
        "status": end,
        "amount": amount,
        "currency": "CNY" if about.chinese else "USD",
        "close_date": planned,
        "probability": _STAGES[stage],
        "owner_id": about.rep.id,
        "lost_reason": _LOST.draw(lot) if end == "lost" else "",
        "created_at": at,
        "updated_at": closed or at,
        "closed_at": closed,
        "version": 1,
    }


def activity(lot: random.Random, about: About, number: int, at: datetime) -> Row:
    """One note, call, visit or meeting."""
    return {
        "id": number,
        "customer_id": about.customer_id,
        "contact_id": about.contact_id,
        "rep_id": about.rep.id,
        "kind": _NOTE_KINDS.draw(lot),
        "text": talk.NOTES.say(lot, about.known, chinese=about.chinese),
        "at": at,
        "created_at": at,
    }


def task(lot: random.Random, about: About, number: int, at: datetime, now: datetime) -> Row:
    """One task; the rep was reminded of it, if its time has come."""
    due = at + timedelta(days=lot.randrange(1, 15))
    done = lot.random() < (0.93 if due < now - timedelta(days=20) else 0.35)
    return {
        "id": number,
        "customer_id": about.customer_id,
        "contact_id": about.contact_id,
        "owner_id": about.rep.id,
        "created_by": about.rep.id,
        "text": talk.TASKS.say(lot, about.known, chinese=about.chinese),
        "due_at": due,
        "deadline": lot.random() < 0.2,
        "status": "done" if done else "open",
        "reminded_at": due if due <= now else None,
        "done_at": min(due, now) if done else None,
        "created_at": at,
    }


def change_set(about: About, number: int, at: datetime, command: str, what: Row) -> Row:
    """One command's change on record; `what` is its only change, as `change` gives it."""
    return {
        "id": number,
        "rep_id": about.rep.id,
        "actor": f"rep:{about.rep.id}",
        "cause": "cli",
        "command": command,
        "source": "cli",
        "summary": about.short,
        "customer_id": about.customer_id,
        "at": at,
        "change": {"id": number, "change_set_id": number, **what},
    }


def claimed(about: About) -> Row:
    """The change of a customer that somebody took out of the pool."""
    return {
        "record": "customers",
        "record_id": about.customer_id,
        "field": "owner_id",
        "old": None,
        "new": about.rep.id,
    }


def opened(made: Row) -> Row:
    """The change of a deal that somebody opened."""
    shown = {name: made[name] for name in ("title", "stage", "currency", "customer_id", "owner_id")}
    snapshot = {**shown, "amount": str(made["amount"]), "status": "open"}
    return {
        "record": "deals",
        "record_id": made["id"],
        "field": "*created",
        "old": None,
        "new": snapshot,
    }
