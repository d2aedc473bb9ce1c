"""`crm team …`: which team stands under which; a manager sees the own one and those below."""

from __future__ import annotations

import click

from bot.cli import console
from crm_core import people

JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group()
def team() -> None:
    """Teams and the teams under them."""


@team.command()
@click.argument("name")
@click.option("--under", default="", metavar="TEAM", help="the team it stands under; none without")
def add(name: str, under: str) -> None:
    """Add a team, or put a known one under another."""
    console.transact(lambda session: people.put_under(session, name, under))
    console.hint(f"{name}: under {under or 'none'}")


@team.command("list")
@JSON
def list_(as_json: bool) -> None:
    """Every team, with the one it stands under."""
    known = console.transact(people.teams)
    rows = [{"name": name, "under": upper or None} for name, upper in known.items()]
    lines = [f"{name}  under {upper}" if upper else name for name, upper in known.items()]
    console.show(rows, "\n".join(lines), as_json=as_json)
