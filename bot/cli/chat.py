"""`crm chat --as NAME`: talk to the bot in the terminal, through the same intake as WeChat."""

from __future__ import annotations

import asyncio
import secrets
import sys
from typing import cast

import click
from sqlalchemy import orm

from bot import app, delivering, upkeep
from bot.cli import console
from channels import messages
from channels.console import channel as terminal
from conversations import accounts
from crm_core import addresses, clock, people

ACCOUNT = "terminal"
PATIENCE = 10.0


@click.command()
@click.option("--as", "name", required=True, metavar="NAME", help="the rep who types")
@click.option(
    "-c", "--command", "lines", multiple=True, help="say this instead of typing; repeat it"
)
def chat(name: str, lines: tuple[str, ...]) -> None:
    """Talk to the bot as one of our reps; an empty line or Ctrl-D leaves."""
    config = console.load()
    upkeep.prepare(config)
    asyncio.run(_talk(app.build(config), name, lines))


async def _talk(parts: app.App, name: str, lines: tuple[str, ...]) -> None:
    await parts.store.run(_sit_down, name)
    async with app.running(parts, receive=True, work=True):
        channel = cast(terminal.Channel, parts.hub.find("console", ACCOUNT))
        deliver = delivering.Delivering(parts.desk, parts.setting, "console", parts.hub.find)
        with channel.listening(name) as heard:
            async with asyncio.TaskGroup() as group:
                delivery = group.create_task(deliver.run())
                async for line in _typed(lines):
                    event = channel.event(name, line, secrets.token_hex(12), clock.now())
                    await parts.recorder.record(event)
                    await _hear(heard)
                parts.desk.stopping.set()
                await delivery


def _sit_down(session: orm.Session, name: str) -> None:
    rep = people.named(session, name)
    now = clock.now()
    accounts.put(session, "console", ACCOUNT, {}, now)
    if addresses.find(session, "console", ACCOUNT, rep.name) is None:
        addresses.add(session, "console", rep.name, account=ACCOUNT, rep_id=rep.id, now=now)


async def _typed(lines: tuple[str, ...]):  # type: ignore[no-untyped-def]
    for line in lines:
        click.echo(f"> {line}", err=True)
        yield line
    while not lines:
        click.echo("> ", nl=False, err=True)
        line = (await asyncio.to_thread(sys.stdin.readline)).rstrip("\n")
        if not line:
            return
        yield line


async def _hear(heard: asyncio.Queue[messages.OutboundMessage]) -> None:
    try:
        click.echo((await asyncio.wait_for(heard.get(), PATIENCE)).text)
    except TimeoutError:
        console.hint("(no answer yet; it will come with the next line)")
    while not heard.empty():
        click.echo(heard.get_nowait().text)
