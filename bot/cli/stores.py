"""`crm db …`, `crm doctor`, `crm demo-data`: the state of the store and of what we depend on."""

from __future__ import annotations

import asyncio

import click

from bot import app, settings
from bot.cli import console
from channels import contract
from crm_core import clock, schema, vault


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


async def _redis(parts: app.App) -> tuple[bool, str]:
    if await parts.wakeups.reachable():
        return True, "redis: reachable"
    return False, "redis: away; everything goes on, only slower (promise P5)"


@click.command("demo-data")
def demo_data() -> None:
    """Fill an empty database with a small made-up trading company."""
    from bot import demo

    config = console.load()
    made = console.transact(
        lambda session: demo.seed(
            session, now=clock.now(), timezone=config.timezone, account="demo"
        ),
        config,
        audited=False,
    )
    console.hint(f"{len(made.reps)} people of ours and {len(made.customers)} customers with WeChat")
