"""Numbers in Chinese and in figures, as people type them: 五万八, 8万5, 5w8, 一万零五百, 2千零30万.

Everything takes folded text (bot.language.normalise.fold). English words are in number_words.
"""

from decimal import Decimal, InvalidOperation

from crm_core import patterns

DIGITS = {
    **{c: n for n, c in enumerate("零一二三四五六七八九")},
    **{c: n for n, c in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
    "俩": 2,
    "倆": 2,
    "仨": 3,
    "参": 3,
    "弍": 2,
    "弎": 3,
    "幺": 1,
    "貳": 2,
    "贰": 2,
}
TENS = {"廿": 20, "卅": 30, "卌": 40}
SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000}
BIG = {"万": 10**4, "w": 10**4, "亿": 10**8, "兆": 10**12}

FIGURE = (
    r"(?:(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,2}(?:,\d{2}){1,5},\d{3})(?![\d,])|\d{1,24})"
    r"(?:\.\d{1,12})?|\.\d{1,12}"
)
"""Figures with thousands or Indian commas and places."""
_ZH = "零〇一二三四五六七八九十百千万亿兆壹贰叁肆伍陆柒捌玖拾佰仟两俩倆参廿卅卌"
CHINESE = rf"[{_ZH}]"
_TOKEN = patterns.later(rf"({FIGURE})|([{_ZH}kw])|(点)| ")
_PLACES = patterns.later(r"[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖两]{1,12}")


def read(text: str) -> Decimal | None:
    """The value of a whole string that is one number (figures, Chinese numerals or both)."""
    text = text.strip()
    whole, _, places = text.partition("点")
    if places:
        return _with_places(whole, places)
    tokens = _tokens(text)
    if not tokens:
        return None
    if all(isinstance(token, int) for token in tokens) and len(tokens) > 1:
        return Decimal("".join(str(token) for token in tokens))
    return _sum(tokens)


def _with_places(whole: str, places: str) -> Decimal | None:
    value = read(whole) if whole else Decimal(0)
    tail = places.lstrip(" ")
    unit = Decimal(1)
    for char, power in BIG.items():
        if tail.endswith(char):
            tail, unit = tail[:-1], Decimal(power)
    if value is None or not _PLACES.fullmatch(tail):
        return None
    digits = "".join(str(DIGITS[char]) for char in tail)
    return (value + Decimal(f"0.{digits}")) * unit


Token = int | Decimal | str


def _tokens(text: str) -> list[Token]:
    """Digits as int, figures as Decimal, units as their character; empty when anything else."""
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.group(3):
            return []
        place = match.end()
        if match.group(1):
            tokens.append(_figure(match.group(1)))
        elif match.group(2):
            char = match.group(2)
            tokens.append(DIGITS.get(char, char))
    return tokens


def _figure(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:  # pragma: no cover - the pattern admits figures only
        return Decimal(0)


def _sum(tokens: list[Token]) -> Decimal | None:
    """Adds the sections of a numeral; a last digit right after a unit means a tenth of it."""
    total, section, pending = Decimal(0), Decimal(0), None
    unit, top = Decimal(1), Decimal(0)
    after_zero = False
    for token in tokens:
        if isinstance(token, str) and token in TENS:
            section += TENS[token]
            pending, unit = None, Decimal(10)
        elif isinstance(token, str) and token in SMALL:
            unit = Decimal(SMALL[token])
            section += (Decimal(1) if pending is None else pending) * unit
            pending, after_zero = None, False
        elif isinstance(token, str):
            section += _last(pending, unit if section else Decimal(1), after_zero)
            unit = Decimal(BIG[token])
            total, top = _lift(total, section, unit, top)
            section, pending, after_zero = Decimal(0), None, False
        elif token == 0 and isinstance(token, int):
            pending, after_zero = None, True
        else:
            if pending is not None:
                return None
            pending = Decimal(token)
    return total + section + _last(pending, unit, after_zero)


def _last(pending: Decimal | None, unit: Decimal, after_zero: bool) -> Decimal:
    """The worth of a digit nothing follows: 五万八 is 58,000 but 五万零八 is 50,008."""
    if pending is None:
        return Decimal(0)
    tenth = unit >= 100 and not after_zero and pending < 10 and pending == int(pending)
    return pending * unit / 10 if tenth else pending


def _lift(total: Decimal, section: Decimal, unit: Decimal, top: Decimal) -> tuple[Decimal, Decimal]:
    """Closes a section with 万, 亿 or 兆; a larger unit than before lifts all that was read."""
    if section == 0 and total == 0:
        return unit, unit
    if section == 0 or unit > top > 0:
        return (total + section) * unit, max(unit, top)
    return total + section * unit, unit
