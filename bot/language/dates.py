"""Dates and times in a sentence: 下周三下午三点半, 月底前, 3个工作日后, next friday 3pm, 6/1.

Words are found as leaves (dates_zh, dates_en, dates_numeric, repeats), neighbours are chained,
two chains with 到 or `to` between make a stretch, and 前 or `by` makes a deadline.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from bot.language import (
    date_chains,
    date_ranges,
    dates_zh,
    english,
    moments,
    normalise,
    repeats,
    stretches,
)
from bot.language.date_chains import Chain
from bot.language.moments import Impossible, Moment
from crm_core import patterns


@dataclass(frozen=True, kw_only=True)
class DateSpan:
    """A date phrase at text[start:end]."""

    start: int
    end: int
    moment: Moment


_LATE_AFTER = patterns.later(
    r" ?(?:之前|以前|前(?!台|面|后|端|景|期|途|往|提|身|任|者|天|年)|截止|截至|止|之内|以内)"
)
_LATE_BEFORE = patterns.later(
    r"(?:截止到?|截至|最晚|最迟|不晚于|赶在|(?<![a-z])(?:by|before|until|till|due"
    r"|no later than|due on|due by)(?: the)?) ?$"
)
_SINCE_AFTER = patterns.later(
    r" ?(?:之后|以后|过后|后(?!天|面|续|台|期)|起|以来|开始| and later| and after"
    r"| or later| onwards)"
)
_SINCE_BEFORE = patterns.later(
    r"(?:自从?|从|(?<![a-z])(?:after|since|starting|beginning|beginning on|from|later than"
    r"|greater than)(?: the)?) ?$"
)
_APPROX_AFTER = patterns.later(r" ?(?:左右|前后|上下|附近|ish|or so)")
_APPROX_BEFORE = patterns.later(r"(?:大概|大约|约|差不多|around|about) ?$")
_SHIFT_BEFORE = patterns.later(
    rf"({english.COUNT}) ({english.UNIT}) (after|before|from|since|prior to)(?: the)? ?$"
)
_SHIFT_AFTER = patterns.later(
    rf"(?:之|以|的)?(后|前)的?第?({dates_zh.SMALL})个?(天|周|星期|月|个月)"
)


def find(text: str, now: datetime, tz: tzinfo) -> list[DateSpan]:
    """Date phrases of a sentence in order, read as sent at `now` (aware) by someone in zone `tz`.

    Days that do not exist come back with `moment.invalid`; spans count in the text as given.
    """
    folded = normalise.fold(text[: normalise.LIMIT])
    local = now.astimezone(tz).replace(tzinfo=None)
    return list(_spans(folded, local, tz))


def read(text: str, now: datetime, tz: tzinfo) -> Moment | None:
    """The moment a whole phrase stands for, a day and its time put together; None when none."""
    spans = find(text, now, tz)
    if not spans:
        return None
    return combined(spans).moment


def combined(spans: list[DateSpan]) -> DateSpan:
    """The main date of a sentence: the longest span, a day joined by a time said apart from it."""
    main = max(spans, key=lambda span: (span.end - span.start, -span.start))
    days = [span for span in spans if _is_day(span.moment)]
    hours = [span for span in spans if span.moment.has_time and not span.moment.end]
    if len(days) == 1 and len(hours) == 1 and len(spans) == 2:
        day, hour = days[0].moment.start, hours[0].moment.start
        if day and hour:
            start = day.replace(hour=hour.hour, minute=hour.minute)
            moment = replace(days[0].moment, start=start, has_time=True, time_defaulted=False)
            return replace(days[0], moment=moment)
    return main


def _is_day(moment: Moment) -> bool:
    return moment.start is not None and not moment.has_time and moment.end is None


def _spans(text: str, now: datetime, tz: tzinfo) -> Iterator[DateSpan]:
    chains = date_chains.chains(text)
    place = 0
    while place < len(chains):
        chain = chains[place]
        after = chains[place + 1] if place + 1 < len(chains) else None
        found = date_ranges.between(text, chain, after, now, tz) if after else None
        place += 2 if found else 1
        found = found or date_ranges.open_ended(text, chain, now, tz)
        if found:
            yield DateSpan(start=found[0], end=found[1], moment=found[2])
        elif (span := _single(text, chain, now, tz)) is not None:
            yield span


def _single(text: str, chain: Chain, now: datetime, tz: tzinfo) -> DateSpan | None:
    start, end = chain.start, chain.end
    try:
        scope = moments.resolve(chain.leaves, now)
        if scope.repeat:
            _recur(scope)
        start, end = _shifted(text, scope, start, end)
        _abroad(scope, tz)
        moment = moments.finish(scope, tz)
    except (Impossible, OverflowError, ValueError):
        return DateSpan(start=start, end=end, moment=Moment(start=None, invalid=True))
    if moment is None:
        return None
    return _modified(text, start, end, replace(moment, deadline=scope.late))


def _recur(scope: moments.Scope) -> None:
    rule = scope.repeat or ""
    given = scope.start if scope.exact else None
    first = (given or scope.now.replace(hour=9, minute=0)).replace(second=0, microsecond=0)
    first = first.replace(year=scope.now.year, month=scope.now.month, day=scope.now.day)
    repeating = repeats.parts(rule)
    if int(repeating.get("BYMONTHDAY", 1)) > 31:
        raise Impossible
    found = repeats.next_after(rule, first, scope.now)
    scope.stamp(found)
    scope.repeat = rule


def _abroad(scope: moments.Scope, tz: tzinfo) -> None:
    if scope.foreign is None or scope.start is None:
        return
    here = tz.utcoffset(scope.start) or timedelta()
    scope.stamp(scope.start - scope.foreign + here)


def _shifted(text: str, scope: moments.Scope, start: int, end: int) -> tuple[int, int]:
    """three weeks from tomorrow, 2 weeks before christmas, 元旦后三天."""
    before = _SHIFT_BEFORE.search(text, max(0, start - 40), start)
    if before and scope.start and scope.grain in {"day", "away"}:
        sign = -1 if before.group(3) in {"before", "prior to"} else 1
        name, times = english.unit(before.group(2))
        if name in {"day", "week", "month", "quarter", "year"}:
            amount = int(english.count(before.group(1)) * times) * sign
            stretches.calendar_away(name, amount)(scope)
            return before.start(), end
    after = _SHIFT_AFTER.match(text, end)
    if after and scope.start and scope.grain == "day":
        sign = -1 if after.group(1) == "前" else 1
        unit = {"天": "day", "周": "week", "星期": "week"}.get(after.group(3), "month")
        stretches.calendar_away(unit, dates_zh.number(after.group(2)) * sign)(scope)
        return start, after.end()
    return start, end


def _modified(text: str, start: int, end: int, moment: Moment) -> DateSpan:
    around = _APPROX_AFTER.match(text, end) or _APPROX_BEFORE.search(text, max(0, start - 8), start)
    if around:
        start, end = min(start, around.start()), max(end, around.end())
        moment = replace(moment, approx=True)
    late = _LATE_AFTER.match(text, end) or _LATE_BEFORE.search(text, max(0, start - 16), start)
    if late:
        start, end = min(start, late.start()), max(end, late.end())
        return DateSpan(start=start, end=end, moment=_due(moment))
    since = _SINCE_AFTER.match(text, end)
    after = since or _SINCE_BEFORE.search(text, max(0, start - 16), start)
    if after and not moment.repeat:
        start, end = min(start, after.start()), max(end, after.end())
        word = after.group().strip()
        if (
            word in {"之后", "以后", "过后", "后", "after", "later than", "greater than"}
            and moment.end
        ):
            moment = replace(moment, start=moment.end, end=None)
        elif not since or word != "后":
            moment = replace(moment, end=None)
    return DateSpan(start=start, end=end, moment=moment)


def _due(moment: Moment) -> Moment:
    """Until a stretch means until its last day: 下周前 ends before it, 本周内 with it."""
    return replace(moment, deadline=True)
