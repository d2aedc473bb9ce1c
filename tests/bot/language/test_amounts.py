from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import amounts

WORDS = {
    "五万八": 58_000,
    "一百二": 120,
    "8万5": 85_000,
    "5w8": 58_000,
    "8.5w": 85_000,
    "8.5W": 85_000,
    "8.5万": 85_000,
    "12k": 12_000,
    "3千": 3_000,
    "1.2亿": 120_000_000,
    "1.5个亿": 150_000_000,
    "半个亿": 50_000_000,
    "一万零五百": 10_500,
    "三十万零八千": 308_000,
    "肆佰叁拾萬": 4_300_000,
    "８.５万": 85_000,
    "¥85,000": 85_000,
    "￥85000": 85_000,
    "$12,345.60": Decimal("12345.6"),
    "€20": 20,
    "85000元": 85_000,
    "五块": 5,
    "一块二": Decimal("1.2"),
    "三块零五": Decimal("3.05"),
    "十块三毛": Decimal("10.3"),
    "50元6角三分": Decimal("50.63"),
    "两毛五": Decimal("0.25"),
    "20 dollars 43 cents": Decimal("20.43"),
    "人民币 8千元": 8_000,
    "港币两千九百六十元": 2_960,
    "45k": 45_000,
    "1.2 million": 1_200_000,
    "two hundred thousand": 200_000,
    "five and a half million": 5_500_000,
    "half a million usd": 500_000,
    "35 lakh rupees": 3_500_000,
    "7万5千4百": 75_400,
    "3万4000": 34_000,
    "2千零30万": 20_300_000,
    "十五万": 150_000,
    "百二万": 1_200_000,
    "两千四百五": 2_450,
    "一亿三千万": 130_000_000,
    "四千零四万": 40_040_000,
    "六十四万零一百四十三元一角七分": Decimal("640143.17"),
    "1 234 567": 1_234_567,
    "负10000": -10_000,
}


@pytest.mark.parametrize(("text", "value"), list(WORDS.items()))
def test_an_amount_as_reps_write_it_has_its_value(text: str, value: Decimal | int):
    amount = amounts.read(text)
    assert amount is not None
    assert amount.value == value


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("85000块", "CNY"),
        ("100rmb", "CNY"),
        ("5万美金", "USD"),
        ("3000刀", "USD"),
        ("2万欧元", "EUR"),
        ("港币3000", "HKD"),
        ("USD 500", "USD"),
        ("hk$300", "HKD"),
        ("£90 million", "GBP"),
        ("8.5w", None),
    ],
)
def test_a_currency_is_known_by_its_word_sign_or_code(text: str, currency: str | None):
    amount = amounts.read(text)
    assert amount is not None
    assert amount.currency == currency


@pytest.mark.parametrize(
    "text", ["30来万", "三十多万", "30万左右", "30万出头", "小二十万", "大概8万"]
)
def test_a_vague_amount_says_so(text: str):
    amount = amounts.read(text)
    assert amount is not None
    assert amount.approx
    assert amount.value is not None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("十七八万", 170_000, 180_000),
        ("七八万", 70_000, 80_000),
        ("四五千块钱", 4_000, 5_000),
        ("三五万", 30_000, 50_000),
        ("5万到8万", 50_000, 80_000),
        ("三到五万", 30_000, 50_000),
        ("8-10w", 80_000, 100_000),
        ("七千到九千亿元", 700_000_000_000, 900_000_000_000),
        ("between 10 and 20 dollars", 10, 20),
        ("10-20 dollars", 10, 20),
    ],
)
def test_a_range_has_two_ends_and_no_value(text: str, low: int, high: int):
    amount = amounts.read(text)
    assert amount is not None
    assert (amount.value, amount.low, amount.high) == (None, low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("最多5万", None, 50_000),
        ("不到8万", None, 80_000),
        ("at most 7 euros", None, 7),
        ("至少10万", 100_000, None),
        ("50万以上", 500_000, None),
        ("no less than $1.42", Decimal("1.42"), None),
    ],
)
def test_a_bound_is_open_on_one_side(text: str, low: int | None, high: int | None):
    amount = amounts.read(text)
    assert amount is not None
    assert (amount.value, amount.low, amount.high) == (None, low, high)


@pytest.mark.parametrize("text", ["八到九百亿", "三到五百万"])
def test_a_range_that_could_mean_two_things_a_hundred_times_apart_is_left_open(text: str):
    amount = amounts.read(text)
    assert amount is not None
    assert (amount.value, amount.low, amount.high) == (None, None, None)
    assert amount.ambiguous


