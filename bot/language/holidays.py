"""Holidays people name instead of a date, as functions of a solar year."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.language import lunar

DAY = timedelta(days=1)
Rule = Callable[[int], date | None]


def _fixed(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def _moon(month: int, day: int) -> Rule:
    return lambda year: lunar.solar(year, month, day)


def _nth(month: int, weekday: int, nth: int) -> Rule:
    def rule(year: int) -> date:
        if nth < 0:
            last = date(year + month // 12, month % 12 + 1, 1) - DAY
            return last - DAY * ((last.weekday() - weekday) % 7)
        first = date(year, month, 1)
        return first + DAY * ((weekday - first.weekday()) % 7) + timedelta(weeks=nth - 1)

    return rule


def _after(rule: Rule, days: int) -> Rule:
    def moved(year: int) -> date | None:
        found = rule(year)
        return found + DAY * days if found else None

    return moved


def easter(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Eastern Easter Sunday (the Julian computus, 13 days on; right for 1900–2099)."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + DAY * 13


def _qingming(year: int) -> date:
    """清明: the usual solar-term formula for 2000–2099 (4 or 5 April)."""
    short = year % 100
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)


def _solstice(year: int) -> date:
    short = year % 100
    return date(year, 12, int(short * 0.2422 + 21.94) - short // 4)


def _boss(year: int) -> date:
    """16 October, or the nearest working day."""
    day = date(year, 10, 16)
    return day + DAY * {5: -1, 6: 1}.get(day.weekday(), 0)


def _kings(year: int) -> date:
    """27 April, the day before when that is a Sunday."""
    day = date(year, 4, 27)
    return day - DAY if day.weekday() == 6 else day


_MOON_EVE: Rule = lambda year: lunar.eve(year - 1)  # noqa: E731 - one more row of the table

CHINESE: dict[str, Rule] = {
    "元旦": _fixed(1, 1),
    "春节": _moon(1, 1),
    "农历新年": _moon(1, 1),
    "正月正时": _moon(1, 1),
    "过年": _moon(1, 1),
    "新年": _fixed(1, 1),
    "除夕": _MOON_EVE,
    "年三十": _MOON_EVE,
    "大年三十": _MOON_EVE,
    "元宵": _moon(1, 15),
    "清明": _qingming,
    "五一": _fixed(5, 1),
    "劳动节": _fixed(5, 1),
    "端午": _moon(5, 5),
    "七夕": _moon(7, 7),
    "中元": _moon(7, 15),
    "中秋": _moon(8, 15),
    "重阳": _moon(9, 9),
    "腊八": lambda year: lunar.solar(year - 1, 12, 8),
    "冬至": _solstice,
    "国庆": _fixed(10, 1),
    "十一国庆": _fixed(10, 1),
    "情人节": _fixed(2, 14),
    "圣瓦伦丁节": _fixed(2, 14),
    "妇女节": _fixed(3, 8),
    "三八节": _fixed(3, 8),
    "女生节": _fixed(3, 7),
    "植树节": _fixed(3, 12),
    "消费者权益日": _fixed(3, 15),
    "国际消费者权益日": _fixed(3, 15),
    "愚人节": _fixed(4, 1),
    "地球日": _fixed(4, 22),
    "青年节": _fixed(5, 4),
    "护士节": _fixed(5, 12),
    "儿童节": _fixed(6, 1),
    "国际儿童节": _fixed(6, 1),
    "六一": _fixed(6, 1),
    "建党节": _fixed(7, 1),
    "建军节": _fixed(8, 1),
    "八一建军节": _fixed(8, 1),
    "八一": _fixed(8, 1),
    "教师节": _fixed(9, 10),
    "老板节": _boss,
    "光棍节": _fixed(11, 11),
    "双十一": _fixed(11, 11),
    "双11": _fixed(11, 11),
    "双十二": _fixed(12, 12),
    "双12": _fixed(12, 12),
    "618": _fixed(6, 18),
    "平安夜": _fixed(12, 24),
    "圣诞": _fixed(12, 25),
    "圣诞夜": _fixed(12, 24),
    "节礼日": _fixed(12, 26),
    "万圣": _fixed(10, 31),
    "万圣夜": _fixed(10, 31),
    "感恩节": _nth(11, 3, 4),
    "黑色星期五": _after(_nth(11, 3, 4), 1),
    "黑五": _after(_nth(11, 3, 4), 1),
    "母亲节": _nth(5, 6, 2),
    "父亲节": _nth(6, 6, 3),
    "澳门回归纪念日": _fixed(12, 20),
    "香港回归纪念日": _fixed(7, 1),
    "复活节": easter,
    "主复活日": easter,
    "复活节星期一": _after(easter, 1),
    "复活节前夜": _after(easter, -1),
    "耶稣受难日": _after(easter, -2),
    "主受难日": _after(easter, -2),
    "圣周五": _after(easter, -2),
    "圣周四": _after(easter, -3),
    "圣周六": _after(easter, -1),
    "棕枝主日": _after(easter, -7),
    "圣枝主日": _after(easter, -7),
    "五旬节": _after(easter, 49),
    "圣灵降临日": _after(easter, 49),
    "圣三主日": _after(easter, 56),
    "大斋首日": _after(easter, -46),
    "圣灰礼仪日": _after(easter, -46),
    "圣灰星期三": _after(easter, -46),
    "煎饼星期二": _after(easter, -47),
    "忏悔星期二": _after(easter, -47),
    "棕榈主日": _after(easter, -7),
    "圣树主日": _after(easter, -7),
    "基督苦难主日": _after(easter, -7),
    "圣周星期四": _after(easter, -3),
    "神圣星期四": _after(easter, -3),
    "濯足节": _after(easter, -3),
    "设立圣餐日": _after(easter, -3),
    "主受难节": _after(easter, -2),
    "沈默周五": _after(easter, -2),
    "神圣周六": _after(easter, -1),
    "主受难节翌日": _after(easter, -1),
    "耶稣升天节": _after(easter, 39),
    "圣灵节庆日": _after(easter, 50),
    "圣三一主日": _after(easter, 56),
    "天主三一主日": _after(easter, 56),
    "圣三节": _after(easter, 56),
    "基督圣体节": _after(easter, 60),
    "基督圣体圣血节": _after(easter, 60),
    "东正教复活节": orthodox_easter,
    "东正教复活节星期一": _after(orthodox_easter, 1),
    "东正教复活节前夜": _after(orthodox_easter, -1),
    "东正教圣周六": _after(orthodox_easter, -1),
    "拉撒路圣周六": _after(orthodox_easter, -8),
    "东正教圣周五": _after(orthodox_easter, -2),
    "东正教主受难节": _after(orthodox_easter, -2),
    "东正教耶稣受难日": _after(orthodox_easter, -2),
    "东正教棕枝主日": _after(orthodox_easter, -7),
    "东正教圣树主日": _after(orthodox_easter, -7),
}

ENGLISH: dict[str, Rule] = {
    "new year's day": _fixed(1, 1),
    "new years day": _fixed(1, 1),
    "new year": _fixed(1, 1),
    "yuandan": _fixed(1, 1),
    "new year's eve": _fixed(12, 31),
    "new years eve": _fixed(12, 31),
    "new year eve": _fixed(12, 31),
    "chinese new year": _moon(1, 1),
    "lunar new year": _moon(1, 1),
    "spring festival": _moon(1, 1),
    "mid-autumn festival": _moon(8, 15),
    "dragon boat festival": _moon(5, 5),
    "valentine's day": _fixed(2, 14),
    "valentine day": _fixed(2, 14),
    "valentines day": _fixed(2, 14),
    "st patrick's day": _fixed(3, 17),
    "saint patrick's day": _fixed(3, 17),
    "st paddy's day": _fixed(3, 17),
    "saint paddy's day": _fixed(3, 17),
    "april fools": _fixed(4, 1),
    "earth day": _fixed(4, 22),
    "may day": _fixed(5, 1),
    "labour day": _fixed(5, 1),
    "labor day": _nth(9, 0, 1),
    "memorial day": _nth(5, 0, -1),
    "independence day": _fixed(7, 4),
    "fourth of july": _fixed(7, 4),
    "halloween": _fixed(10, 31),
    "hallowe'en": _fixed(10, 31),
    "veterans day": _fixed(11, 11),
    "singles day": _fixed(11, 11),
    "world vegan day": _fixed(11, 1),
    "thanksgiving": _nth(11, 3, 4),
    "thanksgiving day": _nth(11, 3, 4),
    "thanks giving day": _nth(11, 3, 4),
    "black friday": _after(_nth(11, 3, 4), 1),
    "cyber monday": _after(_nth(11, 3, 4), 4),
    "christmas": _fixed(12, 25),
    "christmas day": _fixed(12, 25),
    "xmas": _fixed(12, 25),
    "xmas day": _fixed(12, 25),
    "christmas eve": _fixed(12, 24),
    "xmas eve": _fixed(12, 24),
    "boxing day": _fixed(12, 26),
    "mother's day": _nth(5, 6, 2),
    "father's day": _nth(6, 6, 3),
    "mlk day": _nth(1, 0, 3),
    "martin luther king day": _nth(1, 0, 3),
    "presidents' day": _nth(2, 0, 3),
    "presidents day": _nth(2, 0, 3),
    "columbus day": _nth(10, 0, 2),
    "national day": _fixed(10, 1),
    "easter": easter,
    "easter sunday": easter,
    "easter monday": _after(easter, 1),
    "easter mon": _after(easter, 1),
    "good friday": _after(easter, -2),
    "maundy thursday": _after(easter, -3),
    "covenant thursday": _after(easter, -3),
    "covenant thu": _after(easter, -3),
    "holy saturday": _after(easter, -1),
    "palm sunday": _after(easter, -7),
    "branch sunday": _after(easter, -7),
    "ash wednesday": _after(easter, -46),
    "mardi gras": _after(easter, -47),
    "shrove tuesday": _after(easter, -47),
    "pancake day": _after(easter, -47),
    "ascension day": _after(easter, 39),
    "pentecost": _after(easter, 49),
    "whit sunday": _after(easter, 49),
    "whit monday": _after(easter, 50),
    "trinity sunday": _after(easter, 56),
    "corpus christi": _after(easter, 60),
    "boss's day": _boss,
    "boss's": _boss,
    "bosses day": _boss,
    "koningsdag": _kings,
    "king's day": _kings,
    "st. patrick's day": _fixed(3, 17),
    "thu of mysteries": _after(easter, -3),
    "whitsun": _after(easter, 49),
    "lent": _after(easter, -46),
    "ascension thursday": _after(easter, 39),
    "orthodox easter monday": _after(orthodox_easter, 1),
    "orthodox palm sunday": _after(orthodox_easter, -7),
    "orthodox easter": orthodox_easter,
    "orthodox good friday": _after(orthodox_easter, -2),
    "clean monday": _after(orthodox_easter, -48),
}


def upcoming(rule: Rule, today: date) -> date | None:
    """The next such day, today included; moon holidays of January may belong to last year."""
    for year in range(today.year, today.year + 3):
        found = rule(year)
        if found is not None and found >= today:
            return found
    return None
