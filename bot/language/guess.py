"""Is this a name? Judged by its shape alone, when no book knows it."""

import re
from dataclasses import dataclass

from bot.language import lexicon, marks
from crm_core import patterns

_TITLED = patterns.later(
    rf"^(?P<firm>.*?)(?P<person>(?:[老小]|[{lexicon.SURNAMES}])?(?:{lexicon.TITLES}))$"
)
_SUFFIX = patterns.later(
    r"(?:那边|这边|那里|那头|那个|那家|这家|那儿|他们|的)?(?:客户|公司的人)?(?:的|那|这)?"
    r"(?:(?:那|这)?(?:个|单|笔|家)?(?:单子|商机|项目|订单|生意|合作|deal))?$"
)
_COMPANY = patterns.later(
    r"公司|集团|科技|贸易|物流|机械|实业|电子|技术|商贸|工厂|医院|学校|大学|银行|酒店|餐饮"
    r"|厂$|店$|坊$|院$|所$|行$"
)
_LATIN = patterns.later(r"[a-z0-9&.'’() -]{2,40}$")
_HAN_ONLY = patterns.later(r"[一-鿿a-z0-9()&·.\- ]{2,24}$")
_ENGLISH_ONLY_LIMIT = 5
"""Words an English name may have."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A customer as written at text[start:end] and a person there, if one is named."""

    start: int
    end: int
    contact: tuple[int, int] | None = None
    current: bool = False
    """A pronoun: the customer this chat is about."""
    known: bool = False
    """Written in the book, or by number."""


def name(folded: str, start: int, end: int) -> Named | None:
    """Folded text[start:end] as a name, without what trails it (那边, 的单子), or None."""
    while start < end and folded[start] in " ,:\"'-":
        start += 1
    while end > start and folded[end - 1] in " ,:\"'-":
        end -= 1
    piece = folded[start:end]
    if not piece:
        return None
    if piece in lexicon.PRONOUNS:
        return Named(start=start, end=end, current=True)
    if piece[0] in (marks.NAME, marks.CUSTOMER):
        return _marked(folded, start, end)
    suffix = _SUFFIX.search(piece)
    if suffix and suffix.start() >= 1 and suffix.group():
        end = start + suffix.start()
        piece = folded[start:end]
        if piece in lexicon.PRONOUNS:
            return Named(start=start, end=end, current=True)
    return _shaped(piece, start, end)


def _marked(folded: str, start: int, end: int) -> Named | None:
    mark = folded[start]
    stop = start
    while stop < end and folded[stop] == mark:
        stop += 1
    rest = folded[stop:end].strip(" 的")
    if (
        rest
        and not _SUFFIX.fullmatch(rest)
        and not lexicon.PERSON.fullmatch(rest)
        and rest not in {"客户", "那边"}
    ):
        return None
    contact = None
    if lexicon.PERSON.fullmatch(rest):
        place = folded.index(rest, stop)
        contact = (place, place + len(rest))
    return Named(start=start, end=stop, contact=contact, known=True)


def _shaped(piece: str, start: int, end: int) -> Named | None:
    if any(char in marks.ALL for char in piece):
        return None
    if _LATIN.match(piece):
        return _latin(piece, start, end)
    if not _HAN_ONLY.match(piece) or len(piece) < 2 or _no_name(piece):
        return None
    titled = _TITLED.match(piece)
    if titled and titled.group("person"):
        return _titled(piece, start, titled)
    return Named(start=start, end=end)


def _no_name(piece: str) -> bool:
    return piece in lexicon.NOT_NAMES or bool(lexicon.INSIDE_NAME.search(piece))


def _titled(piece: str, start: int, match: re.Match[str]) -> Named | None:
    """宏达王总 is 王总 at 宏达; 王总 alone is the name itself."""
    firm, end = match.group("firm").rstrip("的 "), start + len(piece)
    if firm and _no_name(firm):
        return None
    if len(firm) >= 2:
        return Named(
            start=start, end=start + len(firm), contact=(start + match.start("person"), end)
        )
    if not firm and not lexicon.PERSON.fullmatch(piece):
        return None
    return Named(start=start, end=end)


def _latin(piece: str, start: int, end: int) -> Named | None:
    words = piece.split()
    if len(words) > _ENGLISH_ONLY_LIMIT or not any(char.isalpha() for char in piece):
        return None
    if words[0] in lexicon.VERBS or words[0] in lexicon.NOT_NAMES or words[-1] in lexicon.NOT_NAMES:
        return None
    return Named(start=start, end=end)


def business_like(text: str) -> bool:
    """Whether a guessed name looks like a firm or a titled person, not any noun."""
    return bool(_COMPANY.search(text) or lexicon.PERSON.search(text))


def leading(folded: str, start: int) -> int:
    """Where the name that begins at `start` ends, by the first word that cannot belong to it."""
    if start < len(folded) and folded[start] in (marks.NAME, marks.CUSTOMER):
        stop = start
        while stop < len(folded) and folded[stop] == folded[start]:
            stop += 1
        return stop
    stop = start
    while (
        stop < len(folded)
        and folded[stop] not in " ,.:;!?。、/|\n\t"
        and folded[stop] not in marks.ALL
    ):
        stop += 1
    cut = lexicon.BREAKS.search(folded, start + 2, stop)
    if cut and cut.group() in lexicon.IN_FIRMS:
        form = lexicon.FORM.search(folded, cut.end(), stop)
        return form.end() if form else cut.start()
    return cut.start() if cut else stop


def person_like(text: str) -> bool:
    """Whether two to four characters begin with a common surname."""
    return (
        2 <= len(text) <= 4 and text[0] in lexicon.SURNAMES and all("一" <= c <= "龥" for c in text)
    )