@pytest.mark.parametrize(
    ("text", "delta"),
    [
        ("砍两万", -20_000),
        ("再降5000元", -5_000),
        ("便宜一万", -10_000),
        ("加3w", 30_000),
        ("涨两千", 2_000),
    ],
)
def test_a_change_is_a_delta_and_no_value(text: str, delta: int):
    amount = amounts.read(text)
    assert amount is not None
    assert (amount.value, amount.delta) == (None, delta)


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("打九折", "0.9"),
        ("打95折", "0.95"),
        ("八五折", "0.85"),
        ("9.5折", "0.95"),
        ("打对折", "0.5"),
        ("降10%", "0.9"),
        ("涨5%", "1.05"),
        ("便宜百分之五", "0.95"),
    ],
)
def test_a_discount_is_a_factor(text: str, factor: str):
    amount = amounts.read(text)
    assert amount is not None
    assert (amount.value, amount.factor) == (None, Decimal(factor))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("两千五一个×10", 25_000),
        ("200台 单价六百八", 136_000),
        ("2500*10", 25_000),
        ("3万一台x4", 120_000),
    ],
)
def test_a_price_times_a_count_is_a_product(text: str, value: int):
    amount = amounts.read(text)
    assert amount is not None
    assert amount.value == value


def test_fifty_pieces_are_half_a_million_but_flagged():
    amount = amounts.read("50个")
    assert amount is not None
    assert (amount.value, amount.ambiguous) == (500_000, True)


def test_a_few_pieces_stay_a_number_and_are_flagged():
    amount = amounts.read("5个")
    assert amount is not None
    assert (amount.value, amount.ambiguous) == (5, True)


@pytest.mark.parametrize(
    "text",
    [
        "千万别发",
        "万一他不来",
        "十分感谢",
        "一块去",
        "三千台",
        "两百公里",
        "世界500强",
        "来了三百人",
        "一百个客户",
        "华美科技",
        "今天很忙",
        "10km",
        "5kg",
    ],
)
def test_numbers_that_are_no_money_are_left_alone(text: str):
    assert amounts.find(text) == []


@pytest.mark.parametrize(
    "text", ["", " ", "华美", "你好", "？", "万", "亿", "^", "1^2", "\x00", "折"]
)
def test_what_is_no_amount_is_none(text: str):
    amount = amounts.read(text)
    assert amount is None or amount.value is not None


def test_a_bare_number_is_found_only_on_request():
    assert amounts.find("改到 85000") == []
    [span] = amounts.find("改到 85000", bare=True)
    assert (span.amount.value, span.amount.strong) == (85_000, False)


def test_spans_cut_the_words_as_typed():
    text = "华美 报价８.５万，下周签"
    [span] = amounts.find(text)
    assert text[span.start : span.end] == "８.５万"


DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """A number below 10**12 in formal Chinese."""
    if number == 0:
        return "零"
    words = ""
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            words += chinese(number // unit) + name
            number %= unit
            if number and number < unit // 10:
                words += "零"
    for unit, name in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= unit:
            words += DIGITS[number // unit] + name
            number %= unit
            if number and number < unit // 10:
                words += "零"
    return words + (DIGITS[number] if number else "")


@given(st.integers(min_value=1, max_value=10**12 - 1))
def test_formal_chinese_numerals_read_back_as_the_number(number: int):
    amount = amounts.read(chinese(number) + "元")
    assert amount is not None
    assert amount.value == number


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["¥", "$", "", "€"]))
def test_figures_with_thousands_commas_read_back_as_the_number(number: int, sign: str):
    amount = amounts.read(f"{sign}{number:,}")
    assert amount is not None
    assert amount.value == number


@given(st.decimals(min_value=Decimal("0.1"), max_value=9999, places=2), st.sampled_from("万wW"))
def test_ten_thousands_read_back_as_the_number(number: Decimal, unit: str):
    amount = amounts.read(f"{number}{unit}")
    assert amount is not None
    assert amount.value == number * 10_000


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=1, max_value=9))
def test_the_digit_after_a_scale_is_a_tenth_of_it(first: int, second: int):
    for scale, value in (("万", 10_000), ("w", 10_000), ("千", 1_000), ("百", 100), ("亿", 10**8)):
        amount = amounts.read(f"{first}{scale}{second}")
        assert amount is not None
        assert amount.value == first * value + second * value // 10


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_of_amounts_fail(text: str):
    amounts.read(text)
    for span in amounts.find(text):
        assert 0 <= span.start < span.end <= len(text)


@given(
    st.text(
        alphabet="零一二三四五六七八九十百千万亿两半几多来个点w k0123456789.,元块角分折%+-/到~×",
        max_size=40,
    )
)
def test_no_heap_of_number_words_makes_the_reader_of_amounts_fail(text: str):
    amounts.read(text)
    amounts.find(text, bare=True)
