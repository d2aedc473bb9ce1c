"""Commands that count and list: reports, goals, forecasts, deals, stale deals."""

import re
from collections.abc import Callable
from decimal import Decimal

from bot.language import amounts, lexicon, rules, stages
from bot.language.extract import Sentence
from bot.language.rules import Slots, rule

_WHOSE = (
    r"(?P<k_scope_team>团队|我们团队|全组|组里|部门|全公司|公司|大家|所有人|team|everyone)|"
    r"(?P<k_scope_mine>我的?|我自己|本人|my|mine)"
)

STALE = r"(?:没有?跟进|未跟进|没联系|未联系|没动静|没有?动|没聊|没跟|没有?联系|不活跃|没回访)"

_PERIODS = {
    "今天": "today",
    "今日": "today",
    "today": "today",
    "daily": "today",
    "昨天": "yesterday",
    "yesterday": "yesterday",
    "本周": "week",
    "这周": "week",
    "这个星期": "week",
    "week": "week",
    "weekly": "week",
    "this week": "week",
    "上周": "last_week",
    "last week": "last_week",
    "本月": "month",
    "这个月": "month",
    "当月": "month",
    "month": "month",
    "monthly": "month",
    "this month": "month",
    "上个月": "last_month",
    "上月": "last_month",
    "last month": "last_month",
    "本季度": "quarter",
    "这个季度": "quarter",
    "本季": "quarter",
    "这季度": "quarter",
    "quarter": "quarter",
    "this quarter": "quarter",
    "上季度": "last_quarter",
    "上个季度": "last_quarter",
    "last quarter": "last_quarter",
    "今年": "year",
    "本年": "year",
    "year": "year",
    "this year": "year",
    "去年": "last_year",
    "last year": "last_year",
    "月底": "month",
    "年底": "year",
}


