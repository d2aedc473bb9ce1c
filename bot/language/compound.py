"""A line that says several things of one customer: 华星 报价 8.5w 月底签，记 对方要账期."""

import re

from bot.language import guess, marks, rules, stages
from bot.language.extract import Sentence
from bot.language.rules import Rule, Slots, rule
from bot.language.understanding import Clause
from crm_core import patterns

_STAGE_WORDS = stages.OPEN
_PARTS: list[Rule] = [
    rule(
        "stage",
        rf"(?:推进到|进入|到|进|转到|-> ?|=> ?)?[ ]?(?P<s>{_STAGE_WORDS})(?:阶段)?(?:了)?",
    ),
    rule(
        "amount",
        r"(?:金额|报价|价格|改到|改成|改|谈到|总价|预计|大概)?[ :]{0,2}(?:到|是|了"
        r"|改)?[ ]?(?P<a>\ue002{1,60})",
    ),
    rule(
        "close_date",
        r"(?:预计|争取|大概|计划|能)?[ ]?(?P<d_close_date>\ue001{1,40})[ ]?(?:前|之前)?"
        r"(?:能|可以)?(?:签单?|签约|签合同|成交|下单|回签|定)",
    ),
    rule(
        "close_date",
        r"(?:预计签|预计|签约日期?|close by|close|closing|by)[ :]{0,2}"
        r"(?P<d_close_date>\ue001{1,40})",
    ),
    rule("won", r"(?:赢单|成交|签了|签单了?|已签)(?:了)?(?:[ ]?(?P<a>\ue002{1,60}))?"),
    rule("lost", r"(?:输单|丢单|丢了|黄了)(?:了)?"),
    rule("probability", r"(?:概率|把握|胜率)[ :]{0,2}(?P<n_percent>\d{1,3})%?"),
    rule(
        "tag",
        r"(?:标签)?[ ]?\+(?P<t_add>[^\s+,，-]{1,20})",
        build=lambda s, m, x: {"add": [x["add"]], "remove": []},
    ),
]
_NOTE = patterns.later(r"(?:记一下|记录|记|备注|跟进|note|log)[ ,:]{0,3}")
_GAP = patterns.later(r"[ ,;，；。、]{0,3}")
_MARK = patterns.later(f"[{marks.ALL}]")


def clauses(sentence: Sentence, start: int, end: int) -> list[Clause]:
    """The clauses in order when the line is a customer and two or more of them, else nothing."""
    marked = sentence.marked
    if not _worth(marked, start, end):
        return []
    stop = _subject(sentence, start, end)
    head = _head(sentence, start, stop)
    if head is None:
        return []
    found: list[Clause] = []
    place = stop
    while place < end:
        gap = _GAP.match(marked, place, end)
        place = gap.end() if gap else place
        if place >= end:
            break
        clause = _clause(sentence, place, end)
        if clause is None:
            return _rest(sentence, found, head, place)
        found.append(Clause(command=clause[0], slots={**head, **clause[1]}, start=place))
        place = clause[2]
    return found if len(found) > 1 else []


def _worth(marked: str, start: int, end: int) -> bool:
    """Two of: a stage, an amount, a date, a note; a cheap look before the real one."""
    piece = marked[start:end]
    return marks.AMOUNT in piece or marks.DATE in piece or "记" in piece or "概率" in piece


def _subject(sentence: Sentence, start: int, end: int) -> int:
    marked = sentence.marked
    if marked[start] in (marks.NAME, marks.CUSTOMER, marks.DEAL):
        stop = start
        while stop < end and marked[stop] == marked[start]:
            stop += 1
        return stop
    stop = start
    while stop < end and marked[stop] not in " ,，:" and not _MARK.match(marked[stop]):
        stop += 1
    if marked[start:stop].isascii():
        return stop
    return stop if stop < end and marked[stop] in " ,，:" else start


def _head(sentence: Sentence, start: int, stop: int) -> Slots | None:
    """The customer or deal the line is about; nothing at all is the current one."""
    slots: Slots = {}
    if stop == start:
        return slots
    if sentence.marked[start] == marks.DEAL:
        digits = re.search(r"\d{1,9}", sentence.folded[start:stop])
        return {"deal": int(digits.group())} if digits else None
    named = guess.name(sentence.marked, start, stop)
    if named is None or stages.key(sentence.folded[start:stop]):
        return None
    rules.put_customer(sentence, named, slots)
    return slots


def _clause(sentence: Sentence, place: int, end: int) -> tuple[str, Slots, int] | None:
    note = _NOTE.match(sentence.marked, place, end)
    if note and note.end() < end:
        text = sentence.cut(note.end(), len(sentence.raw))
        return "note", {"text": text}, end
    for stop in _stops(sentence.marked, place, end):
        for part in _PARTS:
            slots = rules.apply(part, sentence, place, stop)
            if slots is not None:
                return part.command, slots, stop
    return None


def _stops(marked: str, place: int, end: int) -> list[int]:
    """Where the clause may end: at the next gaps, the shorter first."""
    stops: list[int] = []
    at = place
    while at < end and len(stops) < 3:
        while at < end and marked[at] not in " ,，;；。":
            at += 1
        stops.append(at)
        while at < end and marked[at] in " ,，;；。":
            at += 1
    return sorted(set(stops))


def _rest(sentence: Sentence, found: list[Clause], head: Slots, place: int) -> list[Clause]:
    """Words left over after two clauses are kept as a note, never dropped."""
    if len(found) < 2:
        return []
    text = sentence.cut(place, len(sentence.raw))
    return [*found, Clause(command="note", slots={**head, "text": text}, start=place)]
