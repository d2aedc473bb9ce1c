"""What the commands share: settings, a database for one command, output and failure."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar

import click
from sqlalchemy import orm

from bot import logs, phrases, settings, upkeep
from crm_core import audit, clock, database, errors, pipelines, vault

T = TypeVar("T")


def load(**overrides: Any) -> settings.Settings:
    """The settings, with logging set up by them; options that were not given do not count."""
    given = {name: value for name, value in overrides.items() if value is not None}
    config = settings.load(**given)
    logs.configure(config.log_format)
    return config


def transact(
    work: Callable[[orm.Session], T],
    config: settings.Settings | None = None,
    *,
    audited: bool = True,
) -> T:
    """One transaction on the configured database, prepared first: for a command of one deed.

    What it changes is written down as done by `crm`, unless it fills a whole database.
    """
    config = config or load()
    path = _path()
    vault.unlock(config.secret())
    upkeep.prepare(config)

    async def once() -> T:
        store = database.open_database(config.database)
        try:
            await store.run(pipelines.ensure_default)
            return await store.run(partial(_audited, work, path) if audited else work)
        finally:
            await store.close()

    return asyncio.run(once())


def _path() -> str:
    context = click.get_current_context(silent=True)
    return context.command_path if context else "crm"


def _audited(work: Callable[[orm.Session], T], path: str, session: orm.Session) -> T:
    # Who may run `crm` may do everything; that there was no message or request is the cause.
    with audit.changing(
        session, actor="crm", cause=f"cli:{path}"[:120], now=clock.now(), source="cli"
    ):
        return work(session)


def show(value: Any, lines: str, *, as_json: bool) -> None:
    """Print data: the JSON of `value`, or the readable `lines`."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else lines)


def hint(text: str) -> None:
    """Say something on stderr that is not data."""
    click.echo(text, err=True)


def fail(text: str) -> NoReturn:
    """End with one sentence on stderr and exit code 1."""
    click.echo(f"crm: {text}", err=True)
    sys.exit(1)


def in_words(refusal: errors.Refusal) -> str:
    """A refusal as a sentence in the company's language."""
    from bot import refusals

    say = phrases.speaker(settings.load().language)
    sentence = (SENTENCES | refusals.SENTENCES).get(refusal.key)
    return say(sentence, **refusal.details) if sentence else str(refusal)


SENTENCES = {
    "rep.name-taken": phrases.N_("There is somebody called {name} already."),
    "rep.name-empty": phrases.N_("A person needs a name."),
    "rep.circle": phrases.N_("{name} already leads {manager}, directly or through others."),
    "team.name-empty": phrases.N_("A team needs a name."),
    "team.circle": phrases.N_("{parent} already stands under {name}."),
    "rep.disabled": phrases.N_("The access of {name} has been ended."),
    "handover.to-self": phrases.N_("{name} can not take over from {name}."),
    "handover.running": phrases.N_("A hand-over of {name} is going on already."),
    "rule.unknown": phrases.N_("There is no rule {number}."),
    "rule.hours-invalid": phrases.N_("“{text}” are no hours; try mon-fri 09:00-18:00."),
    "rule.team-unknown": phrases.N_("There is no team {name}."),
    "channel.unknown": phrases.N_("There is no account {kind}/{name}."),
    "event.unknown": phrases.N_("There is no event {name}."),
    "event.not-dead": phrases.N_("Event {name} is {state}, not dead."),
}