def _period(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    """The period by name and by days, from any date in the sentence."""
    for span in sentence.dates:
        word = sentence.folded[span.start : span.end].strip()
        slots["period"] = _PERIODS.get(word, "days")
        rules.put_period(span.moment, slots)
        break
    if slots.get("owner") in lexicon.NOT_NAMES:
        slots.pop("owner")
    return slots


def _kind(kind: str) -> Callable[[Sentence, re.Match[str], Slots], Slots]:
    def build(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
        return _period(sentence, match, {"kind": kind, **slots})

    return build


def stale(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    """How long nobody wrote: 半个月没跟进的, 7天没跟的, stale 7d."""
    found = re.search(
        r"(半|\d{1,3}|[一二两三四五六七八九十]{1,3}) ?(?:个)?(天|日|周|星期|礼拜|月|d"
        r"|days?|w|weeks?|months?)",
        sentence.folded,
    )
    if found:
        slots["days"] = _days(found.group(1), found.group(2))
    return slots


def _days(count: str, unit: str) -> int:
    size = {"天": 1, "日": 1, "d": 1, "周": 7, "星": 7, "礼": 7, "w": 7}.get(unit[0], 30)
    if count == "半":
        return 15 if size == 30 else size // 2
    value = amounts.read(count)
    return int((value.value if value and value.value else Decimal(1)) * size)


def _deals(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    """Filters of a deal list: a stage and bounds (商机 谈判 >10w)."""
    stage = re.search(stages.OPEN, sentence.folded)
    if stage:
        slots["stage"] = stages.key(stage.group())
    for bound in re.finditer(
        r"(>=?|<=?|超过|大于|高于|小于|低于|over|under|above|below) ?"
        r"([\d.,]{1,12} ?[万wk]?|[一二两三四五六七八九十百]{1,5}[万千])",
        sentence.folded,
    ):
        amount = amounts.read(bound.group(2))
        if amount and amount.value is not None:
            low = bound.group(1)[0] in ">超大高oa"
            slots["min" if low else "max"] = rules.plain(amount.value)
    if slots.get("owner") in lexicon.NOT_NAMES:
        slots.pop("owner")
    return slots


REPORTS = [
    rule(
        "goal",
        r"(?:设置?目标|目标|goal|set goal)[ :]{0,2}<O>[ ]?(?:的)?(?:"
        r"(?P<d_period>\ue001{1,30})|(?P<t_period>month|week|quarter|year))[ ]?(?:是|为"
        r"|:)?[ ]?<A>",
        build=_period,
    ),
    rule("goal", r"(?:目标|goal)[ :]{0,2}(?:\ue001{1,30})?[ ]?<A>", build=_period),
    rule(
        "report",
        rf"(?:看|查)?(?:一下)?(?:{_WHOSE})?(?:\ue001{{1,30}})?(?:的)?(?:日报|daily report)",
        build=_kind("daily"),
    ),
    rule(
        "report",
        rf"(?:看|查)?(?:一下)?(?:{_WHOSE})?(?:\ue001{{1,30}})?(?:的)?(?:周报)",
        build=_kind("weekly"),
    ),
    rule(
        "report",
        rf"(?:看|查)?(?:一下)?(?:{_WHOSE})?(?:的)?(?:\ue001{{1,30}})?(?:的)?(?:销售)?"
        r"(?:漏斗图?|funnel)(?:\ue001{1,30})?",
        build=_kind("funnel"),
    ),
    rule(
        "report",
        rf"(?:看|查)?(?:一下)?(?:{_WHOSE}|<O>)?(?:的)?[ ]?(?:\ue001{{1,30}})?(?:的)?[ ]?"
        r"(?:销售)?(?:业绩|销售额|成绩|战绩|results|performance|revenue|sales)(?:情况"
        r"|怎么样|如何|报表)?[ ]?(?:\ue001{1,30})?[ ]?(?P<k_scope_team2>团队)?".replace(
            "(?P<k_scope_team2>团队)", "(?:团队|team)"
        ),
        build=_kind("results"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE})?(?:\ue001{{1,30}})?(?:的)?(?:业绩|销售|签单|成交)?(?:排行榜?|排名"
        r"|龙虎榜|ranking|leaderboard)(?:\ue001{1,30})?",
        build=_kind("ranking"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE}|<O>)?(?:的|我)?\ue001{{1,30}}(?:的)?(?:团队|我们|大家|我)?"
        r"(?:一共|总共|都|共)?(?:签|赢|成交|完成|卖|做|新增|输|丢)了?(?:多少|几)"
        r"(?:单|个|钱|业绩|万|金额|合同)?(?:.{0,12})?",
        build=_kind("results"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE})?\ue001{{0,30}}(?:还|离目标|距离目标)?(?:还)?(?:差|缺)(?:多少|几).{{0,12}}",
        build=_kind("gap"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE})?(?:目标|任务指标|指标)(?:完成)?(?:了)?(?:多少|情况|率|进度|怎么样"
        r"|如何|几成).{0,6}|(?"
        rf":{_WHOSE.replace('?P<k_scope_team>', '?:').replace('?P<k_scope_mine>', '?:')})?"
        r"\ue001{1,30}(?:的)?目标(?:完成|达成|进度).{0,8}",
        build=_kind("gap"),
    ),
    rule(
        "report",
        r"(?:团队|组里|大家)(?:里|的)?(?:谁|哪些人|哪个)(?:没回|没回复|还没回)(?:客户|消息)?",
        build=_kind("unanswered"),
    ),
    rule(
        "report",
        r"(?:看|look at)[ ]?<O>(?:的(?:业绩|情况|数据))?",
        build=lambda s, m, x: (
            _period(s, m, {"kind": "rep", **x})
            if lexicon.PERSON.fullmatch(str(x.get("owner", "")))
            else None
        ),
    ),
    rule(
        "report",
        r"(?:report|report for|show report)[ ]?(?:for )?(?:\ue001{1,30}|week|month|today"
        r"|quarter|team)",
        build=_kind("results"),
    ),
    rule(
        "report",
        r"how (?:much|many)(?: deals?)?(?: have| did| has)?(?: we| i| the team)?"
        r"(?: closed?| won| sold?| signed?| sell| win| sign).{0,30}",
        build=_kind("results"),
    ),
    rule(
        "forecast",
        r"(?:预测|forecast)[ :]{0,2}(?:\ue001{1,30}|month|quarter|week|year)?",
        build=_period,
    ),
    rule(
        "forecast",
        r"\ue001{1,30}(?:前|之前|内)?(?:大概|预计|还)?(?:能|可以|会|预计)(?:签|成交|完成"
        r"|做|拿下|到账|赢)(?:的)?(?:多少|几|哪些|单子|有哪些|什么).{0,10}",
        build=_period,
    ),
    rule(
        "forecast",
        r"(?:预计|哪些|有哪些|什么).{0,4}\ue001{1,30}(?:能|会|可以|要)?(?:签|成交)(?:的)?.{0,10}",
        build=_period,
    ),
    rule(
        "deals",
        rf"(?:商机|deals)[ :](?P<t_filter>(?:{stages.OPEN}|[><]|超过|大于|\ue009"
        r"|\ue002).{0,40}|.{0,10}[><].{1,20})",
        build=_deals,
    ),
    rule(
        "deals",
        rf"(?:{_WHOSE}|<O>)?(?:的|手上的?|手里的?|名下的?)?(?:现在|目前|手上|手里)?(?:还|都"
        r"|一共|总共)?(?:有)(?:多少|几个|哪些|什么|几单)(?:在谈的?|在跟的?|进行中的?)?"
        r"(?:单子?|商机|deal|项目)",
        build=_deals,
    ),
    rule(
        "deals",
        rf"(?:{_WHOSE})?(?:手上|手里|手头|名下|在跟|在谈|进行中)(?:的)?(?:还有)?(?:哪些|的"
        r"|多少|几个|有哪些)?(?:单子?|商机|deals?|项目)(?:有哪些|列表)?",
        build=_deals,
    ),
    rule(
        "deals",
        rf"(?:卡在|停在|处于|在|到)?(?:{stages.OPEN})(?:阶段)?(?:超过|停了|卡了"
        r"|停留)?.{0,12}(?:的)?(?:单子?|商机|deals?|项目|客户)(?:有哪些|有几个|列表"
        r"|有多少)?",
        build=_deals,
    ),
    rule(
        "deals",
        r"(?:超过|大于|高于|\ue002).{0,8}(?:以上)?的(?:单子?|商机|deals?|项目)(?:有哪些)?",
        build=_deals,
    ),
    rule(
        "stale",
        r"(?:stale|cold)(?: deals| customers)?[ ]?(?:\d{1,3} ?(?:d|days?|w|weeks?))?",
        build=stale,
    ),
    rule(
        "stale",
        r"(?:超过|有)?(?:\ue001{1,30}|\d{1,3}天|半个月|[一二两三四五六七八九十]{1,3}"
        rf"(?:天|周|个月|个星期))(?:以上|都|内|多|了)?{STALE}(?:过)?(?:的)?(?:单子?|商机)?"
        r"(?:有哪些|有几个)?",
        build=stale,
    ),
    rule(
        "stale",
        rf"(?:哪些|有哪些|什么)?(?:客户|单子?|商机)?(?:好久|很久|长期|长时间|一直){STALE}"
        r"(?:了|的|过){0,3}(?:客户|单子?)?(?:有哪些)?",
        build=stale,
    ),
]
