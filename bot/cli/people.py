"""`crm rep …`: people of ours."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import orm

from bot.cli import console
from crm_core import addresses, clock, people

JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group()
def rep() -> None:
    """Reps, managers and admins."""


@rep.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in people.Role]), required=True)
@click.option("--team", default="", help="the team a manager oversees and a rep belongs to")
@click.option("--email", default="", help="an e-mail address that counts as bound")
@click.option("--phone", default="", help="the person's own phone")
@JSON
def add(name: str, role: str, as_json: bool, **details: str) -> None:
    """Take on a person, and print the code that binds their WeChat."""
    made = console.transact(lambda session: _add(session, name, role, details))
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
    rows = console.transact(
        lambda session: [
            {"id": p.id, "name": p.name, "role": p.role, "team": p.team or None, "active": p.active}
            for p in people.everyone(session)
        ]
    )
    lines = [_line(row) for row in rows]
    console.show(rows, "\n".join(lines), as_json=as_json)


def _line(row: dict[str, Any]) -> str:
    state = "" if row["active"] else "disabled"
    return f"{row['id']:>4}  {row['name']}  {row['role']}  {row['team'] or '-'}  {state}".rstrip()


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


@rep.command()
@click.argument("name")
def disable(name: str) -> None:
    """End this person's access at once: chat, sessions and tokens."""
    console.transact(
        lambda session: people.disable(session, people.named(session, name), clock.now())
    )
    console.hint(f"{name}: access ended")
