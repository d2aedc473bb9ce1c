"""Steps that narrow a scope: a year, a month, a week, a weekday, so many days away."""

from datetime import date, datetime, timedelta

from bot.language.moments import Clock, Impossible, Part, Scope, Step

DAY = timedelta(days=1)


def month_start(year: int, month: int) -> date:
    """The first of a month; month may run below 1 or over 12."""
    years, index = divmod(year * 12 + month - 1, 12)
    if not 1 <= years <= 9998:
        raise Impossible
    return date(years, index + 1, 1)


def shift_months(day: date, months: int) -> date:
    """The same day so many months away, or the last day of a shorter month."""
    first = month_start(day.year, day.month + months)
    last = month_start(first.year, first.month + 1) - DAY
    return first.replace(day=min(day.day, last.day))


def year(number: int) -> Step:
    """A calendar year."""

    def step(scope: Scope) -> None:
        if not 1 <= number <= 9998:
            raise Impossible
        scope.cover(date(number, 1, 1), date(number + 1, 1, 1), "year")

    return step


def years_away(count: int) -> Step:
    """去年 is -1, 明年 is 1."""
    return lambda scope: year(scope.today.year + count)(scope)


def years(first: int, count: int) -> Step:
    """A decade or a century."""
    return lambda scope: scope.cover(date(first, 1, 1), date(first + count, 1, 1), "years")


def months(first: int, count: int, grain: str) -> Step:
    """A quarter or a half: `count` months from month `first` of the year in scope."""

    def step(scope: Scope) -> None:
        base = scope.begin() if scope.grain == "year" else None
        number = base.year if base else scope.today.year
        start = month_start(number, first)
        scope.cover(start, month_start(number, first + count), grain)

    return step


def quarters_away(count: int) -> Step:
    """本季度 is 0, 下季度 is 1."""

    def step(scope: Scope) -> None:
        first = (scope.today.month - 1) // 3 * 3 + 1 + 3 * count
        start = month_start(scope.today.year, first)
        scope.cover(start, month_start(scope.today.year, first + 3), "quarter")

    return step


def month(number: int) -> Step:
    """A month of the year in scope, or the coming one."""

    def step(scope: Scope) -> None:
        if not 1 <= number <= 12:
            raise Impossible
        base = scope.begin() if scope.grain == "year" else None
        chosen = base.year if base else scope.today.year + (number < scope.today.month)
        start = month_start(chosen, number)
        scope.cover(start, month_start(chosen, number + 1), "month")
        scope.floating = base is None

    return step


def months_away(count: int) -> Step:
    """上个月 is -1; in a year already named (去年本月) the month of that year."""

    def step(scope: Scope) -> None:
        base = scope.begin() if scope.grain == "year" else None
        start = month_start(base.year if base else scope.today.year, scope.today.month + count)
        scope.cover(start, month_start(start.year, start.month + 1), "month")

    return step


def months_of(day_: date) -> Step:
    """The month that holds a day."""

    def step(scope: Scope) -> None:
        start = month_start(day_.year, day_.month)
        scope.cover(start, month_start(day_.year, day_.month + 1), "month")

    return step


def day(number: int) -> Step:
    """A day of the month in scope, or the next one with that number."""

    def step(scope: Scope) -> None:
        if not 1 <= number <= 31:
            raise Impossible
        base = scope.begin()
        if scope.grain == "month" and base:
            scope.on(_day_of(scope, base, number))
        elif scope.grain == "day" and base and base.day == number:
            return
        else:
            found = _next_day(scope.today, number, range(14))
            scope.on(found)
            scope.ambiguous |= (found.year, found.month) != (scope.today.year, scope.today.month)

    return step


def _day_of(scope: Scope, base: date, number: int) -> date:
    found = _valid(base.year, base.month, number)
    if not scope.floating:
        if found is None:
            raise Impossible
        return found
    if scope.weekday is not None:
        for later in (0, 1):
            found = _valid(scope.today.year + later, base.month, number)
            if found is not None and found.weekday() == scope.weekday:
                return found
    for later in range(-1, 9):
        found = _valid(scope.today.year + later, base.month, number)
        if found is not None and found >= scope.today:
            return found
    raise Impossible


