"""`crm rep disable` and `crm rep handover`: somebody leaves, and who takes over."""

from __future__ import annotations

import sys
from functools import partial

import click
from sqlalchemy import orm

from bot import departures, phrases, settings, world
from bot.cli import console
from crm_core import clock, handover, people

RULE, POOL = "rule", "pool"


@click.command()
@click.argument("name")
@click.option("--heir", metavar="NAME|rule|pool", help="who takes over; asked for without it")
def disable(name: str, heir: str | None) -> None:
    """End this person's access at once: chat, sessions and tokens; an heir takes over the rest."""
    config = console.load()
    where = _world(config)

    def work(session: orm.Session) -> dict[str, int]:
        person = people.named(session, name)
        if heir:
            # Before anything is ended, so that a wrong name ends nothing.
            _heir(session, heir)
            people.disable(session, person, clock.now())
            return handover.held(session, person.id)
        return departures.disable(session, person, where, clock.now())

    held = console.transact(work, config)
    console.hint(f"{name}: access ended")
    if not held:
        return
    say = phrases.speaker("en")
    console.hint(f"{name} still holds: {departures.parts(say, held)}")
    if heir is None and sys.stdin.isatty():
        heir = click.prompt("Who takes over (a name, rule or pool; empty: ask the manager)", "")
    if heir:
        _hand_over(config, name, heir)
        return
    console.hint(f"until somebody takes over, its manager hears it: crm rep handover {name} HEIR")


@click.command("handover")
@click.argument("name")
@click.argument("heir", metavar="HEIR")
def handover_command(name: str, heir: str) -> None:
    """Hand over everything of NAME to HEIR: a name, rule or pool."""
    _hand_over(console.load(), name, heir)


def _world(config: settings.Settings) -> world.World:
    return world.World(language=config.language, timezone=config.timezone)


def _heir(session: orm.Session, heir: str) -> tuple[handover.Heir, people.Rep | None]:
    if heir in (RULE, POOL):
        return handover.Heir(heir), None
    return handover.Heir.REP, people.named(session, heir)


def _hand_over(config: settings.Settings, name: str, heir: str) -> None:
    where = _world(config)

    def begin(session: orm.Session) -> tuple[int, int]:
        leaver = people.named(session, name)
        kind, to = _heir(session, heir)
        held = sum(handover.held(session, leaver.id).values())
        return handover.begin(session, leaver, kind, to, None, clock.now()).id, held

    number, held = console.transact(begin, config)
    with click.progressbar(length=held, label=f"{name} → {heir}", file=sys.stderr) as shown:
        while console.transact(partial(_step, number=number, where=where), config, audited=False):
            shown.update(min(handover.STEP, held - shown.pos))
        shown.update(held - shown.pos)
    console.hint(f"{name}: handed over to {heir}")


def _step(session: orm.Session, *, number: int, where: world.World) -> bool:
    departures.go_on(session, number, where, clock.now())
    row = session.get_one(handover.Handover, number, populate_existing=True)
    return row.state == "running"


@click.command()
@click.argument("name")
@click.argument("number", metavar="NUMBER|none")
def capacity(name: str, number: str) -> None:
    """With so many leads and active customers NAME gets no further ones by turn."""
    if number != "none" and not number.isdecimal():
        raise click.UsageError("a whole number, or none")
    limit = None if number == "none" else int(number)

    def work(session: orm.Session) -> None:
        people.named(session, name).capacity = limit

    console.transact(work)
    console.hint(f"{name}: capacity {number}")
