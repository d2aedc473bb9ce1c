"""How amounts, days and moments are written in a reply, in Chinese and English."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

WAN, YI = Decimal(10_000), Decimal(100_000_000)
CURRENCIES_ZH = {
    "USD": "美元",
    "EUR": "欧元",
    "HKD": "港币",
    "JPY": "日元",
    "GBP": "英镑",
    "TWD": "台币",
}
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥"}
WEEKDAYS_ZH = "一二三四五六日"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount, never rounded: 8.5万, 85,123元, 2万美元; ¥85,000 in English."""
    if language != "zh":
        symbol = SYMBOLS.get(currency, f"{currency} ")
        return f"{symbol}{_plain(amount)}"
    number, unit = _short(amount)
    if currency == "CNY":
        return f"{number}{unit or '元'}"
    return f"{number}{unit}{CURRENCIES_ZH.get(currency, f' {currency}')}"


def _short(amount: Decimal) -> tuple[str, str]:
    for size, unit in ((YI, "亿"), (WAN, "万")):
        # Beyond four decimals 万 is harder to read than the number itself.
        if amount >= size and amount % (size / 10_000) == 0:
            return f"{(amount / size).normalize():f}", unit
    return _plain(amount), ""


def _plain(amount: Decimal) -> str:
    text = f"{amount:,.2f}"
    return text.removesuffix(".00")


def day(when: date, today: date, language: str) -> str:
    """A day with its weekday, and its year when that is not this year: 12月30日(周三)."""
    year = when.year != today.year
    if language == "zh":
        weekday = WEEKDAYS_ZH[when.weekday()]
        prefix = f"{when.year}年" if year else ""
        return f"{prefix}{when.month}月{when.day}日(周{weekday})"
    suffix = f" {when.year}" if year else ""
    return f"{WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}{suffix}"


def moment(when: datetime, now: datetime, zone: tzinfo, language: str) -> str:
    """A day with weekday and the time of day, in that zone: 11月25日(周三) 15:30."""
    local = when.astimezone(zone)
    return f"{day(local.date(), now.astimezone(zone).date(), language)} {local:%H:%M}"


def brief(when: datetime, now: datetime, zone: tzinfo, language: str) -> str:
    """The same for lists: 今天 15:30, 明天 09:00, 昨天 10:00, otherwise as `moment`."""
    local, today = when.astimezone(zone), now.astimezone(zone).date()
    near = {
        today - timedelta(days=1): ("昨天", "yesterday"),
        today: ("今天", "today"),
        today + timedelta(days=1): ("明天", "tomorrow"),
    }
    if local.date() not in near:
        return moment(when, now, zone, language)
    return f"{near[local.date()][language != 'zh']} {local:%H:%M}"


def lasting(span: timedelta, language: str) -> str:
    """A length of time in its largest unit: 3天, 2小时, 20分钟."""
    seconds = max(0, int(span.total_seconds()))
    for size, zh, en in ((86400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return f"{seconds // size}{zh}" if language == "zh" else f"{seconds // size} {en}"
    return "不到1分钟" if language == "zh" else "less than a minute"
