"""`crm demo-data`: a made-up company, to try the program with or to see how it bears a big one."""

from __future__ import annotations

import asyncio
import sys

import click

from bot import settings, upkeep
from bot.cli import console
from crm_core import clock, vault

SMALL = "small"
SIZES = (SMALL, "medium", "big")


@click.command("demo-data")
@click.option(
    "--size",
    type=click.Choice(SIZES),
    default=SMALL,
    show_default=True,
    help="20, 2,000 or 200,000 customers; big takes minutes and 2 GB",
)
@click.option("--seed", type=int, default=1, show_default=True, help="another company of that size")
def demo_data(size: str, seed: int) -> None:
    """Fill an empty database with a made-up trading company."""
    config = console.load()
    if size == SMALL:
        _small(config)
    else:
        _generated(config, size, seed)


def _small(config: settings.Settings) -> None:
    from bot import demo

    made = console.transact(
        lambda session: demo.seed(
            session, now=clock.now(), timezone=config.timezone, account="demo"
        ),
        config,
        audited=False,
    )
    console.hint(f"{len(made.reps)} people of ours and {len(made.customers)} customers with WeChat")


def _generated(config: settings.Settings, named: str, seed: int) -> None:
    from bot.generated import loading, sizes, staff

    size = sizes.NAMED[named]
    vault.unlock(config.secret())
    upkeep.prepare(config)
    made = loading.load
    with click.progressbar(length=loading.steps(size), label=named, file=sys.stderr) as shown:
        asyncio.run(made(config.database, size, seed=seed, now=clock.now(), done=shown.update))
    people = ", ".join((staff.ADMIN, *staff.MANAGERS, *staff.KNOWN_REPS))
    console.hint(
        f"{size.customers:,} customers, {size.messages:,} messages and {size.deals:,} deals; "
        f"people to be: {people}, … (`crm rep token NAME`, `crm rep bind-code NAME`)"
    )
