"""The shape of a rule: a pattern over a marked sentence, and how its groups become slots.

A group is named after its kind, with the slot behind an underscore when it is not the usual one:
e customer, o owner, d date (slot at), a amount, s stage, t words as typed, n whole number,
deal D45, task T7, p phone, m mail, k a constant chosen by which group matched (k_kind_daily).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from bot.language import amounts, dates, guess, marks, numbers, stages
from bot.language.amounts import Amount
from bot.language.extract import Sentence
from bot.language.moments import Moment
from crm_core import patterns

Slots = dict[str, Any]
Build = Callable[[Sentence, "re.Match[str]", Slots], Slots | None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`sure` rules are explicit commands, good enough for one line of a batch."""

    command: str
    source: str
    sure: bool = True
    build: Build | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled when first needed: all of them at import would take 0.4 s."""
        filled = self.source
        for token, value in _TOKENS.items():
            filled = filled.replace(token, value)
        return re.compile(_renamed(filled), re.DOTALL)


_PLAIN = rf"[^\s,.:;!?。、/|()\[\]+{marks.ALL}]"
_LATIN = r"[a-z][a-z0-9&.'-]{0,24}(?: [a-z0-9&][a-z0-9&.'-]{0,24}){0,3}?"
_TITLED = "(?:[一-鿿]{0,3}(?:总|经理|工|主任|小姐|女士|先生|老师))?"
E = (
    rf"(?P<e>{marks.NAME}{{1,60}}{_TITLED}|{marks.CUSTOMER}{{1,12}}|{_LATIN}|[他她它]"
    rf"|{_PLAIN}{{2,20}}?)"
)
DEAL = rf"(?P<deal>{marks.DEAL}{{2,14}})"
TASK = rf"(?P<task>{marks.TASK}{{2,14}})"
POST = (
    r"(?:那边|这边|那里|他们)?(?:的)?(?:那|这)?(?:个|单|笔|家)?(?:客户|单子|商机|项目|订单"
    r"|合同|生意)?"
)
SUBJECT = rf"(?:{DEAL}|{E}{POST})"
D = rf"(?P<d>{marks.DATE}{{1,60}}(?: {{0,1}}{marks.DATE}{{1,60}})?)"
A = (
    rf"(?P<a>{marks.AMOUNT}{{1,60}}|(?<![\d.])\d[\d,]{{0,14}}(?:\.\d{{1,4}})?(?! ?[%\d])"
    r"|[一二两三四五六七八九十]{1,3}(?![一-鿿]))"
)
S = rf"(?P<s>{stages.OPEN})(?:阶段|环节| stage)?"
OWNER = (
    rf"(?P<o>{marks.OWNER}{{2,40}}|[一-鿿]{{2,4}}?|[a-z][a-z.'-]{{1,24}}"
    r"(?: [a-z][a-z.'-]{1,24})?)"
)
T = r"(?P<t>.{1,3000})"
SEP = r"[ ,:;、，/|]{0,3}"
GAP = r"[ ,:;、，/|]{1,3}"


def rule(command: str, pattern: str, *, sure: bool = True, build: Build | None = None) -> Rule:
    """A rule whose pattern must cover the whole trimmed sentence."""
    return Rule(command=command, source=pattern, sure=sure, build=build)


_TOKENS = {
    "<E>": E,
    "<SUB>": SUBJECT,
    "<DEAL>": DEAL,
    "<TASK>": TASK,
    "<POST>": POST,
    "<D>": D,
    "<A>": A,
    "<S>": S,
    "<O>": OWNER,
    "<T>": T,
    "<_>": SEP,
    "<__>": GAP,
}


_GROUP = patterns.later(r"\(\?P<(\w+)>")


def _renamed(source: str) -> str:
    """A group may stand in several alternatives: the second e becomes e__2."""
    seen: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        name = match.group(1)
        seen[name] = seen.get(name, 0) + 1
        return match.group() if seen[name] == 1 else f"(?P<{name}__{seen[name]}>"

    return _GROUP.sub(numbered, source)


def apply(rule_: Rule, sentence: Sentence, start: int, end: int) -> Slots | None:
    """The slots when the rule covers the sentence from start to end, else None."""
    match = rule_.pattern.fullmatch(sentence.marked, start, end)
    if match is None:
        return None
    slots: Slots = {}
    for group, value in match.groupdict().items():
        if value is None:
            continue
        kind, _, slot = group.partition("__")[0].partition("_")
        if kind not in _FILL:
            continue
        if not _FILL[kind](sentence, match.span(group), slots, slot):
            return None
    if rule_.build is not None:
        return rule_.build(sentence, match, slots)
    return slots


def _customer(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    named = guess.name(sentence.marked, *span)
    if named is None:
        return False
    put_customer(sentence, named, slots, slot or "customer")
    return True


def put_customer(
    sentence: Sentence, named: guess.Named, slots: Slots, slot: str = "customer"
) -> None:
    """The customer as written, the person apart; a pronoun is @current."""
    if named.current:
        slots[slot] = "@current"
        return
    slots[slot] = sentence.cut(named.start, named.end).strip("\"'“”「」『』《》")
    if named.contact and slot == "customer":
        slots["contact"] = sentence.cut(*named.contact)


def _owner(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    written = sentence.cut(*span).lstrip("@＠")
    if written in _NO_OWNER or not written:
        return False
    slots[slot or "owner"] = written
    return True


_NO_OWNER = {"我们", "他们", "大家", "自己", "客户", "对方", "你们"}


def _date(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    spans = [s for s in sentence.dates if span[0] <= s.start and s.end <= span[1]]
    if not spans:
        return False
    put_moment(dates.combined(spans).moment, slots, slot or "at")
    return True


def put_moment(moment: Moment, slots: Slots, slot: str = "at") -> None:
    """A moment in slots: `at` to the minute, `date` as a day; flags only where they are set."""
    if moment.invalid:
        slots[slot] = None
        slots["invalid"] = True
        return
    if slot == "at":
        slots["at"] = moment.at
    elif slot == "period":
        put_period(moment, slots)
        return
    else:
        slots[slot] = _last_day(moment) if slot == "close_date" or moment.deadline else moment.day
    for flag in ("deadline", "repeat", "ambiguous", "approx", "past"):
        if getattr(moment, flag):
            slots[{"ambiguous": "date_ambiguous", "approx": "date_approx"}.get(flag, flag)] = (
                getattr(moment, flag)
            )
    if moment.time_defaulted and slot == "at":
        slots["time_defaulted"] = True


def put_period(moment: Moment, slots: Slots) -> None:
    """From and to (the last day, included) of a stretch or a single day."""
    slots["from"] = moment.day
    slots["to"] = _last_day(moment)


def _last_day(moment: Moment) -> date | None:
    if moment.end is None:
        return moment.day
    midnight = moment.end.time() == datetime.min.time()
    return (moment.end - timedelta(days=1)).date() if midnight else moment.end.date()


def _amount(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    found = [s for s in sentence.amounts if span[0] <= s.start and s.end <= span[1]]
    if found:
        put_amount(found[0].amount, slots, slot or "amount")
        return True
    piece = sentence.folded[span[0] : span[1]]
    spans = amounts.find(piece, bare=True)
    if len(spans) != 1:
        return False
    put_amount(spans[0].amount, slots, slot or "amount")
    return True


def put_amount(amount: Amount, slots: Slots, slot: str = "amount") -> None:
    """A value, a delta, a factor or bounds; a bare number under 100 is ambiguous."""
    for name in ("delta", "factor", "value", "low", "high"):
        value = getattr(amount, name)
        if value is not None:
            slots[slot if name == "value" else name] = plain(value)
    if amount.currency:
        slots["currency"] = amount.currency
    if amount.approx:
        slots["approx"] = True
    small = not amount.strong and amount.value is not None and amount.value < 100
    if amount.ambiguous or small or (amount.value is None and amount.low is not None):
        slots["amount_ambiguous"] = True


def plain(value: Decimal) -> int | float:
    """A number JSON can hold; whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def _stage(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    found = stages.key(sentence.folded[span[0] : span[1]])
    if found is None:
        return False
    slots[slot or "stage"] = found
    return True


def _text(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    written = sentence.cut(*span)
    if not written:
        return False
    slots[slot or "text"] = written
    return True


def _number(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    value = numbers.read(sentence.folded[span[0] : span[1]])
    if value is None:
        return False
    slots[slot] = plain(value)
    return True


def _id(name: str) -> Callable[[Sentence, tuple[int, int], Slots, str], bool]:
    def fill(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
        digits = re.search(r"\d{1,9}", sentence.folded[span[0] : span[1]])
        slots[slot or name] = int(digits.group()) if digits else None
        return digits is not None

    return fill


def _phone(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    written = sentence.folded[span[0] : span[1]]
    slots[slot or "phone"] = written.replace(" ", "") if written[0] in "1+" else written
    return True


def _constant(sentence: Sentence, span: tuple[int, int], slots: Slots, slot: str) -> bool:
    name, _, value = slot.partition("_")
    slots[name] = value
    return True


_FILL: dict[str, Callable[[Sentence, tuple[int, int], Slots, str], bool]] = {
    "e": _customer,
    "o": _owner,
    "d": _date,
    "a": _amount,
    "s": _stage,
    "t": _text,
    "n": _number,
    "deal": _id("deal"),
    "task": _id("task"),
    "p": _phone,
    "m": _text,
    "k": _constant,
}
