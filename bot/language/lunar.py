"""Days of the Chinese lunar calendar (1900–2099) as solar days."""

from datetime import date, timedelta


def solar(year: int, month: int, day: int) -> date | None:
    """The solar day of a lunar one; None outside the tables or when there is no such day."""
    import lunardate  # noqa: PLC0415 - rarely needed, kept out of the start

    try:
        found: date = lunardate.LunarDate(year, month, day).to_solar_date()
    except (ValueError, IndexError):
        return None
    return found


def new_year(year: int) -> date | None:
    """春节 of a solar year."""
    return solar(year, 1, 1)


def eve(year: int) -> date | None:
    """除夕 that ends the lunar year `year`, so it falls in the next solar year."""
    following = new_year(year + 1)
    return following - timedelta(days=1) if following else None


def upcoming(today: date, month: int, day: int) -> date | None:
    """The next solar day with that lunar date, today included."""
    for year in (today.year - 1, today.year, today.year + 1):
        found = solar(year, month, day)
        if found is not None and found >= today:
            return found
    return None
