"""`crm serve`, `crm web`, `crm worker`: the program at work."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from bot import app, settings, upkeep
from bot.cli import console

HOST = click.option("--host", help="the address to listen on (CRM_HOST)")
PORT = click.option(
    "--port", type=click.IntRange(0, 65535), help="the port to listen on (CRM_PORT)"
)
DEMO_DATA_DIR = Path("demo-data")
COLLECT_AFTER = (10_000, 20, 20)
"""New objects until the garbage collector looks, and after how many looks it looks deeper."""


@click.command()
@click.option("--demo", is_flag=True, help="with two phones in the browser and a made-up company")
@HOST
@PORT
def serve(demo: bool, host: str | None, port: int | None) -> None:
    """Everything in one process: receive, handle, deliver, remind, serve the pages."""
    config = console.load(host=host, port=port)
    if not demo:
        _run(config, lambda parts: app.serve(parts, work=True, ready=_ready))
        return
    from bot import showroom

    _run(showroom.apart(config), showroom.serve)


@click.command()
@HOST
@PORT
def web(host: str | None, port: int | None) -> None:
    """Receive and record webhooks, serve API and pages; leave the work to `crm worker`."""
    _run(
        console.load(host=host, port=port), lambda parts: app.serve(parts, work=False, ready=_ready)
    )


@click.command()
def worker() -> None:
    """Handle, deliver, watch and remind; any number of these may run."""
    _run(console.load(), app.work)


def _run(config: settings.Settings, job: Callable[[app.App], Coroutine[Any, Any, None]]) -> None:
    config.secret()
    upkeep.prepare(config)

    async def go() -> None:
        await job(app.build(config))

    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(go())


def _event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, which costs less for each request; on Windows, where there is none, asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _settle_memory() -> None:
    # What is built by now stays for good: the garbage collector need not walk through it again and
    # again, nor look every few hundred new objects, which are a dozen requests' worth. What little
    # garbage there is by now stays too: looking for it would hold up the first request.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _ready(base: str) -> None:
    _settle_memory()
    console.hint(f"listening on {base}")
