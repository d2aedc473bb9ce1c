"""What the router may know about a chat, and what it made of a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

from bot.language.names import NameBook


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the router may know; pure data, everything but the clock optional."""

    now: datetime
    """Aware; when the message was sent."""
    tz: tzinfo
    """The rep's zone."""
    book: "Sequence[str] | NameBook" = ()
    """Customer names to recognise; a NameBook when the caller keeps one ready."""
    pending: bool = False
    """A numbered list or a question is open in this chat."""
    taught: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Words an admin taught: synonym to canonical words."""


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One command of a sentence with the slots it takes."""

    command: str
    slots: Mapping[str, Any]
    start: int = 0
    """Where in the sentence it begins, to echo clauses in order."""


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What a sentence means. `command` None is not understood, or a batch when there are lines."""

    command: str | None
    slots: dict[str, Any] = field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()
    confirm: bool = False
    question: bool = False
    why: str = ""
    lines: tuple["Understanding", ...] = ()
