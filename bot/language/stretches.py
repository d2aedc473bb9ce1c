"""Steps that count inside or beyond a stretch: the third week of, the last five days."""

from datetime import date, datetime, timedelta

from bot.language.calendar import (
    DAY,
    month,
    month_start,
    months_away,
    quarters_away,
    shift_months,
    weeks_away,
    year,
    years_away,
)
from bot.language.moments import Impossible, Scope, Step


def nth_weekday(number: int, nth: int) -> Step:
    """The nth weekday of the stretch in scope; -1 is the last one."""

    def step(scope: Scope) -> None:
        start, end = _bounds(scope)
        if nth > 0:
            found = start + DAY * ((number - start.weekday()) % 7) + timedelta(weeks=nth - 1)
        else:
            found = end - DAY
            found -= DAY * ((found.weekday() - number) % 7) + timedelta(weeks=-nth - 1)
        if not start <= found < end:
            raise Impossible
        scope.on(found)

    return step


def nth_week(nth: int) -> Step:
    """The week of the nth Monday of the stretch in scope; negative counts from its end."""

    def step(scope: Scope) -> None:
        start, end = _bounds(scope)
        if nth > 0:
            monday = start + DAY * (-start.weekday() % 7) + timedelta(weeks=nth - 1)
        else:
            last = end - DAY
            monday = last - DAY * last.weekday() + timedelta(weeks=nth + 1)
        scope.cover(monday, monday + timedelta(weeks=1), "week")

    return step


def iso_week(nth: int) -> Step:
    """The nth week with most of its days in the stretch in scope; negative counts from its end."""

    def step(scope: Scope) -> None:
        start, end = _bounds(scope)
        if nth > 0:
            thursday = start + DAY * ((3 - start.weekday()) % 7) + timedelta(weeks=nth - 1)
        else:
            last = end - DAY
            thursday = last - DAY * ((last.weekday() - 3) % 7) + timedelta(weeks=nth + 1)
        scope.cover(thursday - 3 * DAY, thursday + 4 * DAY, "week")

    return step


def whole_week(scope: Scope) -> None:
    """The week that holds the day in scope."""
    base = scope.begin() or scope.today
    monday = base - DAY * base.weekday()
    scope.cover(monday, monday + timedelta(weeks=1), "week")


def nth_day(nth: int) -> Step:
    """The nth day of the stretch in scope; negative counts from its end."""

    def step(scope: Scope) -> None:
        start, end = _bounds(scope)
        found = start + DAY * (nth - 1) if nth > 0 else end + DAY * nth
        if not start <= found < end:
            raise Impossible
        scope.on(found)

    return step


def nth_month(nth: int) -> Step:
    """The nth month of the year in scope."""

    def step(scope: Scope) -> None:
        start, _ = _bounds(scope)
        month(nth)(scope) if scope.grain == "year" else year(start.year)(scope)

    return step


def _bounds(scope: Scope) -> tuple[date, date]:
    if scope.start and scope.end:
        return scope.start.date(), scope.end.date()
    first = scope.today.replace(day=1)
    return first, month_start(first.year, first.month + 1)


def piece(unit: str, count: int, at_end: bool) -> Step:
    """The first or last so many days, weeks, months or quarters of the stretch in scope."""

    def step(scope: Scope) -> None:
        start, end = _bounds(scope)
        if at_end:
            scope.cover(_moved(end, unit, -count), end, "span")
        else:
            scope.cover(start, _moved(start, unit, count), "span")

    return step


def _moved(start: date, unit: str, count: int) -> date:
    if unit in {"day", "week"}:
        return start + timedelta(days=count * (7 if unit == "week" else 1))
    return shift_months(start, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def edge(where: str, grain: str) -> Step:
    """The first, middle or last day of the month, quarter or year in scope (月初, 季度末, 年底)."""

    def step(scope: Scope) -> None:
        if scope.grain != grain or scope.start is None or scope.end is None:
            {"month": months_away(0), "quarter": quarters_away(0), "year": years_away(0)}.get(
                grain, weeks_away(0)
            )(scope)
        start, end = _bounds(scope)
        middle = {"month": start + 14 * DAY, "year": date(start.year, 7, 1)}.get(grain, start)
        scope.on({"start": start, "middle": middle, "end": end - DAY}[where])

    return step


def away(seconds: float) -> Step:
    """An exact span from now: half an hour, 90 minutes."""

    def step(scope: Scope) -> None:
        scope.stamp(scope.now.replace(microsecond=0) + timedelta(seconds=seconds))

    return step


def from_here(seconds: float) -> Step:
    """An exact span from the day in scope at the present time of day."""

    def step(scope: Scope) -> None:
        now = scope.now.replace(microsecond=0)
        base = datetime.combine(scope.begin() or scope.today, now.time())
        scope.stamp(base + timedelta(seconds=seconds))

    return step


def calendar_away(unit: str, count: int, extra_days: int = 0) -> Step:
    """So many days, weeks, months, quarters or years from the day in scope or today."""

    def step(scope: Scope) -> None:
        base = scope.begin() if scope.grain in {"day", "away"} else None
        try:
            found = _moved(base or scope.today, unit, count) + DAY * extra_days
        except (OverflowError, ValueError) as error:
            raise Impossible from error
        scope.on(found)
        if unit != "day":
            scope.grain = "away"

    return step


def stretch(unit: str, count: int, ahead: bool, from_next: bool = False) -> Step:
    """The last or next so many units, up to or from now (or tomorrow): 最近三个月, 未来7天."""

    def step(scope: Scope) -> None:
        today, signed = scope.today, count if ahead else -count
        if unit in {"second", "minute", "hour"}:
            length = timedelta(**{f"{unit}s": signed})
            now = scope.now.replace(microsecond=0)
            scope.stamp(min(now, now + length), max(now, now + length))
            return
        if unit == "quarter":
            quarters(count, ahead)(scope)
            return
        today += DAY * (from_next and ahead)
        other = _moved(today, unit, signed)
        scope.cover(min(today, other), max(today, other), "span")

    return step


def quarters(count: int, ahead: bool) -> Step:
    """So many whole quarters before or after the present one."""

    def step(scope: Scope) -> None:
        this = month_start(scope.today.year, (scope.today.month - 1) // 3 * 3 + 1)
        start = shift_months(this, 3 if ahead else -3 * count)
        scope.cover(start, shift_months(start, 3 * count), "span")

    return step
