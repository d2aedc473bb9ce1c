"""The contract between a channel and the program that hosts it.

A channel is one folder under `channels/` with `channel.py` (a class `Channel` that fulfils the
protocol below), `parse.py`, `settings.py` and `README.md`. The registry finds it by its folder's
name, which is also the `kind` in settings and the first part of its webhook path.

A channel knows no customers and no database. It gets its `Tools` from the composition root.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, runtime_checkable

from aiohttp import ClientSession, web
from pydantic import BaseModel

from channels.messages import Address, Inbound, OutboundMessage, RawEvent, Sent


class DeliveryError(Exception):
    """A message did not go out. The subclass says what to do about it; the text says why."""


class RetryLater(DeliveryError):
    """Nothing was sent; try again, not sooner than `after` if the provider named a time."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(DeliveryError):
    """The provider will never take this message to this address: do not try again."""


class WindowClosed(Refused):
    """The provider's time or number limit for writing to this address is used up; final."""


class CredentialsRejected(DeliveryError):
    """Our account is at fault, not the message: keep it queued and tell an admin these words."""


class OutcomeUnknown(DeliveryError):
    """The request left us and no answer came back: it may or may not have been delivered."""


class PassiveReply(Protocol):
    """An answer claimed for the provider's own response; it will not go out another way."""

    @property
    def message(self) -> OutboundMessage:
        """The words to answer with."""

    async def settle(self, *, written: bool) -> None:
        """Report whether the response reached the wire: `False` marks the delivery unknown."""

    async def release(self) -> None:
        """Give the claim back unused (it does not fit the response): `Channel.send` takes it."""


class Receipt(Protocol):
    """Proof that an event is committed. Only holders of one may tell the provider "got it"."""

    @property
    def new(self) -> bool:
        """False when this exact event had been recorded before."""

    async def reply(self, within: float) -> PassiveReply | None:
        """Wait at most `within` seconds for an answer meant for the response.

        Returns at once with None for events that nobody will answer. A repeat of an event that
        was answered in its response gets the same answer again.
        """


class Overloaded(Exception):
    """The process is over capacity; refuse the event before accepting it (HTTP 503)."""


Record = Callable[[RawEvent], Awaitable[Receipt]]
"""Stores an event durably. Raises on any fault of ours: then the provider must not hear success."""


class Shared(Protocol):
    """A small store with expiry that all processes see (Redis), or its in-process twin.

    Nothing of record lives here: losing it costs a few calls to the provider.
    """

    async def get(self, key: str) -> str | None:
        """The value, or None when absent, expired or the store is away."""

    async def put(self, key: str, value: str, ttl: timedelta) -> None:
        """Keep a value for `ttl`; silently does nothing when the store is away."""

    async def drop(self, key: str) -> None:
        """Forget a value."""

    def lock(self, key: str, ttl: timedelta) -> AbstractAsyncContextManager[None]:
        """Hold the named lock over all processes, at most `ttl` long; waits for its turn."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the composition root hands to every channel."""

    record: Record
    now: Callable[[], datetime]
    shared: Shared
    http: Callable[[], ClientSession]
    """The process-wide session, made on first use inside the running loop."""
    count: Callable[[str, str, str], None]
    """Count (kind, account, what happened) in the metrics, e.g. ("wechat", "main", "forged")."""
    freshness: timedelta = timedelta(seconds=300)
    """How far a callback's timestamp may be from our clock (DESIGN §5.8)."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One configured account of a channel. `settings` is the validated `Channel.Settings`."""

    kind: str
    name: str
    settings: Any


@dataclass(frozen=True, kw_only=True)
class Route:
    """One HTTP route below `/hooks/<kind>/<name>`; `suffix` is empty or starts with a slash."""

    method: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    suffix: str = ""


@dataclass(frozen=True, kw_only=True)
class WindowRule:
    """How many messages a trigger allows us to send, and for how long."""

    messages: int
    lasts: timedelta


RETRY_FOR = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """Facts about a channel that the rest of the program decides by."""

    address_kind: str
    max_text_bytes: int | None = None
    harmless_resend: bool = False
    """Whether sending the same `reference` twice can show only one message to the person."""
    retry_for: timedelta = RETRY_FOR
    """How long a message is tried again while the provider cannot take it."""
    passive_reply: bool = False
    taps: bool = False
    """Whether choices can be tapped."""
    windows: Mapping[str, WindowRule] = field(default_factory=dict)
    """What message, follow and menu (also a tapped choice) allow; empty: no limit is known.

    A later trigger of the same sort sets its window back to full; windows do not add up.
    """


class Channel(Protocol):
    """What every channel folder offers. One instance serves one account."""

    kind: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    capabilities: ClassVar[Capabilities]

    def __init__(self, account: Account, tools: Tools) -> None: ...

    def routes(self) -> Sequence[Route]:
        """The webhooks of this account."""

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Understand one recorded event. Pure: same bytes, same answer, no clock and no network.

        Raises ValueError for bytes that no version of the provider's format explains.
        """

    async def send(self, message: OutboundMessage) -> Sent:
        """Hand one message to the provider; raises a `DeliveryError` subclass and nothing else."""

    async def run(self) -> None:
        """Watch for events that are not pushed to us; returns at once where all are pushed."""

    async def check(self) -> str:
        """One line in words on the account's health, for `crm doctor`; calls the provider.

        Raises a `DeliveryError` with the reason in words when the account does not work.
        """


@runtime_checkable
class Identifying(Protocol):
    """What a channel offers besides whose provider may tell more about a sender."""

    @property
    def identifies(self) -> bool:
        """Whether it does so for this account."""

    async def also_known_as(self, address: Address) -> Sequence[Address]:
        """By what else the provider knows this sender: keys it vouches for, such as a unionid.

        Empty where it knows nothing more. Raises a `DeliveryError`.
        """
