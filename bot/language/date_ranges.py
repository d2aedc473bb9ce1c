"""Stretches between two dates: 8点到10点, from july 13 to 15, 周一到周五, between 9 and 11am."""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from bot.language import calendar, english, moments
from bot.language.date_chains import BARE, Chain
from bot.language.moments import Impossible, Leaf, Moment, Scope
from crm_core import patterns

_TO = patterns.later(r"\)? ?(?:直?到|至|-{1,2}|~|to|until|till|til|through|thru|/)(?: the)? ?")
_AND = patterns.later(r" ?(?:和|与|and)(?: the)? ?")
BETWEEN = patterns.later(r"(?:从|自|(?:in )?between|from|介于)(?: the)? ?$")
_WITHIN = patterns.later(r"(?:between|from) ")
_AMID = patterns.later(r"(?:之间|期间)")
_DAY_TO = patterns.later(
    r" ?(?:-|to|until|till|through|到|至|~|and)(?: the)? ?"
    rf"(\d{{1,2}}(?:st|nd|rd|th)?|{english.ORDINAL})(?![\d:/.]|[a-z]|月|点|时)"
)
_CLOCK_TO = patterns.later(
    r" ?(?:-|to|until|till|到|至|~|and) ?(1[0-2]|[1-9])(?::([0-5]\d))?(?! ?[\d:/.]|[a-z]"
    r"|月|号|日|点)"
)
_PLAIN_DAY = patterns.later(
    r"(?:on |the )*\d{1,2}(?:st|nd|rd|th)?$|(?:the )?[a-z]{4,8}(?:th|st|nd|rd)$"
)


def between(
    text: str, first: Chain, second: Chain, now: datetime, tz: tzinfo
) -> tuple[int, int, Moment] | None:
    """A stretch of two chains that 到, `to` or `between … and` joins, with its place in text."""
    before = BETWEEN.search(text, max(0, first.start - 14), first.start) or _WITHIN.search(
        text, first.start, first.end
    )
    after = _AMID.match(text, second.end)
    joined = _TO.fullmatch(text, first.end, second.start)
    if not joined and not ((before or after) and _AND.fullmatch(text, first.end, second.start)):
        return None
    moment = _stretch(first.leaves, second.leaves, now, tz)
    start = min(before.start(), first.start) if before else first.start
    return (start, after.end() if after else second.end, moment) if moment else None


def open_ended(
    text: str, chain: Chain, now: datetime, tz: tzinfo
) -> tuple[int, int, Moment] | None:
    """A second bound without its unit: july 13-15, 8点到10, 3pm to 5."""
    last = max(chain.leaves, key=lambda leaf: leaf.rank)
    if last.name == BARE:
        return None
    before = BETWEEN.search(text, max(0, chain.start - 14), chain.start)
    start = before.start() if before else chain.start
    if last.rank == 4:
        match = _DAY_TO.match(text, chain.end)
        if match is None or ("and" in match.group() and not before):
            return None
        found = _days(chain, english.ordinal(match.group(1)), now, tz)
        return (start, match.end(), found) if found else None
    match = _CLOCK_TO.match(text, chain.end) if last.rank == 6 else None
    if match is None or ("and" in match.group() and not before):
        return None
    step = calendar.clock(int(match.group(1)), int(match.group(2) or 0))
    bound = Leaf(start=match.start(), end=match.end(), rank=6, step=step)
    moment = _stretch(chain.leaves, [bound], now, tz)
    return (start, match.end(), moment) if moment else None


def _days(chain: Chain, number: int, now: datetime, tz: tzinfo) -> Moment | None:
    """From the chain's day to that day of the month, which must come later."""
    try:
        begin = moments.resolve(chain.leaves, now)
    except (Impossible, OverflowError, ValueError):
        return None
    first = begin.begin()
    if first is None or begin.exact or not first.day < number <= 31:
        return None
    after = first + calendar.DAY * (number - first.day + 1)
    start = moments.finish(begin, tz)
    end = datetime.combine(after, datetime.min.time(), tzinfo=tz)
    return replace(start, end=end) if start else None


def _stretch(first: list[Leaf], second: list[Leaf], now: datetime, tz: tzinfo) -> Moment | None:
    """From the first date to the second; each borrows the coarser words it lacks."""
    whole = _borrowed(first, second)
    rank = min(leaf.rank for leaf in second)
    other = [leaf for leaf in whole if leaf.rank < rank] + second
    try:
        begin, until = moments.resolve(whole, now), moments.resolve(other, now)
    except (Impossible, OverflowError, ValueError):
        return Moment(start=None, invalid=True)
    start = moments.finish(begin, tz)
    if start is None or start.start is None or until.start is None:
        return None
    low = start.start.replace(tzinfo=None)
    end = _later(low, until, all(leaf.check is not None for leaf in second))
    if end is None or end <= low:
        return None
    return replace(
        start,
        end=end.replace(tzinfo=tz),
        approx=begin.approx or until.approx,
        ambiguous=begin.ambiguous or until.ambiguous,
    )


def _borrowed(first: list[Leaf], second: list[Leaf]) -> list[Leaf]:
    """The first date with the coarser words it shares with the second: 13 to 15 july 2027."""
    mine = min(leaf.rank for leaf in first)
    theirs = min(leaf.rank for leaf in second)
    if all(leaf.name == BARE or _PLAIN_DAY.match(leaf.name) for leaf in first):
        coarse = [leaf for leaf in second if leaf.rank < mine]
        if mine == 4 and not any(leaf.rank in {1, 2, 3} for leaf in coarse):
            return _month_of(first, second)
        return coarse + first
    if mine > theirs == 0 and second[0].rank != 0:
        return [leaf for leaf in second if leaf.rank == 0] + first
    if mine >= 5 > theirs and second[0].rank >= 5:
        return [leaf for leaf in second if leaf.rank < 5] + first
    return list(first)


def _month_of(first: list[Leaf], second: list[Leaf]) -> list[Leaf]:
    """A bare day before `4 january`: the second date's own month holds for it too."""
    dated = [leaf for leaf in second if leaf.rank == 4 and leaf.name[-1:].isalnum()]
    if len(first) != 1 or not dated:
        return list(first)
    own, other = first[0], dated[0]

    def step(scope: Scope) -> None:
        other.step(scope)
        base = scope.begin()
        if base is not None:
            calendar.months_of(base)(scope)
            own.step(scope)

    lent = [leaf for leaf in second if leaf.rank < 4]
    return [*lent, replace(own, step=step)]


def _later(low: datetime, until: Scope, weekday: bool) -> datetime | None:
    """The end, moved on when it came out earlier: the same day, the next day, week or year."""
    end = until.start if until.exact else until.end
    if end is None or end > low:
        return end
    if until.exact:
        for hours in (12, 24):
            if end + timedelta(hours=hours) > low and (hours == 24 or end.hour < 12):
                return end + timedelta(hours=hours)
        return end
    if weekday:
        while end <= low:
            end += timedelta(weeks=1)
        return end
    moved = calendar.shift_months(end.date(), 12)
    return end.replace(year=moved.year, day=moved.day)
