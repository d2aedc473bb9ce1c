"""`crm rep …`: people of ours."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import orm

from bot.cli import console, leaving
from crm_core import addresses, clock, people

SCOPE = click.Choice([scope.value for scope in people.Scope])
JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group()
def rep() -> None:
    """Reps, managers and admins."""


@rep.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in people.Role]), required=True)
@click.option("--team", default="", help="the team a manager oversees and a rep belongs to")
@click.option("--scope", type=SCOPE, help="whose customers the person sees, if not as the role")
@click.option("--manager", default="", metavar="NAME", help="who leads this person")
@click.option("--email", default="", help="an e-mail address that counts as bound")
@click.option("--phone", default="", help="the person's own phone")
@JSON
def add(
    name: str, role: str, scope: str | None, manager: str, as_json: bool, **details: str
) -> None:
    """Take on a person, and print the code that binds their WeChat."""

    def work(session: orm.Session) -> dict[str, Any]:
        leader = people.named(session, manager) if manager else None
        made = _add(session, name, role, details)
        person = people.named(session, name)
        people.set_scope(person, people.Scope(scope) if scope else None)
        people.set_manager(session, person, leader)
        return made

    made = console.transact(work)
    console.show(made, _code_lines(made), as_json=as_json)


def _add(session: orm.Session, name: str, role: str, details: dict[str, str]) -> dict[str, Any]:
    now = clock.now()
    for kind in ("email", "phone"):
        if details[kind]:
            details[kind] = addresses.normalise(kind, details[kind])
    person = people.add(session, name, people.Role(role), now=now, **details)
    for kind in ("email", "phone"):
        if details[kind]:
            addresses.add(session, kind, details[kind], rep_id=person.id, now=now)
    code = people.issue_code(session, person, now)
    return {
        "id": person.id,
        "name": person.name,
        "code": code.code,
        "expires_at": code.expires_at.isoformat(),
    }


def _code_lines(made: dict[str, Any]) -> str:
    return f"绑定 {made['code']}    (or: bind {made['code']})   valid until {made['expires_at']}"


@rep.command("list")
@JSON
def list_(as_json: bool) -> None:
    """Everybody, with role and team."""
    rows = console.transact(_everyone)
    lines = [_line(row) for row in rows]
    console.show(rows, "\n".join(lines), as_json=as_json)


def _everyone(session: orm.Session) -> list[dict[str, Any]]:
    everyone = people.everyone(session)
    names = {person.id: person.name for person in everyone}
    return [
        {
            "id": person.id,
            "name": person.name,
            "role": person.role,
            "team": person.team or None,
            "active": person.active,
            "scope": str(person.sees),
            "manager": names.get(person.manager_id or 0),
        }
        for person in everyone
    ]


def _line(row: dict[str, Any]) -> str:
    parts = [
        f"{row['id']:>4}",
        row["name"],
        row["role"],
        row["team"] or "-",
        f"sees {row['scope']}",
    ]
    parts += [f"led by {row['manager']}"] if row["manager"] else []
    return "  ".join([*parts, *([] if row["active"] else ["disabled"])])


@rep.command()
@click.argument("name")
@click.argument("scope", type=click.Choice([*(each.value for each in people.Scope), "usual"]))
def scope(name: str, scope: str) -> None:
    """Whose customers this person sees besides the pool; "usual" is what the role sees."""
    chosen = None if scope == "usual" else people.Scope(scope)
    console.transact(lambda session: people.set_scope(people.named(session, name), chosen))
    console.hint(f"{name}: scope {scope}")


@rep.command()
@click.argument("name")
@click.argument("team")
def team(name: str, team: str) -> None:
    """Put this person into another team; "-" is none."""

    def work(session: orm.Session) -> None:
        people.named(session, name).team = "" if team == "-" else team.strip()

    console.transact(work)
    console.hint(f"{name}: team {team}")


@rep.command()
@click.argument("name")
@click.argument("leader")
def manager(name: str, leader: str) -> None:
    """Who leads this person (for the scope "subordinates"); "-" is nobody."""

    def work(session: orm.Session) -> None:
        found = None if leader == "-" else people.named(session, leader)
        people.set_manager(session, people.named(session, name), found)

    console.transact(work)
    console.hint(f"{name}: led by {leader}")


@rep.command("bind-code")
@click.argument("name")
@JSON
def bind_code(name: str, as_json: bool) -> None:
    """A new code that binds a chat to this person: ten minutes, one use."""
    code = console.transact(
        lambda session: people.issue_code(session, people.named(session, name), clock.now())
    )
    made = {"code": code.code, "expires_at": code.expires_at.isoformat()}
    console.show(made, _code_lines(made), as_json=as_json)


@rep.command()
@click.argument("name")
@JSON
def token(name: str, as_json: bool) -> None:
    """A bearer token for the API that acts as this person. It is shown once."""
    made = console.transact(
        lambda session: people.issue_token(session, people.named(session, name), clock.now())
    )
    console.show({"token": made}, made, as_json=as_json)


rep.add_command(leaving.disable)
rep.add_command(leaving.handover_command)
rep.add_command(leaving.capacity)