def _next_day(today: date, number: int, later: range) -> date:
    for count in later:
        first = month_start(today.year, today.month + count)
        found = _valid(first.year, first.month, number)
        if found is not None and found >= today:
            return found
    raise Impossible


def _valid(year_number: int, month_number: int, number: int) -> date | None:
    try:
        return date(year_number, month_number, number)
    except ValueError:
        return None


def full(year_number: int, month_number: int, day_number: int) -> Step:
    """A whole date. Raises Impossible when applied if there is no such day."""

    def step(scope: Scope) -> None:
        found = _valid(year_number, month_number, day_number)
        if found is None:
            raise Impossible
        scope.on(found)

    return step


def weeks_away(count: int) -> Step:
    """本周 is 0, 下周 is 1; weeks start on Monday."""

    def step(scope: Scope) -> None:
        monday = scope.today - DAY * scope.today.weekday() + timedelta(weeks=count)
        scope.cover(monday, monday + timedelta(weeks=1), "week")
        scope.this = count == 0

    return step


def weekday(number: int) -> Step:
    """A weekday (Monday 0) of the week in scope, else the next one strictly after today."""

    def step(scope: Scope) -> None:
        base = scope.begin()
        if scope.grain == "day" and base is not None:
            scope.ambiguous |= base.weekday() != number
        elif scope.grain == "week" and base is not None:
            found = base + DAY * number
            if scope.this and found < scope.today:
                found, scope.ambiguous = found + timedelta(weeks=1), True
            scope.ambiguous |= found < scope.today
            scope.on(found)
        elif scope.grain == "away" and base is not None:
            scope.on(base - DAY * base.weekday() + DAY * number)
        elif base is not None:
            scope.on(base + DAY * ((number - base.weekday()) % 7))
        else:
            scope.on(scope.today + DAY * ((number - scope.today.weekday() - 1) % 7 + 1))

    return step


def weekend(count: int) -> Step:
    """Saturday and Sunday of the week `count` weeks away."""

    def step(scope: Scope) -> None:
        base = scope.begin()
        if base is not None and scope.grain in {"month", "year"} and count == 0:
            saturday = base + DAY * ((5 - base.weekday()) % 7)
        else:
            saturday = scope.today + DAY * (5 - scope.today.weekday()) + timedelta(weeks=count)
        scope.cover(saturday, saturday + 2 * DAY, "weekend")

    return step


def days_away(count: int) -> Step:
    """今天 is 0, 大后天 is 3."""

    def step(scope: Scope) -> None:
        base = scope.begin() if scope.grain == "day" else None
        scope.on((base or scope.today) + DAY * count)

    return step


def end_of_day(scope: Scope) -> None:
    """Close of business, 18:00, of the day in scope or today."""
    scope.on(scope.begin() or scope.today)
    clock(18, 0, 0, "24")(scope)


def within_year(scope: Scope) -> None:
    """This year, unless one is in scope."""
    if scope.grain != "year":
        years_away(0)(scope)


def clock(hour: int, minute: int = 0, second: int = 0, half: str = "") -> Step:
    """A time of day. Raises Impossible for 25点 or 10:75 when applied."""

    def step(scope: Scope) -> None:
        if hour > 24 or minute > 59 or second > 59:
            raise Impossible
        known = scope.clock
        if known is not None and half and not known.half:
            known.half = half
            return
        scope.clock = Clock(hour=hour, minute=minute, second=second, half=half)

    return step


def part(value: Part) -> Step:
    """A part of the day."""

    def step(scope: Scope) -> None:
        scope.part = value

    return step


def both(first: Step, second: Step) -> Step:
    """Two steps in one word: 明早, 今晚."""

    def step(scope: Scope) -> None:
        first(scope)
        second(scope)

    return step


def now(scope: Scope) -> None:
    """Right now, to the second."""
    moment: datetime = scope.now.replace(microsecond=0)
    scope.stamp(moment)
