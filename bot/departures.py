"""Somebody leaves: access ends at once, an heir is asked for, and everything is handed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import orm

from bot import command, notices, phrases, world
from bot.phrases import N_
from crm_core import handover, people

CANDIDATES = 4
PARTS = {
    "customers": N_("customers {count}"),
    "deals": N_("deals {count}"),
    "tasks": N_("tasks {count}"),
    "conversations": N_("conversations {count}"),
}


def disable(
    session: orm.Session, rep: people.Rep, setting: world.World, now: datetime
) -> dict[str, int]:
    """End somebody's access and ask whoever leads that person for an heir; what is held, by part.

    Until one is named, words of customers and reminders go to whoever leads the person.
    """
    people.disable(session, rep, now)
    session.flush()
    held = handover.held(session, rep.id)
    if held:
        for leader in handover.stand_ins(session, rep.id):
            say = phrases.of(leader, setting.language)
            notices.ask(session, leader, _question(session, say, rep, held), setting, now)
    return held


def _question(
    session: orm.Session, _: phrases.Say, rep: people.Rep, held: dict[str, int]
) -> command.Ask:
    team = [
        each
        for each in people.everyone(session)
        if each.active and each.role == people.Role.REP and each.team == rep.team
    ]
    options = [_option(rep, each.name, each.name) for each in team[:CANDIDATES]]
    options += [
        _option(rep, _("by the assignment rules"), f"@{handover.Heir.RULE}"),
        _option(rep, _("into the pool"), f"@{handover.Heir.POOL}"),
    ]
    head = _("{name} has left, with {what}. Who takes over?", name=rep.name, what=parts(_, held))
    later = _("Send “handover {name} to …” to decide", name=rep.name)
    return command.Ask(head, options, later=later)


def _option(rep: people.Rep, label: str, to: str) -> command.Option:
    return command.Option(label=label, clauses=(("handover", {"from": rep.name, "to": to}),))


def parts(_: phrases.Say, held: dict[str, int]) -> str:
    """What somebody holds (or what went over), in words."""
    known = [_(PARTS[name], count=held[name]) for name in PARTS if held.get(name)]
    others = [f"{name} {held[name]}" for name in held if name not in PARTS and name != "sets"]
    return " · ".join([*known, *others])


def go_on(session: orm.Session, handover_id: int, setting: world.World, now: datetime) -> None:
    """One step of a hand-over; at its end whoever ordered it and the heir are told."""
    before = session.get(handover.Handover, handover_id)
    was = before.state if before else ""
    if before is None or handover.step(session, handover_id, now) is not None:
        return
    if was == "running" and before.state == "done":
        _tell_done(session, before, setting, now)


def _tell_done(
    session: orm.Session, row: handover.Handover, setting: world.World, now: datetime
) -> None:
    leaver = session.get_one(people.Rep, row.rep_id).name
    heir = session.get(people.Rep, row.heir_id or 0)

    def words(_: phrases.Say) -> str:
        what = parts(_, row.moved) or _("nothing was left")
        to = heir.name if heir else _(TO[handover.Heir(row.heir)])
        return _("Handed over: {name} → {to} · {what}", name=leaver, to=to, what=what)

    for rep_id in dict.fromkeys([row.by_id, row.heir_id]):
        if rep_id is not None:
            notices.tell(session, rep_id, words, setting, now)


TO = {
    handover.Heir.REP: N_("a colleague"),
    handover.Heir.RULE: N_("by the assignment rules"),
    handover.Heir.POOL: N_("into the pool"),
}
