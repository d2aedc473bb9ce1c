"""What a person sees on a phone: everything written and received, in order, and live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Tappable:
    """Something the person can tap; `id` goes back to who offered it."""

    label: str
    value: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One bubble. `direction` is out for what the phone's owner did, in for what came to the phone.

    `kind` is text, image, voice, …, follow, scan, tap for what was done, text or error for what
    came; `via` is passive or api for what came; `raw` is the text before links were taken out.
    """

    id: int
    at: datetime
    direction: Literal["out", "in"]
    kind: str
    text: str
    choices: tuple[Tappable, ...] = ()
    via: Literal["", "passive", "api"] = ""
    provider_id: str = ""
    raw: str = ""


class PhoneLog:
    """All entries of one phone, numbered from 1."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._entries: list[Entry] = []
        self._watchers: set[asyncio.Event] = set()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything so far, oldest first."""
        return tuple(self._entries)

    def wrote(self, kind: str, text: str, provider_id: str = "") -> Entry:
        """Note what the phone's owner did."""
        return self._add(
            Entry(
                id=len(self._entries) + 1,
                at=self._now(),
                direction="out",
                kind=kind,
                text=text,
                provider_id=provider_id,
                raw=text,
            )
        )

    def received(
        self,
        text: str,
        via: Literal["", "passive", "api"] = "",
        *,
        kind: str = "text",
        choices: tuple[Tappable, ...] = (),
        raw: str = "",
    ) -> Entry:
        """Note what came to the phone."""
        return self._add(
            Entry(
                id=len(self._entries) + 1,
                at=self._now(),
                direction="in",
                kind=kind,
                text=text,
                choices=choices,
                via=via,
                raw=raw or text,
            )
        )

    def _add(self, entry: Entry) -> Entry:
        self._entries.append(entry)
        for watcher in self._watchers:
            watcher.set()
        return entry

    async def watch(self, after: int = 0) -> AsyncIterator[Entry]:
        """Every entry with an id above `after`, those of the past at once, then as they come."""
        woken = asyncio.Event()
        self._watchers.add(woken)
        try:
            while True:
                woken.clear()
                while after < len(self._entries):
                    entry = self._entries[after]
                    after = entry.id
                    yield entry
                await woken.wait()
        finally:
            self._watchers.discard(woken)
