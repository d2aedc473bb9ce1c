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


def end_of_day(scope: Scope) -> None:
    """Close of business, 18:00, of the day in scope or today."""
    scope.on(scope.begin() or scope.today)
    clock(18, 0, 0, "24")(scope)


def within_year(scope: Scope) -> None:
    """This year, unless one is in scope."""
    if scope.grain != "year":
        years_away(0)(scope)


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
