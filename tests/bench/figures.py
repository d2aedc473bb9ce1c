"""What a row of the benchmark measured, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number and its bar: `at_least` for throughput and ratios, else at most.

    `floor` is what the plain thing measured in the same run, in words, for comparison.
    """

    row: str
    what: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False
    floor: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def json(self) -> dict[str, Any]:
        """For --json."""
        return {**asdict(self), "holds": self.holds}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(figures: Sequence[Figure]) -> str:
    """All figures, one a line."""
    lines = []
    for one in figures:
        sign = "≥" if one.at_least else "≤"
        bar = "" if one.bar is None else f"{sign} {one.bar:g}"
        verdict = "ok  " if one.holds else "MISS"
        number = f"{one.value:,.2f}" if one.value < 100 else f"{one.value:,.0f}"
        lines.append(
            f"{verdict} {one.row:<9} {one.what:<46} {number:>9} {one.unit:<6} {bar:<8} {one.floor}"
        )
    return "\n".join(lines)
