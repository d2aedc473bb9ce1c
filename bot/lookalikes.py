"""Asking about look-alikes: 疑似同一客户 as one question with one tap, in answers and notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import orm

from bot import command, notices, phrases, world
from bot.phrases import N_
from crm_core import customers, identity, people

SHOWN = 3
REASONS = {
    "key": N_("the same person to the provider"),
    "name": N_("same name"),
    "script": N_("same name, written otherwise"),
    "form": N_("same name but for place or legal form"),
    "contact": N_("same contact"),
    "sound": N_("sounds the same"),
    "tail": N_("number ends the same"),
    "mention": N_("gave a number of the other one"),
}


def label(session: orm.Session, _: phrases.Say, pair: identity.LookAlike) -> str:
    """Both and why, in one line: 华美 #12 与 华美电子 #31 (同音)."""
    loser_id, survivor_id = identity.direction(session, pair)
    loser, survivor = (
        session.get_one(customers.Customer, number) for number in (loser_id, survivor_id)
    )
    return _(
        "{one} #{one_id} and {other} #{other_id} ({reason})",
        one=survivor.name,
        one_id=survivor.id,
        other=loser.name,
        other_id=loser.id,
        reason=_(REASONS[pair.reason]),
    )


def question(session: orm.Session, _: phrases.Say, pair: identity.LookAlike) -> command.Ask:
    """One tap merges the two; a 0 remembers that they are not the same."""
    loser_id, survivor_id = identity.direction(session, pair)
    slots = {"from": f"#{loser_id}", "into": f"#{survivor_id}"}
    return command.Ask(
        _("May be the same customer: {pair}", pair=label(session, _, pair)),
        [command.Option(label=_("Merge"), clauses=(("merge", slots),), sure=True)],
        no=command.Option(label=_("Not the same"), clauses=(("different", slots),)),
        later=_("Send “duplicates” to decide"),
    )


def offer(turn: command.Turn, customer: customers.Customer) -> command.Ask | None:
    """What to ask about a customer that was just made: only of those this rep may see."""
    for pair in identity.look(turn.session, customer.id, "", turn.now):
        other_id = pair.one_id if pair.other_id == customer.id else pair.other_id
        if _may_see(turn.session, turn.rep, other_id):
            return question(turn.session, turn.say, pair)
    return None


def _may_see(session: orm.Session, rep: people.Rep, customer_id: int) -> bool:
    seen = customers.listed(session, rep, customers.Customer.id == customer_id, limit=1)
    return bool(seen)


def look(
    session: orm.Session, payload: Mapping[str, Any], setting: world.World, now: datetime
) -> None:
    """What a job of kind `identity.LOOK` wants: find look-alikes, ask about the likeliest pair."""
    if "pair_id" in payload:
        found = [session.get_one(identity.LookAlike, payload["pair_id"])]
    else:
        found = identity.look(session, payload["customer_id"], payload["text"], now)
    for pair in found[:1]:
        for rep in identity.watchers(session, pair):
            say = phrases.of(rep, setting.language)
            if notices.ask(session, rep, question(session, say, pair), setting, now):
                break


def of_name(turn: command.Turn, name: str) -> list[customers.Customer]:
    """Customers of a like name that this rep may see, the likeliest first."""
    found = [each.customer_id for each in identity.named(turn.session, name)]
    seen = customers.listed(turn.session, turn.rep, customers.Customer.id.in_(found))
    return sorted(seen, key=lambda each: found.index(each.id))[:SHOWN]
