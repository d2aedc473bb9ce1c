"""How big a generated company is, and sharing a total out unevenly but exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """So many records exactly; contacts, addresses, notes and tasks follow from the customers."""

    customers: int
    messages: int
    deals: int
    reps_per_team: int


MEDIUM = Size(customers=2_000, messages=10_000, deals=500, reps_per_team=4)
BIG = Size(customers=200_000, messages=1_000_000, deals=50_000, reps_per_team=10)
"""About 350,000 contacts with a million addresses."""
NAMED = {"medium": MEDIUM, "big": BIG}


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Whole shares in proportion to the weights, which make exactly the total."""
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("nobody to share with")
    shares, given, reached = [], 0, 0.0
    for weight in weights[:-1]:
        reached += weight
        upto = min(int(total * reached / whole), total)
        shares.append(upto - given)
        given = upto
    return [*shares, total - given]
