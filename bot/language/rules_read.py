"""Commands that only look: keywords, help, settings, reports, lists, history, contact, query."""

import re
from decimal import Decimal
from typing import Any

from bot.language import amounts, lexicon, rules, stages
from bot.language.extract import Sentence
from bot.language.rules import Slots, rule
from bot.language.rules_people import FIELD

_LOOK = r"(?:查询一下|查一查|查一下|查下|查询|查看一下|查看|查客户|查|看一下|看下|看看|看一看|打开|帮我看看|帮我看下|帮我查|cha|kan|find customer|find client|find|show me|show|look ?up|search for|get|open|view|who is|who's|tell me about|info on|info about|details of|details on)"
_HOW = r"(?:怎么样了?|咋样了?|如何了?|什么情况了?|啥情况了?|情况怎么样|情况如何|怎样了?|进展如何|进展怎么样|进展|什么进度|到哪了|到哪一步了|到什么阶段了|啥进展|有什么进展|情况|的情况|详情|资料|信息|档案|的资料|的信息|现在什么阶段|在什么阶段|什么阶段|哪个阶段|是谁|是谁啊|是哪家|是做什么的|做什么的|是干什么的|是谁的客户|谁在跟|谁跟的|谁负责|归谁|是谁在跟)"
_HISTORY = r"(?:历史记录|历史|聊天记录|沟通记录|跟进记录|跟进历史|往来记录|联系记录|通话记录|对话记录|时间线|记录|动态|timeline|history|log|notes)"
_MONEY_ASK = (
    r"(?:多少钱|多少|金额多少|金额是多少|报价多少|报了多少|谈到多少|什么价|几个钱|多大|多大金额)"
)
_PERIOD = r"(?P<d_period>\ue001{1,30})"
_WHOSE = r"(?P<k_scope_team>团队|我们团队|全组|组里|部门|全公司|公司|大家|所有人|team|everyone)|(?P<k_scope_mine>我的?|我自己|本人|my|mine)"
_STALE_WORDS = (
    r"(?:没有?跟进|未跟进|没联系|未联系|没动静|没有?动|没聊|没跟|没有?联系|不活跃|没回访)"
)

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


