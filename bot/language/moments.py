"""A moment or a stretch of time, and the scope in which the words of a date are read.

Inside, everything is local wall time without a zone; `Scope.finish` puts the zone on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

MORNING = time(9)
"""The hour of a day without a time."""


class Impossible(Exception):
    """The words name a day that does not exist: 2月30日, 99号."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a date phrase means, in the zone it was read in (aware datetimes).

    A day has start at midnight and `has_time` False; a stretch has an exclusive `end`. A phrase
    that names no real day is `invalid` and has no start: it is asked about, never corrected.
    `repeat` is an RFC 5545 rule (FREQ=WEEKLY;BYDAY=MO) whose next occurrence is `start`.
    """

    start: datetime | None
    end: datetime | None = None
    has_time: bool = False
    approx: bool = False
    ambiguous: bool = False
    deadline: bool = False
    time_defaulted: bool = False
    repeat: str | None = None
    invalid: bool = False
    past: bool = False

    @property
    def at(self) -> datetime | None:
        """When to act: a day without a time means 09:00, a stretch to finish in its last day."""
        last = self.start
        if self.deadline and self.end is not None:
            last = self.end if self.has_time else self.end - timedelta(days=1)
        if last is None or self.has_time:
            return last
        return last.replace(hour=MORNING.hour, minute=MORNING.minute)

    @property
    def day(self) -> date | None:
        """The (first) day."""
        return self.start.date() if self.start else None


@dataclass(kw_only=True)
class Clock:
    """A time of day as said: hour 0–24 and what is known of am and pm."""

    hour: int
    minute: int = 0
    second: int = 0
    half: str = ""
    """am, pm, 24 (hour is certain) or empty (3点 may be 15:00)."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the day: its own hour, and the half of the day it puts an hour in."""

    default: time
    half: str


class Scope:
    """The stretch of time narrowed word by word: 明年 → 三月 → 8号 → 下午 → 3点."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.start: datetime | None = None
        self.end: datetime | None = None
        self.grain = ""
        self.floating = False
        self.this = False
        self.clock: Clock | None = None
        self.part: Part | None = None
        self.exact = False
        self.approx = False
        self.ambiguous = False
        self.late = False
        self.repeat: str | None = None
        self.foreign: timedelta | None = None
        self.weekday: int | None = None

    @property
    def today(self) -> date:
        return self.now.date()

    def cover(self, first: date, last: date, grain: str) -> None:
        """Narrows to the days from first to last, last excluded."""
        self.start = datetime.combine(first, time())
        self.end = datetime.combine(last, time())
        self.grain = grain
        self.floating = False

    def on(self, day: date) -> None:
        """Narrows to one day."""
        self.cover(day, day + timedelta(days=1), "day")

    def stamp(self, start: datetime, end: datetime | None = None) -> None:
        """Narrows to an exact instant or stretch."""
        self.start, self.end, self.grain, self.exact = start, end, "time", True

    def begin(self) -> date | None:
        """The first day of what is covered so far."""
        return self.start.date() if self.start else None


Step = Callable[[Scope], None]


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One word of a date at text[start:end]; lower ranks are coarser (year 0 … clock 6)."""

    start: int
    end: int
    rank: int
    step: Step
    name: str = ""
    check: int | None = None
    """Of a bare weekday its number: it only checks a day that is named beside it."""

    @property
    def order(self) -> tuple[int, bool]:
        """Coarse to fine; a weekday after the day it stands beside."""
        return self.rank, self.check is not None


def resolve(leaves: list[Leaf], now: datetime) -> Scope:
    """Applies the words coarse to fine. Raises Impossible for a day that does not exist."""
    scope = Scope(now)
    scope.weekday = next((leaf.check for leaf in leaves if leaf.check is not None), None)
    for leaf in sorted(leaves, key=lambda leaf: leaf.order):
        leaf.step(scope)
    if scope.part or scope.clock:
        _set_time(scope)
    return scope


def _set_time(scope: Scope) -> None:
    if scope.exact:
        return
    day = (
        scope.begin()
        if scope.grain in {"day", "away", "week", "weekend", "month", "span"}
        else None
    )
    times = _times(scope)
    if day is not None:
        scope.stamp(datetime.combine(day, time()) + times[0])
        return
    for days in range(3):
        for offset in times:
            moment = datetime.combine(scope.today, time()) + timedelta(days=days) + offset
            if moment > scope.now:
                scope.stamp(moment)
                return


def _times(scope: Scope) -> list[timedelta]:
    """The times of day that fit what was said, likeliest first (working hours are 08–22)."""
    part, clock = scope.part, scope.clock
    if clock is None:
        default = part.default if part else MORNING
        return [timedelta(hours=default.hour, minutes=default.minute)]
    half = clock.half or (part.half if part else "")
    hours = _hours(clock.hour, half)
    return [timedelta(hours=h, minutes=clock.minute, seconds=clock.second) for h in hours]


def _hours(hour: int, half: str) -> list[int]:
    known = _HALVES.get(half)
    if known is not None:
        return [known(hour)]
    if half == "24" or hour == 0 or hour > 12:
        return [hour]
    return [h for h in (hour, hour + 12) if 8 <= h <= 22] or [hour]


_HALVES: dict[str, Callable[[int], int]] = {
    "pm": lambda hour: hour + 12 if hour < 12 else hour,
    "am": lambda hour: 0 if hour == 12 else hour,
    "night": lambda hour: hour + 12 if 4 <= hour < 12 else 24 if hour == 12 else hour,
    "noon": lambda hour: hour + 12 if 1 <= hour <= 3 else hour,
}
"""What a part of the day makes of an hour said with it."""


def finish(scope: Scope, zone: tzinfo) -> Moment | None:
    """The moment in its zone; None when nothing was covered."""
    if scope.start is None:
        return None
    whole_day = scope.grain in {"day", "away"}
    has_time = scope.exact
    end = None if whole_day or scope.end is None else scope.end.replace(tzinfo=zone)
    return Moment(
        start=scope.start.replace(tzinfo=zone),
        end=end,
        has_time=has_time,
        approx=scope.approx,
        ambiguous=scope.ambiguous,
        time_defaulted=not has_time,
        repeat=scope.repeat,
        past=scope.start < scope.now.replace(hour=0, minute=0, second=0, microsecond=0),
    )
