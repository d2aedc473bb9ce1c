"""Fail-points: named places at which the process kills itself when it was told to, for tests.

`reach` stands next to every commit and every call to a provider, so that a crash can be put exactly
there (RELIABILITY R2). Unarmed, which is always except in such a test, it compares one string.
"""

from __future__ import annotations

import os
import signal

POINTS = (
    "recorder.before-commit",
    "recorder.after-commit",
    "recorder.before-answer",
    "handling.after-claim",
    "handling.before-commit",
    "handling.after-commit",
    "passive.after-claim",
    "passive.after-write",
    "passive.after-mark",
    "delivering.after-claim",
    "delivering.before-send",
    "delivering.after-send",
    "delivering.after-mark",
    "timers.after-claim",
    "timers.before-commit",
    "timers.after-commit",
)
"""Every name that `reach` is called with."""


class _Armed:
    name = ""
    left = 0


def arm(point: str) -> None:
    """Die at `name`, or with `name:3` when it is reached for the third time; "" disarms.

    Raises ValueError for a name that no place has.
    """
    name, _, nth = point.partition(":")
    if name and name not in POINTS:
        raise ValueError(f"no fail-point is called {name}")
    _Armed.name, _Armed.left = name, int(nth or 1)


def reach(name: str) -> None:
    """This place has been reached: where the process was told to die, it does so as by kill -9."""
    if name != _Armed.name:
        return
    _Armed.left -= 1
    if _Armed.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