def _kind(kind: str) -> Any:
    def build(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
        return _period(sentence, match, {"kind": kind, **slots})

    return build


def _stale(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    """How long nobody wrote: 半个月没跟进的, 7天没跟的, stale 7d."""
    found = re.search(
        r"(半|\d{1,3}|[一二两三四五六七八九十]{1,3}) ?(?:个)?(天|日|周|星期|礼拜|月|d|days?|w|weeks?|months?)",
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


def _listed(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """A list of customers: the period they were added in, and the words left to search by."""
    if sentence.dates and "text" not in slots:
        rules.put_period(sentence.dates[0].moment, slots)
    if "公海" in sentence.folded:
        slots["scope"] = "pool"
    stale = re.search(_STALE_WORDS, sentence.folded)
    if stale:
        days = _stale(sentence, match, {}).get("days")
        slots["stale_days"] = days or 14
    text = str(slots.get("text", "")).strip("的 客户")
    if text:
        slots["text"] = text
    else:
        slots.pop("text", None)
    return slots


def _deals(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    """Filters of a deal list: a stage and bounds (商机 谈判 >10w)."""
    stage = re.search(stages.OPEN, sentence.folded)
    if stage:
        slots["stage"] = stages.key(stage.group())
    for bound in re.finditer(
        r"(>=?|<=?|超过|大于|高于|小于|低于|over|under|above|below) ?([\d.,]{1,12} ?[万wk]?|[一二两三四五六七八九十百]{1,5}[万千])",
        sentence.folded,
    ):
        amount = amounts.read(bound.group(2))
        if amount and amount.value is not None:
            low = bound.group(1)[0] in ">超大高oa"
            slots["min" if low else "max"] = rules.plain(amount.value)
    if slots.get("owner") in lexicon.NOT_NAMES:
        slots.pop("owner")
    return slots


def _asked(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return None if slots.get("customer") in lexicon.NOT_NAMES else slots


def _amount_only(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return slots if {"amount", "delta", "factor", "low", "high"} & slots.keys() else None


def _wrong_customer(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return slots or None


UNDO = [
    rule(
        "undo",
        r"(?:撤销|撤回|撤消|撤销上一步|撤回上一步|取消上一步|回退|恢复|还原|改错了|搞错了|弄错了|写错了|记错了|发错了|说错了|点错了|错了|刚刚那个不对|刚才那个不对|刚才的不对|刚才那个错了|上一条撤销|上一个撤销|撤销刚才的?|撤销刚刚的?|撤回刚才的|不算|刚才的不算|undo|oops|revert|undo that|undo last|take that back|my mistake|wrong|scratch that|never mind that)(?:吧|一下|了)?",
    ),
    rule(
        "correct",
        r"(?:不对|不是|错了|说错了|写错了|改错了|搞错了|记错了|打错了|no|wrong|sorry|correction|i mean|oops)[ ,，:!。]{1,3}(?:应该|其实|是|应该是|改成|它|it's|its|should be|make it|i meant|actually)*[ ]?<A>(?:才对|才是)?(?:吧)?",
        build=_amount_only,
    ),
    rule(
        "correct",
        r"(?:不对|不是|错了|说错了|写错了|记错了|no|wrong|sorry|correction)[ ,，:!。]{0,3}(?:应该|其实|是|应该是|改成|it's|should be|make it)*[ ]?(?P<d_date>\ue001{1,40})(?:才对)?",
    ),
    rule(
        "correct",
        r"(?:不对|不是|错了|说错了|写错了)[ ,，:!。]{0,3}(?:应该|其实|是|应该是|改成)*[ ]?<S>(?:才对)?",
    ),
    rule(
        "correct",
        r"(?:不是|不对)[ ]?(?P<a_wrong>\ue002{1,40})[ ,，]{0,2}(?:应该)?(?:是|而是|改成)[ ]?<A>",
        build=lambda s, m, x: {k: v for k, v in x.items() if k != "wrong"},
    ),
    rule(
        "correct",
        r"(?:刚才|刚刚)?(?:记|弄|搞|选|写|发)?错(?:客户|人|公司)了[ ,，。:]{0,3}(?:应该)?(?:是|记到)?<E>(?:不是(?P<e_wrong>.{2,20}?))?",
        build=_wrong_customer,
    ),
    rule(
        "correct",
        r"(?:刚才|刚刚)?(?:记|弄|搞)?错(?:客户|人|公司)了?[ ,，。:]{0,3}(?:不是)(?P<e_wrong>.{2,20}?)[ ,，]{0,2}(?:应该)?是<E>",
    ),
    rule(
        "correct",
        r"wrong (?:customer|client|company|one)[ ,:]{1,3}(?:it's|its|it is|should be|i meant)? ?<E>",
    ),
]

KEYWORDS: dict[str, tuple[str, Slots]] = {
    **dict.fromkeys(
        [
            "帮助",
            "?",
            "help",
            "菜单",
            "怎么用",
            "怎么使用",
            "使用说明",
            "使用帮助",
            "功能",
            "指令",
            "命令",
            "说明",
            "你会什么",
            "你能做什么",
            "能做什么",
            "有什么功能",
            "有哪些功能",
            "会干啥",
            "你会干什么",
            "都能干啥",
            "能干嘛",
            "你能干嘛",
            "menu",
            "commands",
            "h",
            "??",
            "how to use",
            "what can you do",
            "帮助文档",
            "教程",
            "教我",
            "怎么玩",
        ],
        ("help", {}),
    ),
    **dict.fromkeys(
        ["待办", "我的待办", "todo", "todos", "任务", "tasks", "my tasks", "日程"], ("tasks", {})
    ),
    **dict.fromkeys(
        [
            "商机",
            "我的商机",
            "deals",
            "my deals",
            "手上的单子",
            "单子",
            "商机列表",
            "我的单子",
            "pipeline",
        ],
        ("deals", {}),
    ),
    **dict.fromkeys(
        ["客户", "我的客户", "customers", "客户列表", "my customers", "全部客户", "所有客户"],
        ("list", {}),
    ),
    **dict.fromkeys(["公海", "公海客户", "pool"], ("list", {"scope": "pool"})),
    **dict.fromkeys(
        [
            "未回",
            "没回的",
            "新消息",
            "inbox",
            "未读",
            "未读消息",
            "待回复",
            "未回复",
            "谁还没回",
            "还有谁没回",
            "谁没回",
            "有新消息",
            "unread",
            "unanswered",
        ],
        ("inbox", {}),
    ),
    **dict.fromkeys(["待归类", "分拣", "triage"], ("triage", {})),
    **dict.fromkeys(
        ["后台", "登录", "login", "管理后台", "打开后台", "网页", "网页版", "web"], ("web", {})
    ),
    **dict.fromkeys(
        ["日报", "今日日报", "daily", "daily report", "report", "今天的日报", "工作日报"],
        ("report", {"kind": "daily", "period": "today"}),
    ),
    **dict.fromkeys(
        ["周报", "weekly", "weekly report", "本周周报", "report week"],
        ("report", {"kind": "weekly", "period": "week"}),
    ),
    **dict.fromkeys(
        ["月报", "monthly report", "report month"],
        ("report", {"kind": "monthly", "period": "month"}),
    ),
    **dict.fromkeys(["漏斗", "销售漏斗", "funnel", "漏斗图"], ("report", {"kind": "funnel"})),
    **dict.fromkeys(["业绩", "我的业绩", "results"], ("report", {"kind": "results"})),
    **dict.fromkeys(
        ["排行", "排行榜", "业绩排行", "排名", "业绩排名", "top", "ranking", "leaderboard"],
        ("report", {"kind": "ranking"}),
    ),
    **dict.fromkeys(["团队谁没回"], ("report", {"kind": "unanswered", "scope": "team"})),
    **dict.fromkeys(["目标", "我的目标", "goal", "goals"], ("goal", {})),
    **dict.fromkeys(["我的码", "我的二维码", "二维码", "my qr", "qr", "my code"], ("my_code", {})),
    **dict.fromkeys(["预测", "forecast", "业绩预测"], ("forecast", {})),
    **dict.fromkeys(
        ["久未跟进", "冷单", "沉睡客户", "stale", "久未联系", "长期未跟进", "僵尸客户"],
        ("stale", {}),
    ),
    **dict.fromkeys(["当前", "当前客户", "current"], ("context", {"action": "show"})),
    **dict.fromkeys(["忘掉当前", "清空", "清空当前", "forget"], ("context", {"action": "clear"})),
    **dict.fromkeys(["退出", "leave", "exit", "quit"], ("attend", {"action": "leave"})),
    **dict.fromkeys(["话术", "模板", "snippets", "templates"], ("template", {})),
    **dict.fromkeys(["签到", "打卡", "check in", "checkin"], ("visit", {})),
    **dict.fromkeys(
        ["今天有啥事", "今天有什么事", "今天干啥", "今天有什么安排", "今天要干啥"],
        ("tasks", {"day": "today"}),
    ),
}

SETTINGS = [
    rule("help", r"(?:帮助|help)[ :](?P<t_topic>.{1,40})"),
    rule(
        "help",
        r"(?:怎么|如何|怎样|咋)(?:才能|去|来|在这里|用你)?(?P<t_topic>(?:改|修改|更新|加|新建|新增|添加|建|录入?|记录?|发|回复|转|分配|设置|查|看|用|推进|删|删除|取消|撤销|导出|导入|绑定|提醒|标记|打标签|合并|认领|写|关联).{0,30}?)(?:啊|呀|呢|的)?\??",
    ),
    rule(
        "help",
        r"(?P<t_topic>.{1,12})(?:怎么|如何|咋)(?:用|改|弄|录|建|设置|操作|写|填|加)(?:啊|呀|呢)?\??",
    ),
    rule(
        "help",
        r"how (?:do|can|to)(?: i)? (?P<t_topic>(?:change|add|create|set|send|move|log|use|update|delete|assign|undo|find|reply).{0,40})",
    ),
    rule("settings", r"(?:绑定|bind)[ :]{0,2}(?P<t_code>[a-z0-9]{4,12})"),
    rule(
        "settings",
        r"(?:语言|切换语言|切换到|切换成|改成|换成|lang|language)[ :]{0,2}(?P<t_language>英文|英语|中文|汉语|english|chinese|en|zh|简体中文|简体)",
    ),
    rule(
        "settings",
        r"(?:时区|timezone|tz)[ :]{0,2}(?:改成|改为|设为|set to)?[ ]?(?P<t_timezone>[^\s\d]{2,30})",
    ),
    rule("settings", r"(?:免打扰|勿扰|静音|mute|dnd|quiet)[ :]{0,2}(?P<t_mute>.{1,20})"),
    rule(
        "settings",
        r"(?P<k_digest_off>关闭|关掉|不要|停掉)(?:早报|晚报|日报推送|推送|摘要)|(?P<k_digest_on>打开|开启|恢复)(?:早报|晚报|日报推送|推送|摘要)",
    ),
    rule("my_code", r"(?:我的码|我的二维码|my qr|二维码)[ :](?P<t_source>.{1,30})"),
]

REPORTS = [
    rule(
        "goal",
        r"(?:设置?目标|目标|goal|set goal)[ :]{0,2}<O>[ ]?(?:的)?(?P<d_period>\ue001{1,30}|month|week|quarter|year)[ ]?(?:是|为|:)?[ ]?<A>",
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
        rf"(?:看|查)?(?:一下)?(?:{_WHOSE})?(?:的)?(?:\ue001{{1,30}})?(?:的)?(?:销售)?(?:漏斗图?|funnel)(?:\ue001{{1,30}})?",
        build=_kind("funnel"),
    ),
    rule(
        "report",
        rf"(?:看|查)?(?:一下)?(?:{_WHOSE}|<O>)?(?:的)?[ ]?(?:\ue001{{1,30}})?(?:的)?[ ]?(?:销售)?(?:业绩|销售额|成绩|战绩|results|performance|revenue|sales)(?:情况|怎么样|如何|报表)?[ ]?(?:\ue001{{1,30}})?[ ]?(?P<k_scope_team2>团队)?".replace(
            "(?P<k_scope_team2>团队)", "(?:团队|team)"
        ),
        build=_kind("results"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE})?(?:\ue001{{1,30}})?(?:的)?(?:业绩|销售|签单|成交)?(?:排行榜?|排名|龙虎榜|ranking|leaderboard)(?:\ue001{{1,30}})?",
        build=_kind("ranking"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE}|<O>)?(?:的|我)?\ue001{{1,30}}(?:的)?(?:{_WHOSE.replace('k_scope_team', 'k_scope_teamb').replace('k_scope_mine', 'k_scope_mineb')})?(?:一共|总共|都|共)?(?:签|赢|成交|完成|卖|做|新增|输|丢)了?(?:多少|几)(?:单|个|钱|业绩|万|金额|合同)?(?:.{{0,12}})?".replace(
            "(?P<k_scope_teamb>", "(?:"
        ).replace("(?P<k_scope_mineb>", "(?:"),
        build=_kind("results"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE})?\ue001{{0,30}}(?:还|离目标|距离目标)?(?:还)?(?:差|缺)(?:多少|几).{{0,12}}",
        build=_kind("gap"),
    ),
    rule(
        "report",
        rf"(?:{_WHOSE})?(?:目标|任务指标|指标)(?:完成)?(?:了)?(?:多少|情况|率|进度|怎么样|如何|几成).{{0,6}}|(?:{_WHOSE.replace('?P<k_scope_team>', '?:').replace('?P<k_scope_mine>', '?:')})?\ue001{{1,30}}(?:的)?目标(?:完成|达成|进度).{{0,8}}",
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
        r"(?:report|report for|show report)[ ]?(?:for )?(?:\ue001{1,30}|week|month|today|quarter|team)",
        build=_kind("results"),
    ),
    rule(
        "report",
        r"how (?:much|many)(?: deals?)?(?: have| did| has)?(?: we| i| the team)?(?: closed?| won| sold?| signed?| sell| win| sign).{0,30}",
        build=_kind("results"),
    ),
    rule(
        "forecast",
        r"(?:预测|forecast)[ :]{0,2}(?:\ue001{1,30}|month|quarter|week|year)?",
        build=_period,
    ),
    rule(
        "forecast",
        r"\ue001{1,30}(?:前|之前|内)?(?:大概|预计|还)?(?:能|可以|会|预计)(?:签|成交|完成|做|拿下|到账|赢)(?:的)?(?:多少|几|哪些|单子|有哪些|什么).{0,10}",
        build=_period,
    ),
    rule(
        "forecast",
        r"(?:预计|哪些|有哪些|什么).{0,4}\ue001{1,30}(?:能|会|可以|要)?(?:签|成交)(?:的)?.{0,10}",
        build=_period,
    ),
    rule(
        "deals",
        rf"(?:商机|deals)[ :](?P<t_filter>(?:{stages.OPEN}|[><]|超过|大于|\ue009|\ue002).{{0,40}}|.{{0,10}}[><].{{1,20}})",
        build=_deals,
    ),
    rule(
        "deals",
        rf"(?:{_WHOSE}|<O>)?(?:的|手上的?|手里的?|名下的?)?(?:现在|目前|手上|手里)?(?:还|都|一共|总共)?(?:有)(?:多少|几个|哪些|什么|几单)(?:在谈的?|在跟的?|进行中的?)?(?:单子?|商机|deal|项目)",
        build=_deals,
    ),
    rule(
        "deals",
        rf"(?:{_WHOSE})?(?:手上|手里|手头|名下|在跟|在谈|进行中)(?:的)?(?:还有)?(?:哪些|的|多少|几个|有哪些)?(?:单子?|商机|deals?|项目)(?:有哪些|列表)?",
        build=_deals,
    ),
    rule(
        "deals",
        rf"(?:卡在|停在|处于|在|到)?(?:{stages.OPEN})(?:阶段)?(?:超过|停了|卡了|停留)?.{{0,12}}(?:的)?(?:单子?|商机|deals?|项目|客户)(?:有哪些|有几个|列表|有多少)?",
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
        build=_stale,
    ),
    rule(
        "stale",
        rf"(?:超过|有)?(?:\ue001{{1,30}}|\d{{1,3}}天|半个月|[一二两三四五六七八九十]{{1,3}}(?:天|周|个月|个星期))(?:以上|都|内|多|了)?{_STALE_WORDS}(?:过)?(?:的)?(?:单子?|商机)?(?:有哪些|有几个)?",
        build=_stale,
    ),
    rule(
        "stale",
        rf"(?:哪些|有哪些|什么)?(?:客户|单子?|商机)?(?:好久|很久|长期|长时间|一直){_STALE_WORDS}(?:了|的|过)*(?:客户|单子?)?(?:有哪些)?",
        build=_stale,
    ),
]

LISTS = [
    rule(
        "list",
        r"(?:我的|我|所有|全部)?(?P<d_none>\ue001{1,30})(?:内|里)?(?:新加|新增|新建|录入|加|新来|添加|新进|建|进来|新录)(?:了)?(?:的|了哪些|了多少|哪些|几个)?(?:新)?(?:客户|线索|leads?)(?:有哪些|有几个|列表|名单|有多少)?".replace(
            "(?P<d_none>\ue001{1,30})", "\ue001{1,30}"
        ),
        build=_listed,
    ),
    rule(
        "list",
        rf"(?:超过|有|已经)?(?:\ue001{{1,30}}|\d{{1,3}}天|半个月|[一二两三四五六七八九十]{{1,3}}(?:天|周|个月|个星期))(?:以上|都|内|多|了)?{_STALE_WORDS}(?:过)?的?客户(?:有哪些|有几个|列表|名单)?",
        build=_listed,
    ),
    rule(
        "list",
        r"公海(?:里|的|中)?(?:还)?(?:有)?(?:哪些|什么|多少|没有)?(?:做|搞)?(?P<t_text>[^\s]{0,20}?)(?:的)?(?:客户|线索|公司)?(?:有哪些|吗)?",
        build=_listed,
    ),
    rule("list", r"(?:客户|customers|clients)(?:列表)?[ :](?P<t_text>.{1,40})", build=_listed),
    rule(
        "list",
        r"(?:有哪些|哪些|有多少|列出|列一下|我有哪些|我有几个|我有多少|所有|全部|show|list)(?:我的|all|my)?(?P<t_text>[^\s]{0,12}?)(?:的)?(?:客户|customers|clients|线索|leads)(?:有哪些)?",
        build=_listed,
    ),
    rule(
        "list",
        r"(?:我的|我)?(?P<t_text>(?:a类|b类|c类|vip|重点|意向高|高意向|沉睡|已成交|成交|流失|重要)|.{2,10}(?:行业|地区|来的|来源))(?:的)?客户(?:有哪些|有几个|列表|名单|有多少)?",
        build=_listed,
    ),
    rule(
        "list",
        r"(?:new )?(?:customers|clients|leads) (?:added |created |new )?(?:in |from )?\ue001{1,30}",
        build=_listed,
    ),
]

SEARCH = [
    rule(
        "search",
        r"(?:搜一搜|搜一下|搜下|搜索|搜|search for|search|找找|全文搜)[ :]{0,2}(?P<t_text>.{1,100})",
    ),
    rule(
        "search",
        r"(?:聊天记录|沟通记录|记录|跟进|消息)(?:里|中)?(?:面)?(?:搜一下|搜索|搜|查一下|查|找一下|找)[ :]{0,2}(?P<t_text>.{1,100})",
    ),
    rule(
        "search", r"(?:找聊天记录|找记录|找消息|查聊天记录|翻聊天记录)[ :]{1,2}(?P<t_text>.{1,100})"
    ),
    rule("search", r"(?:找|查找)(?:一下)?[ :]{1,2}(?P<t_text>[^\s]{1,30}[ ,].{1,60})"),
    rule(
        "search",
        r"(?:\ue001{1,30})?(?:谁|哪个客户|哪些客户|哪家)(?:问过|提过|说过|提到过?|聊过|要过|问了|说了)(?P<t_text>.{1,60}?)(?:来着|的)?",
    ),
]

HISTORY = [
    rule(
        "history",
        rf"(?:查看?|看看?|看一?下?|show|view)?(?:历史|跟进记录|聊天记录|沟通记录|记录|history(?: of)?|timeline(?: of)?)[ :]{{1,2}}<E>",
    ),
    rule(
        "history",
        rf"(?:查看?|看看?|看一?下?|找|show|翻一?下?)?[ ]?<E>(?:和我|跟我|与我)?(?:\ue001{{0,30}})(?:的|'s)?[ ]?(?:所有|全部|最近|近期|之前|上次)?(?:的)?{_HISTORY}(?:有哪些|怎么样)?",
    ),
    rule(
        "history",
        r"(?:我)?(?:上次|上一次|上回|之前|最近|最后一次|\ue001{1,30})(?:我)?(?:跟|和|与|同)<E>(?:都)?(?:聊|说|谈|沟通|讲)(?:了|到|过)?(?:什么|啥|哪些|些什么|些啥|到哪|到哪了|哪了|过什么|过啥|的什么|的啥)(?:内容)?",
    ),
    rule(
        "history",
        r"(?:跟|和|与)<E>(?:上次|最近|之前|上一次|\ue001{1,30})?(?:都)?(?:聊|说|谈|沟通)(?:了|到|过)?(?:什么|啥|哪些|哪|些啥|些什么)(?:了)?",
    ),
    rule(
        "history",
        r"<E>(?:最近|目前|现在|那边)?(?:跟进|谈|聊|进展|推进|进行)到?(?:哪|什么|啥)(?:了|一步|个?阶段|程度|里|步)*(?:了)?",
    ),
    rule(
        "history",
        r"<E>(?:上次|最近一次|最近|最后一次|上回|最后)(?:是)?(?:什么时候|啥时候|何时|哪天|几号)?(?:跟进|联系|聊|说|沟通|回复|拜访|来)(?:的|过|了)?(?:什么|啥|什么时候|是什么时候|啥时候|说了什么|说了啥|了什么|了啥|是哪天)?(?:的)?",
    ),
    rule(
        "history",
        r"(?:what did|when did)(?: i| we)? (?:last )?(?:talk|say|discuss|contact|speak)(?: about)?(?: to| with)? <E>(?: about| say| last)?.{0,20}|what did <E> say.{0,20}".replace(
            "|what did <E> say.{0,20}", ""
        ),
    ),
]

QUERY = [
    rule(
        "contact",
        rf"(?:查一?下?|看一?下?|找一?下?|要一?下?|给我)?<E>(?:那边|公司)?(?:的|他们|'s)?[ ]?(?:{FIELD})(?:号码|号)?(?:是|有)?(?:多少|什么|啥|几号|哪个|给我|有吗|发我)?(?:来着)?",
        build=_asked,
    ),
    rule(
        "contact",
        r"<E>(?:那边)?(?:的|有)?(?:哪些|几个)?(?P<k_field_contacts>联系人|对接人|负责人|采购|老板|contacts?)(?:是|有|叫)?(?:谁|哪些|哪几个|哪位|什么|啥|几个)?(?:来着)?",
        build=_asked,
    ),
    rule(
        "contact",
        rf"(?:谁是|联系人是谁)<E>?(?:的)?(?P<k_field_contacts>联系人|对接人)?",
        build=_asked,
    ),
    rule(
        "contact",
        rf"(?:联系人|对接人)(?:是谁|有谁|有哪些)",
        build=lambda s, m, x: {**x, "field": "contacts"},
    ),
    rule(
        "contact",
        rf"(?:what's|what is|get|show)(?: the)? <E>'s (?:{FIELD})|(?:{FIELD.replace('k_field_', 'k_field_')}) (?:of|for) ".split(
            "|(?:(?P"
        )[0],
        build=_asked,
    ),
    rule(
        "query",
        r"(?:查一?下?|看一?下?)?(?:尾号|后四位)(?:是|为)?[ ]?(?P<t_phone_tail>\d{3,6}).{0,20}",
    ),
    rule("query", r"(?:手机|电话|号码)?(?:尾号|后四位)[ ]?(?P<t_phone_tail>\d{3,6})"),
    rule(
        "query",
        rf"(?:{_LOOK})?[ :]{{0,2}}(?P<p>\ue003{{5,30}})[ ,]{{0,2}}(?:这个)?(?:号码?|电话|手机)?(?:是)?(?:谁|哪个|哪家|哪位|什么|who|的)?.{{0,12}}",
    ),
    rule(
        "query",
        rf"{_LOOK}[ :]{{0,2}}(?:客户|商机|customer|deal)?[ :]{{0,2}}(?:<DEAL>|<E><POST>)(?:那边)?(?:的|现在|最近|目前)?(?:{_HOW})?(?:了|吧)?",
        build=_asked,
    ),
    rule(
        "query",
        rf"<SUB>(?:那边)?(?:的|现在|最近|目前|最新)*[ ]?(?:{_HOW})(?:了|呢|啊)?",
        build=_asked,
    ),
    rule(
        "query",
        rf"<E><POST>(?:的)?(?:单子|商机|报价|金额|价格|合同|预算)?(?:现在|目前|最近|一共|大概|最后|是|谈到|报了|报的)*{_MONEY_ASK}(?:来着|了|钱)?",
        build=_asked,
    ),
    rule(
        "query",
        r"(?:how is|how's|what about|what's up with|status of|any news (?:on|from)|where are we with) <E>(?: going| doing)?",
        build=_asked,
    ),
    rule("query", r"<DEAL>"),
    rule(
        "deals",
        r"<E>(?:的|有)(?:哪些|几个|多少)?(?:单子|商机|项目|deals?)(?:有哪些|情况)?",
        build=_asked,
    ),
]
BARE = rule("query", rf"<E>(?:呢|来着)?", sure=False)
