"""The composition root: every part is made here, once, and handed what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

import structlog
from aiohttp import ClientSession, ClientTimeout, web

import admin_web.app
from admin_web import metrics, services
from bot import (
    delivering,
    handling,
    holders,
    hub,
    identifying,
    loops,
    recorder,
    seals,
    settings,
    timers,
    world,
)
from bot.language import router, understanding
from channels import contract, registry
from conversations import live
from crm_core import clock, database, failpoints, pipelines, vault

log = structlog.get_logger("app")

WEB_GRACE = 8.0
"""Seconds that requests in progress get after we stop accepting new ones."""


@dataclass(frozen=True, kw_only=True)
class App:
    """All parts of one process."""

    config: settings.Settings
    setting: world.World
    store: database.Database
    wakeups: live.Wakeups
    desk: loops.Desk
    recorder: recorder.Recorder
    tools: contract.Tools
    hub: hub.Hub
    metrics: metrics.Metrics
    http: HttpSession
    stop: asyncio.Event


class HttpSession:
    """The process's one client session, made on first use inside the running loop."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None

    def __call__(self) -> ClientSession:
        """The session."""
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=30, connect=5))
        return self._session

    async def close(self) -> None:
        """Let its connections go."""
        if self._session is not None:
            await self._session.close()


def build(config: settings.Settings, now: clock.Clock = clock.now) -> App:
    """Make every part, inside a running loop. Nothing is started and nothing connects yet."""
    vault.unlock(config.secret())
    failpoints.arm(config.failpoint)
    store = database.open_database(config.database)
    wakeups = live.wakeups(config.redis_url)
    store.listeners.append(wakeups.publish)
    http, counters = HttpSession(), metrics.Metrics()
    writer = recorder.Recorder(store, wakeups, now, holders.mine())
    tools = contract.Tools(
        record=writer.record,
        now=now,
        shared=wakeups,
        http=http,
        count=counters.count,
        freshness=timedelta(seconds=config.webhook_freshness),
    )
    hubs = hub.Hub(store, tools)
    return App(
        config=config,
        setting=replace(_world(config), identifies=hubs.identifies),
        store=store,
        wakeups=wakeups,
        desk=loops.Desk(store, wakeups, now, counters),
        recorder=writer,
        tools=tools,
        hub=hubs,
        metrics=counters,
        http=http,
        stop=asyncio.Event(),
    )


def _world(config: settings.Settings) -> world.World:
    return world.World(
        language=config.language,
        timezone=config.timezone,
        capabilities={kind: made.capabilities for kind, made in registry.kinds().items()},
        reply_hold=timedelta(seconds=config.reply_hold),
    )


@contextlib.asynccontextmanager
async def running(app: App, *, receive: bool, work: bool) -> AsyncIterator[None]:
    """Everything at work, without listening on a port: for the block's time.

    `receive` records what comes in; `work` handles, delivers and reminds. On leaving, work in hand
    is finished or released.
    """
    await app.store.run(pipelines.ensure_default)
    await app.store.run(hub.provision, app.config.channel, app.tools, app.tools.now())
    await app.hub.refresh()
    background = [app.wakeups.run, app.hub.run]
    background += [app.recorder.run] if receive else []
    background += [_warm] if work else []
    async with loops.beside(background), loops.working(app.desk, _loops(app) if work else []):
        yield
    await app.http.close()
    await app.wakeups.close()
    await app.store.close()


async def _warm() -> None:
    # Rules are compiled on first use; the first person to write should not wait for that. The
    # table of readings stays unloaded: its 50 MB are paid when the first name needs it.
    context = understanding.Context(now=clock.now(), tz=UTC)
    for words in ("会话 报价 8.5w 月底签", "remind tomorrow 3pm call Acme", "在吗"):
        await asyncio.to_thread(router.understand, words, context)
    settle()


def settle() -> None:
    """Leave what the start has made out of all later collections of garbage.

    It is some 400,000 objects that stay; looking through them stops everything for 0.15 s.
    """
    gc.collect()
    gc.freeze()


def _loops(app: App) -> Sequence[loops.Work]:
    kinds = [kind for kind in registry.kinds() if kind != "console"]
    return [
        handling.Handling(app.desk, app.setting, app.hub.parse).run,
        timers.Timers(app.desk, app.setting).run,
        seals.Seals(app.desk).run,
        identifying.Identifying(app.desk, app.hub.find).run,
        *(delivering.Delivering(app.desk, app.setting, kind, app.hub.find).run for kind in kinds),
    ]


def web_application(app: App) -> web.Application:
    """The HTTP side: API, health, metrics and the webhooks of all channels."""
    application = admin_web.app.build(
        services.Services(
            database=app.store,
            now=app.tools.now,
            language=app.config.language,
            timezone=app.config.timezone,
            public_url=app.config.public_url,
            metrics=app.metrics,
            wakeups=app.wakeups,
        )
    )
    application.router.add_route("*", "/hooks/{kind}/{name}{suffix:(/.*)?}", app.hub.webhook)
    return application


@contextlib.asynccontextmanager
async def listening(app: App, routes: Sequence[web.RouteDef] = ()) -> AsyncIterator[str]:
    """Listen for the block's time; yields the base URL. Requests in progress may finish."""
    application = web_application(app)
    application.add_routes(routes)
    runner = admin_web.app.runner(application, WEB_GRACE)
    await runner.setup()
    site = web.TCPSite(runner, app.config.host, app.config.port)
    try:
        await site.start()
        yield f"http://{app.config.host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def serve(
    app: App,
    *,
    work: bool,
    routes: Sequence[web.RouteDef] = (),
    ready: Callable[[str], Awaitable[None]],
) -> None:
    """Listen until SIGTERM or SIGINT, and with `work` do everything else too.

    Order of the end: stop accepting, finish the requests in progress, then the loops, then close.
    """
    _stop_on_signals(app.stop)
    async with running(app, receive=True, work=work), listening(app, routes) as base:
        await ready(base)
        await app.stop.wait()
        log.info("stopping", action="stopping")


async def work(app: App) -> None:
    """Handle, deliver and remind, without listening, until SIGTERM or SIGINT."""
    _stop_on_signals(app.stop)
    async with running(app, receive=True, work=True):
        log.info("working", action="working")
        await app.stop.wait()


def _stop_on_signals(stop: asyncio.Event) -> None:
    if sys.platform == "win32":
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
