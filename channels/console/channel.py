"""The terminal as a channel: `crm chat --as NAME` types here and listens here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel

from channels import contract, messages
from channels.console import parse
from channels.console.settings import Settings


class Channel:
    """One terminal; see `contract.Channel`. An address is the name of the rep who types."""

    kind: ClassVar[str] = "console"
    Settings: ClassVar[type[BaseModel]] = Settings
    capabilities: ClassVar[contract.Capabilities] = contract.Capabilities(address_kind="console")

    def __init__(self, account: contract.Account, _tools: contract.Tools) -> None:
        self._account = account
        self._listeners: dict[str, asyncio.Queue[messages.OutboundMessage]] = {}

    def routes(self) -> Sequence[contract.Route]:
        """A terminal has no webhook."""
        return ()

    def event(self, rep_name: str, text: str, message_id: str, at: datetime) -> messages.RawEvent:
        """What to record of one typed line; `message_id` is new for every line, `at` aware."""
        return messages.RawEvent(
            channel=self.kind,
            account=self._account.name,
            dedup_key=message_id,
            sender=self.address(rep_name),
            raw=parse.encode(rep_name, text, message_id, at),
            text=text,
        )

    def address(self, rep_name: str) -> messages.Address:
        """Where a rep is reached in this terminal."""
        return messages.Address(kind="console", account=self._account.name, value=rep_name)

    @contextmanager
    def listening(self, rep_name: str) -> Iterator[asyncio.Queue[messages.OutboundMessage]]:
        """Everything sent to this rep while the block lasts; a later listener takes over."""
        queue: asyncio.Queue[messages.OutboundMessage] = asyncio.Queue()
        self._listeners[rep_name] = queue
        try:
            yield queue
        finally:
            if self._listeners.get(rep_name) is queue:
                del self._listeners[rep_name]

    def parse(self, raw: bytes) -> Sequence[messages.Inbound]:
        """Read one recorded line; raises ValueError for anything else."""
        return parse.parse(raw, self._account.name)

    async def send(self, message: messages.OutboundMessage) -> messages.Sent:
        """Hand a message to who listens at this address; `RetryLater` when nobody does."""
        listener = self._listeners.get(message.to.value)
        if listener is None:
            raise contract.RetryLater("nobody sits at this terminal")
        listener.put_nowait(message)
        return messages.Sent(provider_ids=(message.reference,))

    async def run(self) -> None:
        """Lines are handed over by the command line itself."""

    async def check(self) -> str:
        """A terminal is always well."""
        return "the terminal is ready"
