"""Searching for words: customers of that name or number, and all that was said and noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot import command, finding, replies, wording
from bot.phrases import N_
from conversations import log, searching
from crm_core import customers, deals, folding, looking, tasks

commands = command.Commands("customers")
CUSTOMERS, LINES = 2, 4
SHOWN = 30
BEFORE = 8
"""So many characters of a text stand before the word that was found in it."""


@commands.command(
    "search",
    names=(("搜", "搜索"), ("search",)),
    examples=("搜 报价", "search invoice"),
    summary=N_("Find words in names, messages and notes"),
)
def search(turn: command.Turn, text: str, after: int | None = None) -> command.Shown:
    """The customers of such names or numbers first, then who said it when, newest first."""
    _ = turn.say
    text = text.strip()
    named = _customers(turn, text) if after is None else None
    room = LINES - (len(named.hits) if named else 0)
    said = looking.find(turn.session, turn.rep, text, after=after, limit=room)
    labels = _labels(turn, [*(named.hits if named else ()), *said.hits], text)
    if not labels:
        return command.Shown(lines=(_("Nothing found with “{text}”.", text=text),))
    counts = [] if not named or not named.count else [_("customers {n}", n=named.counted)]
    counts += [_("entries {n}", n=said.counted)] if said.count else []
    more = {"after": said.next} if said.next is not None else None
    lines = [_("“{text}”: {counts}", text=replies.one_line(text, SHOWN), counts=" · ".join(counts))]
    lines += [f"{number} {label}" for number, (_hit, label) in enumerate(labels, 1)]
    lines += [_("Send “more” for the rest")] if more else []
    picks = [
        command.Option(label=label, clauses=((_card(hit), {"customer": f"#{hit.customer_id}"}),))
        for hit, label in labels
    ]
    return command.Shown(
        lines=tuple(lines),
        listed=tuple(f"#{hit.customer_id}" for hit, _label in labels),
        picks=command.Ask(lines[0], picks, kind="list"),
        more=more,
    )


def _customers(turn: command.Turn, text: str) -> looking.Found:
    return looking.find_customers(turn.session, turn.rep, text, apart=True, limit=CUSTOMERS)


def _card(hit: looking.Hit) -> str:
    return "query" if hit.kind == "customer" else "history"


def _labels(
    turn: command.Turn, hits: Sequence[looking.Hit], text: str
) -> list[tuple[looking.Hit, str]]:
    records = searching.records(turn.session, hits)
    ids = {hit.customer_id for hit in hits}
    query = sa.select(customers.Customer).where(customers.Customer.id.in_(ids))
    labels = []
    for customer in turn.session.scalars(query):
        records["customer", customer.id] = customer
    for hit in hits:
        customer = records["customer", hit.customer_id]
        record = records.get((hit.kind, hit.record_id))
        if isinstance(record, customers.Customer):
            whose = finding.whose(turn, customer)
            labels.append((hit, f"{customer.name} #{customer.id} · {whose}"))
        elif record is not None:
            when = wording.brief(hit.at, turn.now, turn.zone, turn.language)
            who, words = _said(turn, record, customer)
            labels.append((hit, f"{when} {who} #{customer.id}: {_around(words, text)}"))
    return labels


def _said(turn: command.Turn, record: Any, customer: customers.Customer) -> tuple[str, str]:
    """Who said it (to whom), and the words."""
    _ = turn.say
    if isinstance(record, log.Message):
        own = record.author_kind == "rep" and record.author_id == turn.rep.id
        who = _("me") if own else record.author_name or _("bot")
        return replies.person(who, customer.name), f"{record.subject} {record.text}".strip()
    if isinstance(record, deals.Deal):
        return customer.name, f"D{record.id} {record.title}"
    if isinstance(record, tasks.Task):
        return customer.name, f"T{record.id} {record.text}"
    return customer.name, _("note: {text}", text=record.text)


def _around(words: str, asked: str) -> str:
    """One line of the words around the first one asked for."""
    line = " ".join(words.split())
    folded = folding.fold(line)
    places = [folded.find(part) for part in folding.fold(asked).split()]
    at = min((place for place in places if place >= 0), default=0)
    start = max(at - BEFORE, 0) if len(line) > SHOWN else 0
    return ("…" if start else "") + replies.shortened(line[start:], SHOWN)
