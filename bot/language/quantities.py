"""One number with its scale and currency, wherever it stands in folded text.

A quantity is the brick of bot.language.amounts: 8万5, 3000多欧元, 十七八万, $4.7 billion, 五块零四.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.language import currencies, number_words, numbers
from crm_core import patterns


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number at text[start:end]; low and high differ when it is a fuzzy one (十七八万)."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    currency: str | None = None
    approx: bool = False
    scaled: bool = False
    """Written with 百 千 万 亿 k w million …, which is enough to be an amount."""
    tail: Decimal = Decimal(1)
    """The last scale written, which a bare lower bound borrows: 三到五万."""
    pieces: bool = False
    """Counted in 个, which in sales talk means ten thousand each: 50个."""


_FIG = numbers.FIGURE
_CH = numbers.CHINESE
_DIGIT = "[一二两三四五六七八九]"
_UNITS = "[十拾百佰千仟万亿兆]"
RUN = patterns.later(
    rf"(?:(?<![\d.])(?:{_FIG})(?:e[+-]?\d{{1,2}}(?!\d))?|{_CH}|半个?(?=[万亿]))"
    rf"(?:{_FIG}|{_CH}|[kw](?![a-z])|点(?=[零一二两三四五六七八九])"
    rf"|[余多来几](?={_UNITS})|个(?=[万亿])| {{1,2}}(?=[余多来几]?{_UNITS}|w(?![a-z]))){{0,24}}"
)
FUZZY = patterns.later(rf"^(.{{0,12}}?)({_DIGIT})({_DIGIT})((?:[十百千万亿]){{0,3}})$")
_SCALES = {
    "k": 10**3,
    "g": 10**9,
    "m": 10**6,
    "mm": 10**6,
    "mil": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "bn": 10**9,
    "b": 10**9,
    "hundred": 100,
    "hundreds": 100,
    "dozen": 12,
    "dozens": 12,
    "l": 10**5,
    "lkh": 10**5,
    "lac": 10**5,
    "lacs": 10**5,
    **number_words.SCALES,
    **{f"{word}s": value for word, value in number_words.SCALES.items()},
}
_SCALE = patterns.later(rf" ?({'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![a-z])")


def _words(table: dict[str, str]) -> str:
    ordered = sorted(table, key=len, reverse=True)
    return "|".join(
        re.escape(word) + (r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "")
        for word in ordered
    )


_AFTER = patterns.later(
    rf"(?: {{0,2}}|-(?=[a-z]))({_words({**currencies.AFTER, **currencies.MILLIONS})})"
)
_BEFORE_WORDS = "|".join(
    (r"(?<![a-z])" if word[0].isascii() and word[0].isalpha() else "") + re.escape(word)
    for word in sorted({**currencies.LEADING, **currencies.MILLIONS}, key=len, reverse=True)
)
BEFORE = patterns.later(
    rf"({_BEFORE_WORDS}) {{0,2}}$".replace(r"us\$", r"us ?\$").replace(r"hk\$", r"hk ?\$")
)
_CODES = {
    **currencies.AFTER,
    **currencies.LEADING,
    **currencies.MILLIONS,
    "us $": "USD",
    "hk $": "HKD",
}
_PART = rf"(\d{{1,2}}|{_DIGIT}?十?{_DIGIT}|十)"
_JIAO = patterns.later(rf"(?: |又|零)?{_PART} ?(?:角|毛|毫|mao)")
_FEN = patterns.later(rf"(?: |又)?零?{_PART} ?(?:美?分|仙)(?!钟|之)")
_LOOSE = patterns.later(rf"(零?){_PART}(?![\d个台万千百]|{_CH})")
_CENTS = patterns.later(
    r" ?(?:and )?(\d{1,2}|[a-z]{2,9}(?:[ -][a-z]{3,5})?) ?(?:cents?|c|¢|pence|sens?|p)(?![a-z])"
    r"| (?:and )?(\d{2})(?![\d.,:])(?! ?[a-z%])"
)


def scan(text: str) -> list[Quantity]:
    """Every number of folded text in order, without overlap, with scale and currency read."""
    found: list[Quantity] = []
    place = 0
    words = _word_starts(text)
    while place < len(text):
        match = RUN.search(text, place)
        word = next((w for w in words if w.start() >= place), None)
        if match is None and word is None:
            break
        quantity, place = _next(text, match, word)
        words = [w for w in words if w.start() >= place]
        if quantity is not None and not _article(text, quantity):
            found.append(quantity)
    return found


def _next(
    text: str, match: re.Match[str] | None, word: re.Match[str] | None
) -> tuple[Quantity | None, int]:
    """The quantity that begins first, and where to look on from."""
    if match is not None and (word is None or match.start() <= word.start()):
        quantity, after = _figure(text, match), match.end()
        start = match.start()
    elif word is not None:
        quantity, after = _worded(word), word.start() + 1
        start = word.start()
    else:
        return None, len(text)
    if quantity is None:
        return None, after
    quantity = _with_currency(text, quantity)
    return quantity, max(quantity.end, start + 1)


def _article(text: str, quantity: Quantity) -> bool:
    """`a` is a number only before a currency word: a dollar, but not a US$4.7 billion."""
    words = text[quantity.start : quantity.end].split(" ")
    return words[0] in {"a", "an"} and (len(words) == 1 or not words[-1].isalpha())


_LATIN = patterns.later("[a-z]{3}")


def _word_starts(text: str) -> list[re.Match[str]]:
    return list(number_words.PHRASE.finditer(text)) if _LATIN.search(text) else []


def _worded(match: re.Match[str]) -> Quantity | None:
    value = number_words.read(match.group())
    phrase, end = match.group(), match.end()
    while value is None and " " in phrase:
        phrase = phrase.rpartition(" ")[0]
        value, end = number_words.read(phrase), match.start() + len(phrase)
    if value is None:
        return None
    big = any(word in number_words.SCALES for word in phrase.split()) or "hundred" in phrase
    return Quantity(start=match.start(), end=end, low=value, high=value, scaled=big)


_EACH = patterns.later(
    r"(?:(?<=[万千百亿wk元块五\d])|(?<![\d一-龥]))一(?=[台个套件只箱吨米平条张] ?[x×*乘])"
    r"|(?<=[万千wk元])一(?=[台个套件只箱吨])"
)
"""The 一 of `for one`, which is no digit of the price before it."""


def _figure(text: str, match: re.Match[str]) -> Quantity | None:
    raw = match.group().rstrip()
    if _EACH.match(text, match.start() + len(raw) - 1):  # 3万一台 is 30,000 for one, not 31,000
        raw = raw[:-1]
    if not raw:
        return None
    quantity = _numeral(raw, match.start())
    while quantity is None and len(raw) > 1:
        raw = raw[:-1].rstrip()
        quantity = _numeral(raw, match.start())
    if quantity is None:
        return None
    if raw[-1].isdigit() and (scale := _SCALE.match(text, quantity.end)):
        return _scaled(text, quantity, scale)
    return _more(text, quantity)


def _scaled(text: str, quantity: Quantity, scale: re.Match[str]) -> Quantity:
    power = Decimal(_SCALES[scale.group(1)])
    return replace(
        quantity,
        end=scale.end(),
        low=quantity.low * power,
        high=quantity.high * power,
        scaled=power >= 1000,
        tail=power,
    )


def _more(text: str, quantity: Quantity) -> Quantity:
    """3000多, 一百来: at least the number, at most one more of its last place."""
    if not text.startswith(("多", "来", "余", "几"), quantity.end):
        return quantity
    if text.startswith(("多少", "来自", "来了", "来个", "几个"), quantity.end):
        return quantity
    step = _last_place(quantity.low)
    return replace(quantity, end=quantity.end + 1, high=quantity.low + step, approx=True)


def _last_place(value: Decimal) -> Decimal:
    step = Decimal(1)
    while value and value % (step * 10) == 0:
        step *= 10
    return step


def _numeral(raw: str, start: int) -> Quantity | None:
    """Reads a run that may hold 多 来 余 几, 个 before 万 or 亿, or two neighbour digits."""
    end = start + len(raw)
    plain = raw.replace("个", "").replace(" ", "")
    if plain[0] == "半":
        plain = "0.5" + plain[1:]
    if "e" in plain:
        return _powered(plain, start, end)
    fuzzy = FUZZY.match(plain)
    if fuzzy and _neighbours(fuzzy.group(2), fuzzy.group(3)):
        return _between(fuzzy, start, end)
    vague = any(char in plain for char in "多来余几")
    if vague:
        return _vague(plain, start, end)
    value = numbers.read(plain)
    if value is None:
        return None
    tail = _tail(plain)
    return Quantity(start=start, end=end, low=value, high=value, scaled=_big(plain), tail=tail)


_POWER = patterns.later(r"\d{1,15}(?:\.\d{1,12})?e[+-]?\d{1,2}")


def _powered(plain: str, start: int, end: int) -> Quantity | None:
    """12.3e5, as spreadsheets write."""
    if not _POWER.fullmatch(plain):
        return None
    value = Decimal(plain)
    return Quantity(start=start, end=end, low=value, high=value)


def _neighbours(first: str, second: str) -> bool:
    low, high = numbers.DIGITS[first], numbers.DIGITS[second]
    return high == low + 1 or (low, high) == (3, 5)


def _between(fuzzy: re.Match[str], start: int, end: int) -> Quantity | None:
    head, first, second, units = fuzzy.groups()
    if head and head[-1] not in "十拾百千万亿":
        return None
    low, high = numbers.read(head + first + units), numbers.read(head + second + units)
    if low is None or high is None:
        return None
    tail = _tail(units or "")
    big = _big(head + units)
    return Quantity(start=start, end=end, low=low, high=high, scaled=big, tail=tail, approx=True)


def _vague(plain: str, start: int, end: int) -> Quantity | None:
    place = next(i for i, char in enumerate(plain) if char in "多来余几")
    head, units = plain[:place], plain[place + 1 :]
    base, unit = numbers.read(head), numbers.read("一" + units) if units else Decimal(1)
    if base is None or unit is None:
        return None
    step = _last_place(base)
    if plain[place] == "几" and head[-1] == "零":
        step = Decimal(10)
    low, high = base * unit, (base + step) * unit
    return Quantity(
        start=start, end=end, low=low, high=high, approx=True, scaled=_big(plain), tail=unit
    )


def _big(plain: str) -> bool:
    return any(char in "百佰千仟万亿兆wk" for char in plain)


def _tail(plain: str) -> Decimal:
    """The scale the numeral ends with: 三十万 → 10,000, 五百 → 100, 8 → 1."""
    power = Decimal(1)
    for char in reversed(plain):
        unit = numbers.BIG.get(char) or numbers.SMALL.get(char)
        if unit is None:
            break
        power *= unit
    return power


def _with_currency(text: str, quantity: Quantity) -> Quantity:
    before = BEFORE.search(text, max(0, quantity.start - 12), quantity.start)
    if before:
        word = before.group(1)
        quantity = _priced(replace(quantity, start=before.start()), word)
    after = _AFTER.match(text, quantity.end)
    if after and not _not_money(text, after):
        quantity = _priced(replace(quantity, end=after.end()), after.group(1), known=bool(before))
        late = _SCALE.match(text, quantity.end)
        if late and quantity.tail == 1 and late.group(1) in number_words.SCALES:
            quantity = _scaled(text, quantity, late)
    if quantity.currency:
        return _with_change(text, quantity)
    return _change_only(text, quantity)


def _not_money(text: str, after: re.Match[str]) -> bool:
    """元旦, 元宵 and 块 as a lump are not money."""
    return text.startswith(("元旦", "元宵", "元月", "刀具", "刀片"), after.start(1))


def _priced(quantity: Quantity, word: str, known: bool = False) -> Quantity:
    code = _CODES[word]
    power = Decimal(10**6) if word in currencies.MILLIONS else Decimal(1)
    return replace(
        quantity,
        low=quantity.low * power,
        high=quantity.high * power,
        currency=quantity.currency if known else code,
    )


def _small(text: str) -> Decimal:
    return numbers.read(text) or Decimal(0)


def _with_change(text: str, quantity: Quantity) -> Quantity:
    """Adds 角 and 分, the 二 of 一块二, or cents."""
    added, end = Decimal(0), quantity.end
    jiao = _JIAO.match(text, end)
    if jiao:
        added, end = added + _small(jiao.group(1)) / 10, jiao.end()
    fen = _FEN.match(text, end)
    loose = (
        _LOOSE.match(text, end) if text[end - 1 : end] in {"块", "蚊", "毛", "角", "毫"} else None
    )
    if fen:
        added, end = added + _small(fen.group(1)) / 100, fen.end()
    elif loose:
        tenth = 100 if jiao or loose.group(1) else 10
        added, end = added + _small(loose.group(2)) / tenth, loose.end()
    if text.startswith("钱", end):
        end += 1
    if end == quantity.end and text[end - 1 : end].isascii():
        cents, end = _cents(text, end)
        added += cents
    return replace(quantity, low=quantity.low + added, high=quantity.high + added, end=end)


def _cents(text: str, end: int) -> tuple[Decimal, int]:
    """20 dollars 43 cents, $20 and 43c, 17 usd 25."""
    cents = _CENTS.match(text, end)
    word = (cents.group(1) or cents.group(2)) if cents else ""
    part = (numbers.read(word) or number_words.read(word)) if word else None
    return (part / 100, cents.end()) if cents and part is not None else (Decimal(0), end)


_SMALL = patterns.later(
    r" ?(角|毛|毫|美?分(?!钟|之)|仙|cents?|c|¢|pennies|penny|pence)(?![a-z])钱?"
)
_FIVE = patterns.later(rf"({_DIGIT})(?!{_CH})")


def _change_only(text: str, quantity: Quantity) -> Quantity:
    small = _SMALL.match(text, quantity.end)
    if not small or quantity.scaled:
        return quantity
    tenths = small.group(1) in {"角", "毛", "毫"}
    value, end = quantity.low / (10 if tenths else 100), small.end()
    five = _FIVE.match(text, end) if tenths else None
    if five:
        value, end = value + Decimal(numbers.DIGITS[five.group(1)]) / 100, five.end()
    code = "CNY" if small.group(1)[0] in "角毛毫分" else "USD"
    return replace(quantity, low=value, high=value, currency=code, end=end)
