"""`crm db …`, `crm doctor`: the state of the store and of what we depend on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import click

from bot import app, settings
from bot.cli import console
from channels import contract
from crm_core import clock, schema, sealing, vault

SEALED_WITHIN = timedelta(hours=1)


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
def upgrade() -> None:
    """Bring the schema to this program's version; may run while nothing else does."""
    schema.upgrade(console.load().database)
    console.hint(f"the schema is at version {schema.head()}")


@db.command()
def check() -> None:
    """Exit 0 when the schema is exactly this program's; else say what to run."""
    schema.check(console.load().database)
    console.hint(f"the schema is at version {schema.head()}")


@click.command()
def doctor() -> None:
    """Every account and dependency, in words; exit code 1 when something does not work."""
    config = console.load()
    vault.unlock(config.secret())
    schema.check(config.database)
    findings = asyncio.run(_examine(config))
    for works, line in findings:
        click.echo(f"{'ok ' if works else '!! '} {line}")
    if not all(works for works, _ in findings):
        raise click.exceptions.Exit(1)


async def _examine(config: settings.Settings) -> list[tuple[bool, str]]:
    parts = app.build(config)
    findings = [(True, f"database: schema {schema.head()}")]
    try:
        findings.append(_audit(await parts.store.read(sealing.verify)))
        await parts.hub.refresh()
        if config.redis_url:
            findings.append(await _redis(parts))
        for kind, name, channel in parts.hub.all():
            try:
                findings.append((True, f"{kind}/{name}: {await channel.check()}"))
            except contract.DeliveryError as error:
                findings.append((False, f"{kind}/{name}: {error}"))
        return findings
    finally:
        await parts.wakeups.close()
        await parts.http.close()
        await parts.store.close()


def _audit(found: sealing.Report) -> tuple[bool, str]:
    if found.broken:
        return False, f"audit: the chain breaks {found.broken}"
    if not found.guarded:
        return False, "audit: the database does not keep it from being altered: triggers are gone"
    parts = [f"{found.sealed:,} sealed", f"{found.unsealed:,} not yet"]
    parts += [f"{found.erased} with erased contents"] if found.erased else []
    parts += [f"head {found.head}"] if found.head else []
    line = f"audit: the chain is whole ({', '.join(parts)})"
    overdue = found.oldest_unsealed and found.oldest_unsealed < clock.now() - SEALED_WITHIN
    return not overdue, f"{line}; is `crm worker` running?" if overdue else line


async def _redis(parts: app.App) -> tuple[bool, str]:
    if await parts.wakeups.reachable():
        return True, "redis: reachable"
    return False, "redis: away; everything goes on, only slower (promise P5)"
