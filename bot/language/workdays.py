"""Workdays of mainland China, with make-up days and breaks in the years that are published."""

from datetime import date, timedelta

DAY = timedelta(days=1)
_LONGEST_BREAK = 16
"""Days to look past for the end of a break; the longest so far was ten."""

_USUAL_BREAKS = {"春节": 8, "国庆": 7, "五一": 5}
"""Length of a break from its own day on, for years whose calendar is not published yet."""


def is_workday(day: date) -> bool:
    """Whether people work on that day; weekdays count where the calendar is not published."""
    import chinese_calendar  # noqa: PLC0415 - 20 ms that only workday sentences should pay

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add(day: date, count: int) -> date:
    """The day that is so many workdays later (or earlier, when negative)."""
    step = DAY if count >= 0 else -DAY
    for _ in range(abs(count)):
        day += step
        while not is_workday(day):
            day += step
    return day


def first_after(holiday: date, name: str = "") -> date:
    """The first working day after a holiday and the break it stands in."""
    import chinese_calendar  # noqa: PLC0415

    day = holiday + DAY
    try:
        chinese_calendar.is_workday(holiday)
    except NotImplementedError:
        day = holiday + DAY * _USUAL_BREAKS.get(name, 1)
    for _ in range(_LONGEST_BREAK):
        if is_workday(day):
            break
        day += DAY
    return day
