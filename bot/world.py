"""What handling needs to know besides the database: pure data, handed down from the top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from channels import contract


@dataclass(frozen=True, kw_only=True)
class World:
    """The company's defaults and what each channel (by kind) can do."""

    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    capabilities: Mapping[str, contract.Capabilities] = field(default_factory=dict)
    reply_hold: timedelta = timedelta(seconds=5)
    """How long a rep's words to a customer wait, so that 撤销 can still stop them."""
    bubbles: timedelta = timedelta(seconds=5)
    """A customer's messages that follow each other within this time are told in one notice."""
