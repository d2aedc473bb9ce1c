"""Dates and times in a sentence: 下周三下午三点半, 月底前, 3个工作日后, next friday 3pm, 6/1.

Words are found as leaves (dates_zh, dates_en, dates_numeric, repeats), neighbours are chained,
two chains with 到 or `to` between make a stretch, and 前 or `by` makes a deadline.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from bot.language import (
    calendar,
    dates_en,
    dates_numeric,
    dates_zh,
    moments,
    normalise,
    repeats,
)
from bot.language.moments import Impossible, Leaf, Moment


@dataclass(frozen=True, kw_only=True)
class DateSpan:
    """A date phrase at text[start:end]."""

    start: int
    end: int
    moment: Moment


@dataclass(kw_only=True)
class _Chain:
    """Neighbouring leaves that make one date."""

    leaves: list[Leaf]

    @property
    def start(self) -> int:
        return self.leaves[0].start

    @property
    def end(self) -> int:
        return self.leaves[-1].end

    @property
    def rank(self) -> int:
        return min(leaf.rank for leaf in self.leaves)


_GAP = re.compile(
    r"[ ,]{0,2}(?:的|之)?|,? ?(?:of|in|on|at|@|for|from|the|of the|in the|on the|for the|around|about|也就是)[ ]|\(|\) ?|(?<=\d)t(?=\d)| - "
)
_RANGE = re.compile(r"\)? ?(?:到|至|直到|-{1,2}|~|to|until|till|til|through|thru|/)(?: the)? ?")
_AND = re.compile(r" ?(?:和|与|and)(?: the)? ?")
_BETWEEN = re.compile(r"(?:从|自|between|in between|from|介于)(?: the)? ?$")
_AMID = re.compile(r"(?:之间|期间)")
_LATE_AFTER = re.compile(
    r" ?(?:之前|以前|前(?!台|面|后|端|景|期|途|往|提|身|任|者|天|年)|截止|截至|止|之内|以内)"
)
_LATE_BEFORE = re.compile(
    r"(?:截止到?|截至|最晚|最迟|不晚于|赶在|(?<![a-z])(?:by|before|until|till|due|no later than|due on|due by)(?: the)?) ?$"
)
_SINCE_AFTER = re.compile(
    r" ?(?:之后|以后|过后|后(?!天|面|续|台|期)|起|以来|开始| and later| and after| or later| onwards)"
)
_SINCE_BEFORE = re.compile(
    r"(?:自从?|从|(?<![a-z])(?:after|since|starting|beginning|beginning on|from|later than|greater than)(?: the)?) ?$"
)
_APPROX_AFTER = re.compile(r" ?(?:左右|前后|上下|附近|ish|or so)")
_APPROX_BEFORE = re.compile(r"(?:大概|大约|约|差不多|around|about) ?$")
_SHIFT_BEFORE = re.compile(
    rf"({dates_en._COUNT}) {dates_en._UNIT} (after|before|from|since|prior to)(?: the)? ?$"
)
_SHIFT_AFTER = re.compile(rf"(?:之|以|的)?(后|前)的?第?({dates_zh._N})个?(天|周|星期|月|个月)")
_BARE_DAY = re.compile(
    r" ?(?:-|to|until|till|through|到|至|~)(?: the)? ?(\d{1,2})(?:st|nd|rd|th)?(?![\d:/.]|[a-z]|月|点|时)"
)
_BARE_CLOCK = re.compile(
    r" ?(?:-|to|until|till|到|至|~) ?(1[0-2]|[1-9])(?::([0-5]\d))?(?![\d:/.]|[a-z]|月|号|日|点)"
)
_SEP = r"(?= ?(?:-|~|到|至|to|and|until|till|through)(?: the)? ?"
_AHEAD: list[tuple[int, re.Pattern[str]]] = [
    (6, re.compile(rf"(?<![\d.:])({dates_zh._N})(?=(?:-|~|到|至){dates_zh._N}(?:点|时))")),
    (4, re.compile(rf"(?<![\d.:])({dates_zh._N})(?=(?:-|~|到|至){dates_zh._N}(?:号|日))")),
    (2, re.compile(rf"(?<![\d.:])({dates_zh._N})(?=(?:-|~|到|至){dates_zh._N}月)")),
    (0, re.compile(r"(?<![\d.:])(\d{4})(?= ?(?:-|~|到|至) ?\d{4} ?年)")),
    (
        4,
        re.compile(
            rf"(?<![\d.:/a-z-])(\d{{1,2}})(?:st|nd|rd|th)?{_SEP}\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{dates_numeric.MONTH})"
        ),
    ),
]
_AHEAD_CLOCK = re.compile(
    rf"(?<![\d.:/])(1[0-2]|[1-9])(?::([0-5]\d))?{_SEP}(?:1[0-2]|[1-9])(?::[0-5]\d)? ?([ap])\.?m)"
)
_HAS_LATIN = re.compile("[a-z]{2}|[a-z]\\d|\\d[a-z]")
_HAS_DIGIT = re.compile(r"\d")


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
    chains = list(_chains(text, _leaves(text)))
    place = 0
    while place < len(chains):
        chain = chains[place]
        after = chains[place + 1] if place + 1 < len(chains) else None
        span = _range_of(text, chain, after, now, tz) if after else None
        if span is not None:
            place += 2
        else:
            span = _bare_range(text, chain, now, tz) or _single(text, chain, now, tz)
            place += 1
        if span is not None:
            yield span


def _leaves(text: str) -> list[Leaf]:
    found: list[Leaf] = []
    if not text.isascii() and dates_zh.HINT.search(text):
        found += dates_zh.leaves(text)
    if _HAS_DIGIT.search(text):
        found += dates_numeric.leaves(text)
        found += _ahead(text)
    if _HAS_LATIN.search(text):
        found += dates_en.leaves(text)
    found += repeats.leaves(text)
    taken = [False] * len(text)
    chosen = []
    for leaf in sorted(found, key=lambda leaf: (leaf.start - leaf.end, leaf.start)):
        if not any(taken[leaf.start : leaf.end]):
            taken[leaf.start : leaf.end] = [True] * (leaf.end - leaf.start)
            chosen.append(leaf)
    return sorted(chosen, key=lambda leaf: leaf.start)


def _ahead(text: str) -> Iterator[Leaf]:
    """Bare numbers before 到 or `to` that borrow the unit behind it: 9~12点半, 13 to 15 july."""
    for match in _AHEAD_CLOCK.finditer(text):
        half = {"a": "am", "p": "pm"}[match.group(3)]
        step = calendar.clock(int(match.group(1)), int(match.group(2) or 0), 0, half)
        yield Leaf(
            start=match.start(),
            end=match.start() + len(match.group()),
            rank=6,
            step=step,
            name="bare",
        )
    steps = {6: calendar.clock, 4: calendar.day, 2: calendar.month, 0: calendar.year}
    for rank, pattern in _AHEAD:
        for match in pattern.finditer(text):
            step = steps[rank](dates_zh.number(match.group(1)))
            yield Leaf(start=match.start(), end=match.end(), rank=rank, step=step, name="bare")


def _chains(text: str, leaves: list[Leaf]) -> Iterator[_Chain]:
    chain: _Chain | None = None
    for leaf in leaves:
        if chain and _GAP.fullmatch(text, chain.end, leaf.start) and _fits(chain, leaf):
            chain.leaves.append(leaf)
            continue
        if chain:
            yield chain
        chain = _Chain(leaves=[leaf])
    if chain:
        yield chain


def _fits(chain: _Chain, leaf: Leaf) -> bool:
    """A second word of the same rank starts a new date, but a weekday may stand beside a day."""
    same = [known for known in chain.leaves if known.rank == leaf.rank]
    if not same:
        return True
    if leaf.rank == 4:
        return (leaf.check or any(known.check for known in same)) and len(same) == 1
    return leaf.rank == 6 and any(known.name in {"bare"} for known in same) and False


def _range_of(
    text: str, first: _Chain, second: _Chain, now: datetime, tz: tzinfo
) -> DateSpan | None:
    before = _BETWEEN.search(text, max(0, first.start - 14), first.start)
    after = _AMID.match(text, second.end)
    joined = _RANGE.fullmatch(text, first.end, second.start)
    if not joined and not ((before or after) and _AND.fullmatch(text, first.end, second.start)):
        return None
    start = before.start() if before else first.start
    end = after.end() if after else second.end
    moment = _stretch(first.leaves, second.leaves, now, tz)
    return DateSpan(start=start, end=end, moment=moment) if moment else None


def _bare_range(text: str, chain: _Chain, now: datetime, tz: tzinfo) -> DateSpan | None:
    """A second bound without its unit: july 13-15, 8点到10, 3pm to 5."""
    last = max(chain.leaves, key=lambda leaf: leaf.rank)
    if last.rank == 4:
        match = _BARE_DAY.match(text, chain.end)
        step = calendar.day(int(match.group(1))) if match else None
    elif last.rank == 6:
        match = _BARE_CLOCK.match(text, chain.end)
        step = calendar.clock(int(match.group(1)), int(match.group(2) or 0)) if match else None
    else:
        return None
    if match is None or step is None or last.name == "bare":
        return None
    bound = Leaf(start=match.start(), end=match.end(), rank=last.rank, step=step)
    before = _BETWEEN.search(text, max(0, chain.start - 14), chain.start)
    moment = _stretch(chain.leaves, [bound], now, tz)
    start = before.start() if before else chain.start
    return DateSpan(start=start, end=match.end(), moment=moment) if moment else None


def _stretch(first: list[Leaf], second: list[Leaf], now: datetime, tz: tzinfo) -> Moment | None:
    """From the first date to the second; each borrows the coarser words it lacks."""
    first_rank, second_rank = min(x.rank for x in first), min(x.rank for x in second)
    whole = list(first)
    if first_rank > second_rank and all(leaf.name == "bare" for leaf in first):
        whole = [leaf for leaf in second if leaf.rank < first_rank] + first
    elif first_rank > second_rank == 0 and _borrows_year(second):
        whole = [leaf for leaf in second if leaf.rank == 0] + first
    other = [leaf for leaf in whole if leaf.rank < second_rank] + second
    if first_rank >= 5 and second_rank < 5:
        days = [leaf for leaf in second if leaf.rank < 5]
        if len(days) == len(second) - 1 and second[0].rank >= 5:
            whole = days + whole
    try:
        begin, until = moments.resolve(whole, now), moments.resolve(other, now)
    except Impossible:
        return Moment(start=None, invalid=True)
    start = moments.finish(begin, tz)
    end = until.end if not until.exact else until.start
    if start is None or start.start is None or end is None:
        return None
    low = start.start.replace(tzinfo=None)
    end = _after(low, end, until.exact)
    if end <= low:
        return None
    both = {"approx": begin.approx or until.approx, "ambiguous": begin.ambiguous or until.ambiguous}
    return replace(start, end=end.replace(tzinfo=tz), has_time=begin.exact, **both)


def _borrows_year(second: list[Leaf]) -> bool:
    return second[0].rank != 0 and any(leaf.rank == 0 for leaf in second)


def _after(low: datetime, end: datetime, exact: bool) -> datetime:
    """A second bound that came out earlier is later the same day, the next day or next year."""
    if end > low:
        return end
    if exact:
        for hours in (12, 24):
            if end + timedelta(hours=hours) > low and (hours == 24 or end.hour < 12):
                return end + timedelta(hours=hours)
        return end
    moved = calendar.shift_months(end.date(), 12)
    return end.replace(year=moved.year, day=moved.day)


def _single(text: str, chain: _Chain, now: datetime, tz: tzinfo) -> DateSpan | None:
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
        name, times = dates_en.unit(before.group(2))
        if name in {"day", "week", "month", "quarter", "year"}:
            amount = int(dates_en.count(before.group(1)) * times) * sign
            calendar.calendar_away(name, amount)(scope)
            return before.start(), end
    after = _SHIFT_AFTER.match(text, end)
    if after and scope.start and scope.grain == "day":
        sign = -1 if after.group(1) == "前" else 1
        unit = {"天": "day", "周": "week", "星期": "week"}.get(after.group(3), "month")
        calendar.calendar_away(unit, dates_zh.number(after.group(2)) * sign)(scope)
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
        elif not since or word not in {"后"}:
            moment = replace(moment, end=None)
    return DateSpan(start=start, end=end, moment=moment)


def _due(moment: Moment) -> Moment:
    """Until a stretch means until its last day: 下周前 ends before it, 本周内 with it."""
    return replace(moment, deadline=True)
