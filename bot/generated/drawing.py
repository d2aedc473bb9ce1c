"""Drawing by lot, unevenly: some things are common and most are rare."""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

T = TypeVar("T")
DAY = 86_400
LOCAL = 8 * 3_600
"""Offices of the generated company keep Chinese hours."""
OPENS, OPEN_FOR = 8.5 * 3_600, 10 * 3_600


class Bag(Generic[T]):
    """Things of which the first is drawn most often: its rank to the power of `skew` less often."""

    def __init__(self, things: Sequence[T], skew: float = 1.0) -> None:
        self.things = tuple(things)
        weights = (1 / (rank**skew) for rank in range(1, len(self.things) + 1))
        self._reached = list(itertools.accumulate(weights))

    def draw(self, lot: random.Random) -> T:
        """One of them."""
        at = bisect.bisect(self._reached, lot.random() * self._reached[-1])
        return self.things[min(at, len(self.things) - 1)]


def lot(seed: int, *what: object) -> random.Random:
    """The lots for one thing of one company: independent of all others, the same every time."""
    return random.Random(f"{seed}:{what}")  # noqa: S311 - made-up data, not a secret


def moments(lot: random.Random, number: int, since: datetime, now: datetime) -> list[datetime]:
    """So many moments of talk in order, in bursts within office hours, more of them lately."""
    begin, end = int(since.timestamp()), int(now.timestamp())
    found: list[int] = []
    while len(found) < number:
        at = _in_office_hours(lot, begin + int((end - begin) * lot.random() ** 0.7))
        for _ in range(min(1 + int(lot.expovariate(0.4)), number - len(found))):
            found.append(max(min(at, end), begin))
            at += 15 + int(lot.expovariate(1 / 240))
    return [datetime.fromtimestamp(at, UTC) for at in sorted(found)]


def moment(lot: random.Random, since: datetime, now: datetime) -> datetime:
    """One such moment."""
    return moments(lot, 1, since, now)[0]


def _in_office_hours(lot: random.Random, at: int) -> int:
    midnight = (at + LOCAL) // DAY * DAY - LOCAL
    return midnight + int(OPENS + OPEN_FOR * lot.random())
