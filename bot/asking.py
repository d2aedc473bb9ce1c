"""Requests for customers: the question to a manager, and telling everybody how it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import orm

from bot import command, notices, phrases, replies, world
from bot.phrases import N_
from crm_core import customers, people, sharing

OUTCOMES = {
    "given": N_("goes to {name}"),
    "shared": N_("shared with {name}"),
    "refused": N_("not given to {name}"),
}
TOLD = {
    "given": N_("✓ {name} #{id} is yours now ({manager})"),
    "shared": N_("✓ {name} #{id} is shared with you ({manager})"),
    "refused": N_("✗ {manager} did not give you #{id}"),
}


def label(session: orm.Session, _: phrases.Say, asked: sharing.Request) -> str:
    """Who asks for what, in one line."""
    customer = session.get_one(customers.Customer, asked.customer_id)
    return _(
        "R{number} {rep} asks for {name} #{id} ({owner})",
        number=asked.id,
        rep=session.get_one(people.Rep, asked.rep_id).name,
        name=replies.one_line(customer.name, 30),
        id=customer.id,
        owner=_name(session, customer.owner_id) or _("pool"),
    )


def _name(session: orm.Session, rep_id: int | None) -> str:
    rep = session.get(people.Rep, rep_id or 0)
    return rep.name if rep else ""


def question(session: orm.Session, _: phrases.Say, asked: sharing.Request) -> command.Ask:
    """1 give, 2 share, 3 refuse."""
    options = [
        command.Option(
            label=text,
            clauses=(("decide", {"request": asked.id, "verdict": verdict.value}),),
            sure=True,
        )
        for verdict, text in (
            (sharing.Verdict.GIVE, _("Give")),
            (sharing.Verdict.SHARE, _("Share")),
            (sharing.Verdict.REFUSE, _("Refuse")),
        )
    ]
    later = _("Send “decide R{number} give”, “share” or “refuse” and a reason", number=asked.id)
    return command.Ask(label(session, _, asked), options, later=later)


def ask_managers(
    session: orm.Session, asked: sharing.Request, setting: world.World, now: datetime
) -> list[people.Rep]:
    """Put the question to everybody who may decide; those who could be reached."""
    customer = session.get_one(customers.Customer, asked.customer_id)
    told = []
    for manager in sharing.deciders(session, customer):
        say = phrases.of(manager, setting.language)
        if notices.ask(session, manager, question(session, say, asked), setting, now):
            told.append(manager)
    return told


def owner_of(session: orm.Session, number: int) -> int | None:
    """Who looks after the customer that a request is about, before it is decided."""
    asked = session.get(sharing.Request, number)
    customer = session.get(customers.Customer, asked.customer_id) if asked else None
    return customer.owner_id if customer else None


def tell_all(turn: command.Turn, done: sharing.Request, owner_id: int | None) -> None:
    """Tell whoever asked, and the former owner of a customer that was given away."""
    customer = turn.session.get_one(customers.Customer, done.customer_id)
    facts = {"name": customer.name, "id": customer.id, "manager": turn.rep.name}

    def applicant(say: phrases.Say) -> str:
        seen = facts if done.state != "refused" else {"id": customer.id, "manager": turn.rep.name}
        text = say(TOLD[done.state], **seen)
        return f"{text}: {done.reason}" if done.reason else text

    def owner(say: phrases.Say) -> str:
        to = _name(turn.session, done.rep_id)
        return say("{manager} gave {name} #{id} to {to}", **facts, to=to)

    notices.tell(turn.session, done.rep_id, applicant, turn.setting, turn.now)
    if done.state == "given":
        notices.tell(turn.session, owner_id, owner, turn.setting, turn.now)
