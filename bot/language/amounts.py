"""Amounts of money in a sentence: 8.5w, 五万八, ¥85,000, 十七八万, 砍两万, 打九折, 两千五一个×10.

Safety first: an answer off by ten is the worst bug, so what is not clear is left out or flagged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.language import normalise, number_words, numbers, plain_numbers, quantities
from bot.language.quantities import Quantity
from crm_core import patterns


@dataclass(frozen=True, kw_only=True)
class Amount:
    """What was meant. `value` is None for a range, a change (`delta`, `factor`) or a bound."""

    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    currency: str | None = None
    approx: bool = False
    ambiguous: bool = False
    delta: Decimal | None = None
    factor: Decimal | None = None
    strong: bool = True
    """False for a bare number, which is an amount only after an amount verb."""


@dataclass(frozen=True, kw_only=True)
class AmountSpan:
    """An amount at text[start:end]."""

    start: int
    end: int
    amount: Amount


_RANGE = patterns.later(r" ?(?:\(含\))? ?(?:到|至|-{1,2}|~|to)(?: the)? ?")
_AND = patterns.later(r" ?(?:和|跟|与|and) ?")
_BETWEEN = patterns.later(r"(?:between|from|介于|在|从) ?$")
_APPROX_BEFORE = patterns.later(
    r"(?:大概齐?|大约|约莫|差不多|估计|将近|接近|近|约|上下|小|around|about|roughly"
    r"|approx\.?|~|some) ?(?:是|有)?$"
)
_APPROX_AFTER = patterns.later(r" ?(?:左右|上下|出头|挂零|的样子|ish|or so|吧?差不多)")
_UNDER = patterns.later(
    r"(?:最多|至多|不超过|不到|低于|(?<!不)少于|小于|以内|under|(?<!no )less than|at most"
    r"|below|no more than|up to|lower than) ?(?:a )?$"
)
_ABOVE = patterns.later(
    r"(?:最少|至少|起码|不少于|不低于|(?<!不)超过|高于|大于|多于|over|above|more than"
    r"|at least|no less than|exceeding) ?(?:a )?$"
)
_UNDER_AFTER = patterns.later(r" ?(?:\(含\))?(?:以下|以内|之内|封顶|or less)")
_ABOVE_AFTER = patterns.later(r" ?(?:\(含\))?(?:以上|起步|朝上|往上|or more)")
_DOWN = patterns.later(
    r"(?:砍|减|降|便宜|少|让利|让|优惠|抹|扣|下调|减少|往下压|压)(?:价|掉|了|去|给)?(?:他"
    r"|她|他们)? ?$"
    r"|(?:cut|minus|reduce(?: it)? by|lower(?: it)? by|less|off by|take off|knock off|down by) ?$"
)
_UP = patterns.later(
    r"(?:加|涨|上调|增加|提高?|多要|追加|往上加)(?:价|了)? ?$|(?:add|plus|raise(?: it)? by"
    r"|increase(?: it)? by|up by) ?$"
)
_MEASURE = "台套件个只箱吨米平条张块辆批把支份人年月瓶盒斤公斤片根组次桶卷袋双座间"
_NOUN = patterns.later(
    r"人|个|台|套|件|只|箱|吨|米|平|条|张|辆|批|把|支|份|年|天|小时|分钟|月|号|日|点(?!钱)|度"
    r"|家|户|名|位|次|页|字|公里|斤|公斤|片|根"
    r"|强|多?家|周|岁|层|楼|路|期|%|％|年|米|升|瓶|盒|里|别|不(?!含)|瓦|伏|兆|寸|折|克|款"
    r"|秒|倍|级|代|门|间|座|颗|棵|英里|平方"
    r"|(?:kg|km|cm|mm|g|m|x|th|st|nd|rd|pcs|units?|days?|weeks?|hours?|people|years?"
    r"|percent|times)(?![a-z])"
)
_PIECES = patterns.later(r"个(?=$|[ ,.!?;:)]|签|吧|了|左右|的?单)")
_DISCOUNT = patterns.later(r"(?:打|按|给)?(?:个|到|了)?([\d.]{1,4}|[一二三四五六七八九]{1,2}|对)折")
_PERCENT = patterns.later(
    r"(涨|加|上浮|上调|提高|增加|raise(?: it)? by|increase(?: it)? by|up|降|减|下浮|下调"
    r"|砍|cut(?: it)? by|reduce(?: it)? by|down|便宜|让)"
    r"(?:了|价)? ?(?:(\d{1,2}(?:\.\d{1,2})?) ?(?:%|percent|个点)|百分之"
    r"([一二三四五六七八九十]{1,3}))"
)
_RISES = ("涨", "加", "上", "提", "增", "raise", "increase", "up")
_TIMES = patterns.later(rf" ?(?:每|一|/|per )?[{_MEASURE}]? ?[x×*乘] ?")
_EACH = patterns.later(rf" ?(?:每|一|/) ?[{_MEASURE}] ?[,，]? ?(?:一共|共|要|买|来)?[x×*]? ?$")
_UNIT_PRICE = patterns.later(
    rf"^[{_MEASURE}].{{0,6}}?(?:单价|每[{_MEASURE}]|一[{_MEASURE}]) ?(?:是|要)?$"
)
_IDIOM = patterns.later(
    r"千万(?!元|块|级|美|人民币)|万一|百分之|一百分|十分(?!钱)|一块(?!钱"
    r"|[零一二三四五六七八九\d])|三七分"
)


_NUMERALS = patterns.later(rf"(?:{numbers.CHINESE}|[多来余几 ]){{2,60}}")


def find(text: str, bare: bool = False) -> list[AmountSpan]:
    """Amounts of a sentence in order: with a unit or a currency, or any number when `bare`.

    Spans count in the text as given; dates should be masked before (8月5号 is no amount).
    """
    folded = normalise.fold(text)
    return list(_spans(folded, bare))


def read(text: str) -> Amount | None:
    """The amount a whole phrase stands for; bare numbers and fractions count. None when unclear."""
    folded = normalise.fold(text[: normalise.LIMIT]).lstrip(" ,?!:;'\"").rstrip(" .,?!:;'\"")
    if not folded or "^" in folded:
        return None
    if _NUMERALS.fullmatch(folded):
        folded = folded.replace(" ", "")
    exact = plain_numbers.read(folded)
    if exact is not None:
        return Amount(value=exact, strong=False)
    if number_words.PHRASE.fullmatch(folded):
        return None
    sign = plain_numbers.SIGN.match(folded)
    spans = list(_spans(folded, bare=True))
    if not spans:
        return None
    best = max(spans, key=lambda span: (span.amount.strong, span.end - span.start)).amount
    return replace(best, value=-best.value) if sign and best.value is not None else best


def _spans(text: str, bare: bool) -> Iterator[AmountSpan]:
    found = [*_factors(text), *_priced(text, bare)]
    taken: list[AmountSpan] = []
    for span in found:
        if not any(span.start < other.end and other.start < span.end for other in taken):
            taken.append(span)
    yield from sorted(taken, key=lambda span: span.start)


def _factors(text: str) -> Iterator[AmountSpan]:
    if "折" in text:
        for match in _DISCOUNT.finditer(text):
            factor = _fold_of(match.group(1))
            if factor is not None and Decimal(0) < factor < 1:
                amount = Amount(factor=factor)
                yield AmountSpan(start=match.start(), end=match.end(), amount=amount)
    for match in _PERCENT.finditer(text):
        share = Decimal(match.group(2) or numbers.read(match.group(3)) or 0) / 100
        up = match.group(1).startswith(_RISES)
        amount = Amount(factor=1 + share if up else 1 - share)
        yield AmountSpan(start=match.start(), end=match.end(), amount=amount)


def _fold_of(word: str) -> Decimal | None:
    if word == "对":
        return Decimal("0.5")
    if "." in word or word[0].isdigit():
        try:
            value = Decimal(word)
        except ArithmeticError:
            return None
        return value / (100 if value >= 10 else 10)
    digits = "".join(str(numbers.DIGITS[char]) for char in word)
    return Decimal(f"0.{digits}")


def _priced(text: str, bare: bool) -> Iterator[AmountSpan]:
    rest = quantities.scan(text)
    while rest:
        first, rest = rest[0], rest[1:]
        if rest and (joined := _joined(text, first, rest[0])):
            rest = rest[1:]
            yield joined
            continue
        span = _single(text, first)
        if span is not None and (bare or span.amount.strong):
            yield span


def _joined(text: str, first: Quantity, second: Quantity) -> AmountSpan | None:
    """A range or a product made of two neighbours."""
    gap = text[first.end : second.start]
    if _TIMES.fullmatch(gap) or (_EACH.match(gap) and not second.currency):
        return _product(text, first, second)
    if _UNIT_PRICE.match(gap):
        return _product(text, second, first)
    between = _BETWEEN.search(text, max(0, first.start - 8), first.start)
    joined = _AND.fullmatch(gap) if between else None
    if not joined and not _RANGE.fullmatch(gap):
        return None
    return _range(text, first, second, between.start() if between else first.start)


def _product(text: str, price: Quantity, count: Quantity) -> AmountSpan | None:
    if price.low != price.high or count.low != count.high or count.currency:
        return None
    start, end = min(price.start, count.start), max(price.end, count.end)
    if end < len(text) and text[end] in _MEASURE:
        end += 1
    amount = Amount(value=price.low * count.low, currency=price.currency)
    return AmountSpan(start=start, end=end, amount=amount)


def _range(text: str, first: Quantity, second: Quantity, start: int) -> AmountSpan | None:
    low, high = _carried(first, second), second.high
    if low is None:
        return AmountSpan(start=start, end=second.end, amount=Amount(ambiguous=True))
    strong = first.scaled or second.scaled or bool(first.currency or second.currency)
    if low >= high or not strong:
        return None
    amount = Amount(low=low, high=high, currency=second.currency or first.currency)
    amount = replace(amount, approx=_approx(text, first.start, second.end) is not None)
    return AmountSpan(start=start, end=second.end, amount=amount)


def _carried(first: Quantity, second: Quantity) -> Decimal | None:
    """The lower bound with the scale it borrows: 三到五万, 七千到九千亿. None when unclear.

    八到九百亿 may start at 8亿 or at 800亿: better asked than off by a hundred.
    """
    big = next((unit for unit in (10**8, 10**4) if second.tail % unit == 0), 1)
    rest = second.tail / big
    if first.tail == 1 and rest > 1 and big > 1 and not first.currency:
        return None
    if first.currency or second.tail == 1 or first.tail >= big > 1:
        return first.low
    lifted = first.low * (big if big > 1 else rest)
    return lifted if lifted < second.high else first.low


def _approx(text: str, start: int, end: int) -> tuple[int, int] | None:
    before = _APPROX_BEFORE.search(text, max(0, start - 10), start)
    after = _APPROX_AFTER.match(text, end)
    if not before and not after:
        return None
    return (before.start() if before else start), (after.end() if after else end)


def _single(text: str, quantity: Quantity) -> AmountSpan | None:
    if _IDIOM.match(text, quantity.start):
        return None
    start, end = quantity.start, quantity.end
    amount = Amount(
        value=quantity.low,
        currency=quantity.currency,
        approx=quantity.approx,
        strong=_counts(text, quantity),
    )
    if quantity.low != quantity.high:
        fuzzy = quantity.approx and text[quantity.start : quantity.end]
        ranged = replace(amount, low=quantity.low, high=quantity.high)
        vague = any(char in str(fuzzy) for char in "多来余几")
        amount = ranged if vague else replace(ranged, value=None)
    pieces = _PIECES.match(text, end)
    if pieces and not quantity.currency and not quantity.scaled:
        end, amount = pieces.end(), _in_pieces(amount)
    around = _approx(text, start, end)
    if around:
        (start, end), amount = around, replace(amount, approx=True)
    return _changed(text, start, end, _bounded(text, start, end, amount))


def _in_pieces(amount: Amount) -> Amount:
    """50个 is 500,000 in sales talk; below ten it may as well be things, so it stays a number."""
    if amount.value is None or amount.value < 10 or amount.value >= 10**4:
        return replace(amount, ambiguous=True, strong=False)
    return replace(amount, value=amount.value * 10**4, ambiguous=True)


_POINTS = patterns.later(r"^[\d零一二三四五六七八九十.]{1,6} ?分$")
"""7分 is a score as often as money."""


def _counts(text: str, quantity: Quantity) -> bool:
    """A scale alone makes an amount, unless it counts things: 三千台, 两百公里, 500强."""
    if quantity.currency:
        return not _POINTS.search(text, quantity.start, quantity.end)
    if not quantity.scaled:
        return False
    if text[quantity.start] in "百千万亿佰仟":
        return False
    return not _NOUN.match(text, quantity.end) and not text.startswith("分", quantity.end)


def _bounded(text: str, start: int, end: int, amount: Amount) -> tuple[int, int, Amount]:
    for before, after, under in ((_UNDER, _UNDER_AFTER, True), (_ABOVE, _ABOVE_AFTER, False)):
        head, tail = before.search(text, max(0, start - 14), start), after.match(text, end)
        if (head or tail) and amount.value is not None:
            start, end = (head.start() if head else start), (tail.end() if tail else end)
            bounded = replace(amount, value=None)
            if under:
                return start, end, replace(bounded, high=amount.value)
            return start, end, replace(bounded, low=amount.value)
    return start, end, amount


def _changed(text: str, start: int, end: int, bounded: tuple[int, int, Amount]) -> AmountSpan:
    start, end, amount = bounded
    if amount.value is not None:
        for verbs, sign in ((_DOWN, -1), (_UP, 1)):
            verb = verbs.search(text, max(0, start - 14), start)
            if verb:
                start = verb.start()
                amount = replace(amount, value=None, delta=sign * amount.value, strong=True)
                break
    return AmountSpan(start=start, end=end, amount=amount)
