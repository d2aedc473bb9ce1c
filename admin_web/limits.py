"""How often one caller may ask: a bucket of tokens for each, in this process's memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_CALLERS = 10_000
"""Callers remembered; whoever asked longest ago is forgotten, which only ever gives more room."""


@dataclass
class _Bucket:
    left: float
    at: float


class Limits:
    """At least `rate` requests a second for each caller, and `burst` at once after a rest.

    Every process counts for itself: behind several of them a caller has that many times more.
    """

    def __init__(
        self,
        rate: float = 120,
        burst: float = 240,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._tick = rate, burst, tick
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)

    def wait(self, caller: bytes) -> int:
        """0 when the caller may go on (and this request is counted), else whole seconds to wait."""
        now = self._tick()
        bucket = self._buckets.setdefault(caller, _Bucket(left=self._burst, at=now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + max(0.0, now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.left < 1:
            return max(1, math.ceil((1 - bucket.left) / self._rate))
        bucket.left -= 1
        return 0
