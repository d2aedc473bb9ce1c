"""What handling needs to know besides the database, handed down from the top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from channels import contract


def _never(_kind: str, _account: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class World:
    """The company's defaults and what each channel (by kind) can do."""

    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    capabilities: Mapping[str, contract.Capabilities] = field(default_factory=dict)
    identifies: Callable[[str, str], bool] = _never
    """Whether the provider of (channel, account) can be asked by what else it knows a sender."""
    reply_hold: timedelta = timedelta(seconds=5)
    """How long a rep's words to a customer wait, so that 撤销 can still stop them."""
    bubbles: timedelta = timedelta(seconds=5)
    """A customer's messages that follow each other within this time are told in one notice."""
