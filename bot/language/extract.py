"""What a sentence holds: quotes, numbers to call, ids, names, dates, amounts; longest first.

Each find overwrites its span with a mark (bot.language.marks), so nothing is read twice: 3点 is
a time and no amount, #12 is a customer and no number.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from bot.language import amounts, dates, marks, names, normalise
from bot.language.amounts import AmountSpan
from bot.language.dates import DateSpan
from bot.language.understanding import Context
from crm_core import patterns

_QUOTE = patterns.later(
    r"\"[^\"\n]{1,120}\"|「[^」\n]{1,120}」|『[^』\n]{1,120}』|《[^》\n]{1,60}》"
)
_EMAIL = patterns.later(
    r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}|https?://[^\s一-鿿]{1,200}"
)
_PHONE = patterns.later(
    r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|"
    r"(?<![\d.])\+\d{1,3}[- ]?\(?\d{1,4}\)?(?:[- ]?\d{2,4}){2,4}(?!\d)"
    r"|(?<![\d.])\(?0\d{2,3}\)?[- ]?\d{7,8}(?:[- ]\d{1,6})?(?!\d)|(?<![\d.])(?:400"
    r"|800)[- ]?\d{3}[- ]?\d{4}(?!\d)"
    r"|(?<![\d.])\(?\d{3}\)?[- ]\d{3}[- ]\d{4}(?!\d)"
)
_CUSTOMER = patterns.later(r"#\d{1,9}|(?:客户|编号)#?\d{1,9}(?=$|[ ,:的])")
_DEAL = patterns.later(r"(?<![a-z0-9])d\d{1,9}(?![a-z0-9])|商机 ?#?\d{1,9}(?!\d|[万wk.]| ?[万wk])")
_TASK = patterns.later(r"(?<![a-z0-9])t\d{1,9}(?![a-z0-9])|任务 ?#?\d{1,9}(?!\d)")
_OWNER = patterns.later(r"@[一-鿿]{2,4}(?= |$|,|你|看|来|跟|负责)|@[a-z][a-z0-9_.-]{1,30}")


@dataclass
class Sentence:
    """A sentence as typed, folded, and with its finds marked; all three of one length."""

    raw: str
    context: Context
    folded: str = field(init=False)

    def __post_init__(self) -> None:
        self.folded = _unmarked(normalise.fold(self.raw))

    @cached_property
    def head(self) -> str:
        """The part that is searched; notes and replies keep the rest."""
        return self.folded[: normalise.LIMIT]

    @cached_property
    def named(self) -> str:
        """Names, ids, phones, mails and quotes marked; dates and amounts still in words."""
        text = self.head
        text = _mark(text, _QUOTE, marks.QUOTE) if any(c in text for c in '"「『《') else text
        text = _mark(text, _EMAIL, marks.EMAIL) if "@" in text or "http" in text else text
        if _DIGIT.search(text):
            text = _mark(text, _PHONE, marks.PHONE)
            text = _mark(text, _CUSTOMER, marks.CUSTOMER)
            text = _mark(text, _DEAL, marks.DEAL)
            text = _mark(text, _TASK, marks.TASK)
        text = _mark(text, _OWNER, marks.OWNER) if "@" in text else text
        for mention in self.book.mentions(text) if self.book.names else ():
            text = _over(text, mention.start, mention.end, marks.NAME)
        return text

    @cached_property
    def book(self) -> names.NameBook:
        """The names this sentence may mean."""
        return names.book_of(self.context.book)

    @cached_property
    def dates(self) -> list[DateSpan]:
        """Date phrases outside names and quotes."""
        found = dates.find(_blank(self.named), self.context.now, self.context.tz)
        return [span for span in found if self.folded[span.start : span.end] not in _NOW]

    @cached_property
    def dated(self) -> str:
        """Names and dates marked."""
        text = self.named
        for span in self.dates:
            text = _over(text, span.start, span.end, marks.DATE)
        return text

    @cached_property
    def amounts(self) -> list[AmountSpan]:
        """Amounts outside names, quotes and dates."""
        return amounts.find(_blank(self.dated))

    @cached_property
    def marked(self) -> str:
        """Everything marked: what the rules read."""
        text = self.dated
        for span in self.amounts:
            text = _over(text, span.start, span.end, marks.AMOUNT)
        return text

    def cut(self, start: int, end: int) -> str:
        """The words as typed."""
        return normalise.clean(self.raw[start:end])


_NOW = frozenset("现在 目前 眼下 此刻 此时 尽快 马上 立刻 立即 now asap".split())
"""Words of the present that filter or date nothing in a command."""
_DIGIT = patterns.later(r"\d")
_MARKS = patterns.later(f"[{marks.ALL}]")


def _unmarked(text: str) -> str:
    return _MARKS.sub(" ", text)


def _blank(text: str) -> str:
    """Marks become a sign no date or amount contains."""
    return _MARKS.sub("\x7f", text)


def _mark(text: str, pattern: re.Pattern[str], mark: str) -> str:
    return pattern.sub(lambda match: mark * len(match.group()), text)


def _over(text: str, start: int, end: int, mark: str) -> str:
    return text[:start] + mark * (end - start) + text[end:]
