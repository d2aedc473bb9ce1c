"""`crm assign …`: the rules by which new leads get an owner."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import orm

from bot.cli import console
from conversations import assignment
from crm_core import clock, people

CONDITIONS = ("channel", "account", "keyword", "hours")
JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group()
def assign() -> None:
    """Whose a new lead becomes: the rep who brought it, else the first rule that fits."""


@assign.command("list")
@JSON
def list_(as_json: bool) -> None:
    """All rules in the order they are tried, and whether leads are given out in turn."""
    rows, turns = console.transact(_rules)
    lines = [_line(row) for row in rows]
    lines.append(f"round robin: {'on' if turns else 'off'}")
    console.show({"rules": rows, "round_robin": turns}, "\n".join(lines), as_json=as_json)


def _rules(session: orm.Session) -> tuple[list[dict[str, Any]], bool]:
    names = {person.id: person.name for person in people.everyone(session)}
    rows = [
        {
            "id": rule.id,
            "place": rule.place,
            "channel": rule.channel or None,
            "account": rule.account or None,
            "keyword": rule.keyword or None,
            "hours": rule.hours or None,
            "target": rule.target,
            "rep": names.get(rule.rep_id or 0),
            "team": rule.team or None,
        }
        for rule in assignment.listed(session)
    ]
    return rows, assignment.switched_on(session)


def _line(row: dict[str, Any]) -> str:
    when = [f"{name} {row[name]}" for name in CONDITIONS if row[name]]
    to = row["rep"] or (f"team {row['team']}" if row["team"] else "the pool")
    return f"{row['id']:>4}  {', '.join(when) or 'always'}  ->  {to}"


@assign.command()
@click.option("--channel", default="", help="wechat, wecom, email, phone")
@click.option("--account", default="", help="the account's name")
@click.option("--keyword", default="", help="a word that is said; several with | between them")
@click.option("--hours", default="", help='like "mon-fri 09:00-18:00" or "not mon-fri 09:00-18:00"')
@click.option("--rep", "rep_name", metavar="NAME", help="give to this person")
@click.option("--team", help="give to whoever's turn it is in this team")
@click.option("--pool", is_flag=True, help="leave it to whoever claims it")
@click.option("--place", type=int, help="where it stands among the others; last without")
def add(rep_name: str | None, team: str | None, pool: bool, place: int | None, **when: str) -> None:
    """Add a rule: when it fits, and to whom it gives (one of --rep, --team, --pool)."""
    if sum((rep_name is not None, team is not None, pool)) != 1:
        raise click.UsageError("say exactly one of --rep, --team and --pool")
    target = assignment.Target.POOL
    target = assignment.Target.REP if rep_name else target
    target = assignment.Target.TEAM if team else target

    def work(session: orm.Session) -> int:
        rep = people.named(session, rep_name) if rep_name else None
        conditions = assignment.Conditions(**when)
        rule = assignment.add(
            session, conditions, target, clock.now(), rep=rep, team=team or "", place=place
        )
        return rule.id

    console.hint(f"rule {console.transact(work)} added")


@assign.command()
@click.argument("number", type=int)
def remove(number: int) -> None:
    """Do without the rule of that number (see `crm assign list`)."""
    console.transact(lambda session: assignment.remove(session, number))
    console.hint(f"rule {number} removed")


@assign.command("round-robin")
@click.argument("switch", type=click.Choice(["on", "off"]))
def round_robin(switch: str) -> None:
    """Give leads that no rule is for to the reps who are there, in turn."""
    console.transact(lambda session: assignment.switch(session, switch == "on"))
    console.hint(f"round robin: {switch}")
