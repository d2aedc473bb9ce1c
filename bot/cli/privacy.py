"""`crm erase`: taking a person out of the records for good."""

from __future__ import annotations

import dataclasses
import sqlite3

import click
import sqlalchemy as sa
from sqlalchemy import orm

from bot.cli import console
from crm_core import clock, customers, privacy

JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.command()
@click.argument("contact_id", type=int)
@click.option("--yes", is_flag=True, help="do it; without this only say what would be erased")
@JSON
def erase(contact_id: int, yes: bool, as_json: bool) -> None:
    """Erase a person: names, numbers, words, files of talk, copies and index. Not to be undone."""
    from bot import erasing

    if not yes:
        console.hint(console.transact(lambda session: _warning(session, contact_id)))
        raise click.exceptions.Exit(1)
    config = console.load()
    report = console.transact(
        lambda session: erasing.erase(session, contact_id, "crm erase", clock.now()), config
    )
    try:
        erasing.tidy(config.database)
    except (sqlite3.OperationalError, sa.exc.DBAPIError, TimeoutError) as error:
        console.fail(
            f"the tables hold nothing of the person any more, but the files could not be rewritten "
            f"({error}): run the same command again when nobody else uses the database"
        )
    console.hint(f"contact {contact_id} is erased. Backups from before still hold the person.")
    rows = dataclasses.asdict(report)
    lines = "\n".join(f"{name:<10} {count:>6}" for name, count in rows.items())
    console.show(rows, lines, as_json=as_json)


def _warning(session: orm.Session, contact_id: int) -> str:
    who = privacy.person(session, contact_id)
    name = session.get_one(customers.Contact, contact_id).name
    where = ", ".join(f"#{number}" for number in who.customer_ids) or "no customer"
    also = " The customer is this person: its name and all notes on it go too." if who.alone else ""
    return (
        f"{name} ({where}), {len(who.address_ids)} addresses: the name, the addresses and all words"
        f" would be erased everywhere, for good.{also} Nothing was changed; repeat with --yes."
    )
