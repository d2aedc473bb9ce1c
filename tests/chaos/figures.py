"""What a row of the fault matrix showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One run: its figures in words, and what was not as promised (nothing when it passed)."""

    name: str
    figures: str
    faults: Sequence[str]

    def line(self) -> str:
        """For the terminal."""
        verdict = "ok  " if not self.faults else "FAIL"
        missed = "".join(f"\n       ✗ {fault}" for fault in self.faults)
        return f"{verdict} {self.name}: {self.figures}{missed}"
