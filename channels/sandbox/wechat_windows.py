"""The vendor's reply windows for one follower (PLATFORMS §2.2), kept by the vendor's own count."""

from __future__ import annotations

from datetime import datetime, timedelta

_ALLOWED = {
    "message": (5, timedelta(hours=48)),
    "menu": (3, timedelta(minutes=1)),
    "follow": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}

CLOSED = 45015
USED_UP = 45047


class Windows:
    """What this follower's doings allow the account to send."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[datetime, int]] = {}

    def opened(self, how: str, now: datetime) -> None:
        """A message, menu click, follow or scan: that window is full again, nothing adds up."""
        number, lasts = _ALLOWED[how]
        self._open[how] = (now + lasts, number)

    def take(self, now: datetime) -> int:
        """Use one message up; the error code when there is none (0 when there was)."""
        running = sorted((end, how) for how, (end, _) in self._open.items() if end > now)
        if not running:
            return CLOSED
        for end, how in running:
            left = self._open[how][1]
            if left > 0:
                self._open[how] = (end, left - 1)
                return 0
        return USED_UP
