"""`crm channel …`: accounts at the providers."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from sqlalchemy import orm

from bot import app, settings, upkeep
from bot.cli import console
from channels import contract, registry
from conversations import accounts
from crm_core import clock

JSON = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group()
def channel() -> None:
    """Official accounts and other ways customers reach us."""


@channel.command()
@click.argument("kind")
@click.argument("name")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="one setting; repeat it")
def add(kind: str, name: str, pairs: tuple[str, ...]) -> None:
    """Add an account, or change the settings of a known one (docs: the channel's README)."""
    block: dict[str, Any] = dict(pair.partition("=")[::2] for pair in pairs)
    try:
        asyncio.run(_try_out(kind, name, block))
    except (registry.UnknownKind, registry.BadSettings) as error:
        console.fail(str(error))
    console.transact(lambda session: accounts.put(session, kind, name, block, clock.now()))
    config = console.load()
    base = config.public_url or f"http://{config.host}:{config.port}"
    console.hint(f"{kind}/{name} is stored. Its webhook is {base.rstrip('/')}/hooks/{kind}/{name}")


async def _try_out(kind: str, name: str, block: dict[str, Any]) -> None:
    parts = app.build(console.load())
    try:
        registry.build(kind, name, block, parts.tools)
    finally:
        await parts.store.close()


@channel.command("list")
@JSON
def list_(as_json: bool) -> None:
    """All accounts."""
    rows = console.transact(
        lambda session: [
            {"kind": a.kind, "name": a.name, "enabled": a.enabled} for a in accounts.listed(session)
        ]
    )
    lines = [f"{r['kind']}/{r['name']}{'' if r['enabled'] else '  disabled'}" for r in rows]
    console.show(rows, "\n".join(lines), as_json=as_json)


@channel.command()
@click.argument("kind")
@click.argument("name")
def disable(kind: str, name: str) -> None:
    """Take no more callbacks for this account and send nothing; what is logged stays."""

    def work(session: orm.Session) -> None:
        accounts.named(session, kind, name).enabled = False

    console.transact(work)
    console.hint(f"{kind}/{name} is disabled")


@channel.command()
@click.argument("kind")
@click.argument("name")
def test(kind: str, name: str) -> None:
    """Call the provider once with this account's credentials."""
    config = console.load()
    upkeep.prepare(config)
    line, works = asyncio.run(_check(config, kind, name))
    if not works:
        console.fail(line)
    click.echo(line)


async def _check(config: settings.Settings, kind: str, name: str) -> tuple[str, bool]:
    parts = app.build(config)
    try:
        await parts.hub.refresh()
        return await parts.hub.find(kind, name).check(), True
    except (LookupError, contract.DeliveryError) as error:
        return str(error), False
    finally:
        await parts.http.close()
        await parts.store.close()
