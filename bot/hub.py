"""The hub: the channels of all accounts, in step with the database, and each webhook's way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from aiohttp import typedefs, web
from sqlalchemy import orm

from bot import loops
from channels import contract, messages, registry
from conversations import accounts
from crm_core import database, vault

log = structlog.get_logger("hub")

REFRESH = 5.0
"""Seconds between two looks whether accounts were added, changed or disabled."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """One account as it was built. Disabled ones still explain what they recorded."""

    channel: contract.Channel
    enabled: bool
    sealed: bytes
    routes: Mapping[str, Mapping[str, typedefs.Handler]]
    """Suffix → method → handler."""


class Hub:
    """Finds the channel of an account."""

    def __init__(self, store: database.Database, tools: contract.Tools) -> None:
        self.store, self.tools = store, tools
        self._known: dict[tuple[str, str], Known] = {}
        self._broken: dict[tuple[str, str], bytes] = {}

    def identifies(self, kind: str, name: str) -> bool:
        """Whether the provider of this account tells more about senders (see the contract)."""
        known = self._known.get((kind, name))
        return known is not None and bool(getattr(known.channel, "identifies", False))

    async def refresh(self) -> None:
        """Build what is new or changed, forget what is gone. A broken account harms no other."""
        rows = await self.store.read(_rows)
        self._known = {key: self._known[key] for key, _, _ in rows if key in self._known}
        for (kind, name), sealed, enabled in rows:
            known = self._known.get((kind, name))
            if known is None or (known.sealed, known.enabled) != (sealed, enabled):
                self._build(kind, name, sealed, enabled)

    def _build(self, kind: str, name: str, sealed: bytes, enabled: bool) -> None:
        if self._broken.get((kind, name)) == sealed:
            return
        try:
            settings = accounts.unseal(kind, name, sealed)
            channel = registry.build(kind, name, settings, self.tools)
        except (registry.UnknownKind, registry.BadSettings, vault.Sealed) as error:
            self._broken[kind, name] = sealed
            self._known.pop((kind, name), None)
            reason = str(error)
            log.warning(
                "account unusable", action="account_unusable", kind=kind, account=name, why=reason
            )
            return
        routes: dict[str, dict[str, typedefs.Handler]] = {}
        for route in channel.routes():
            routes.setdefault(route.suffix, {}).setdefault(route.method, route.handler)
        self._known[kind, name] = Known(
            channel=channel, enabled=enabled, sealed=sealed, routes=routes
        )

    async def run(self) -> None:
        """Stay in step with the database until cancelled."""
        while True:
            await asyncio.sleep(REFRESH)
            with loops.reporting_faults("hub"):
                await self.refresh()

    def find(self, kind: str, name: str) -> contract.Channel:
        """The channel of an enabled account; raises LookupError in words."""
        known = self._known.get((kind, name))
        if known is None or not known.enabled:
            raise LookupError(f"there is no active account {kind}/{name}")
        return known.channel

    def parse(self, kind: str, name: str, raw: bytes) -> Sequence[messages.Inbound]:
        """What a recorded event says; LookupError without its account, ValueError if senseless."""
        known = self._known.get((kind, name))
        if known is None:
            raise LookupError(f"there is no account {kind}/{name} to read this with")
        return known.channel.parse(raw)

    def all(self) -> Sequence[tuple[str, str, contract.Channel]]:
        """(kind, name, channel) of every enabled account, in order."""
        return [
            (kind, name, known.channel)
            for (kind, name), known in sorted(self._known.items())
            if known.enabled
        ]

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        """Hand a request under /hooks/<kind>/<name>[/…] to its channel; 404 where there is none."""
        asked = request.match_info
        known = self._known.get((asked["kind"], asked["name"]))
        if known is None or not known.enabled:
            raise web.HTTPNotFound
        handlers = known.routes.get(asked["suffix"].rstrip("/"))
        if handlers is None:
            raise web.HTTPNotFound
        handler = handlers.get(request.method)
        if handler is None:
            raise web.HTTPMethodNotAllowed(request.method, handlers)
        return await handler(request)


def _rows(session: orm.Session) -> list[tuple[tuple[str, str], bytes, bool]]:
    return [((a.kind, a.name), a.sealed, a.enabled) for a in accounts.listed(session)]


def provision(
    session: orm.Session, blocks: Sequence[dict[str, Any]], tools: contract.Tools, now: datetime
) -> None:
    """Store the `[[channel]]` blocks of crm.toml as accounts, matched by kind and name.

    A block of a kind that does not exist (yet), or with unusable settings, is warned about.
    """
    for block in blocks:
        kind, name = str(block.get("kind", "")), str(block.get("name", ""))
        try:
            registry.build(kind, name, block, tools)
        except (registry.UnknownKind, registry.BadSettings) as error:
            reason = str(error)
            log.warning(
                "channel left aside", action="channel_ignored", kind=kind, account=name, why=reason
            )
            continue
        settings = {key: value for key, value in block.items() if key not in ("kind", "name")}
        accounts.put(session, kind, name, settings, now)
