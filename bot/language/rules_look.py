"""Commands that look one thing up: lists, search, history, contacts and the card itself."""

import re

from bot.language import lexicon, rules, rules_reports
from bot.language.extract import Sentence
from bot.language.rules import Slots, rule
from bot.language.rules_people import FIELD

_LOOK = (
    r"(?:查询一下|查一查|查一下|查下|查询|查看一下|查看|查客户|查|看一下|看下|看看|看一看|打开"
    r"|帮我看看|帮我看下|帮我查|cha|kan|find customer|find client|find|show me|show|look ?up"
    r"|search for|get|open|view|who is|who's|tell me about|info on|info about|details of"
    r"|details on)"
)

_HOW = (
    r"(?:怎么样了?|咋样了?|如何了?|什么情况了?|啥情况了?|情况怎么样|情况如何|怎样了?|进展如何"
    r"|进展怎么样|进展|什么进度|到哪了|到哪一步了|到什么阶段了|啥进展|有什么进展|情况|的情况"
    r"|详情|资料|信息|档案|的资料|的信息|现在什么阶段|在什么阶段|什么阶段|哪个阶段|是谁|是谁啊"
    r"|是哪家|是做什么的|做什么的|是干什么的|是谁的客户|谁在跟|谁跟的|谁负责|归谁|是谁在跟)"
)

_HISTORY = (
    r"(?:历史记录|历史|聊天记录|沟通记录|跟进记录|跟进历史|往来记录|联系记录|通话记录|对话记录"
    r"|时间线|记录|动态|timeline|history|log|notes)"
)

_MONEY_ASK = (
    r"(?:多少钱|多少|金额多少|金额是多少|报价多少|报了多少|谈到多少|什么价|几个钱|多大|多大金额)"
)


def _listed(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """A list of customers: the period they were added in, and the words left to search by."""
    if sentence.dates and "text" not in slots:
        rules.put_period(sentence.dates[0].moment, slots)
    if "公海" in sentence.folded:
        slots["scope"] = "pool"
    stale = re.search(rules_reports.STALE, sentence.folded)
    if stale:
        days = rules_reports.stale(sentence, match, {}).get("days")
        slots["stale_days"] = days or 14
    text = str(slots.get("text", "")).strip("的 客户")
    if text:
        slots["text"] = text
    else:
        slots.pop("text", None)
    return slots


def _asked(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return None if slots.get("customer") in lexicon.NOT_NAMES else slots


LISTS = [
    rule(
        "list",
        r"(?:我的|我|所有|全部)?(?P<d_none>\ue001{1,30})(?:内|里)?(?:新加|新增|新建|录入"
        r"|加|新来|添加|新进|建|进来|新录)(?:了)?(?:的|了哪些|了多少|哪些|几个)?(?:新)?"
        r"(?:客户|线索|leads?)(?:有哪些|有几个|列表|名单|有多少)?".replace(
            "(?P<d_none>\ue001{1,30})", "\ue001{1,30}"
        ),
        build=_listed,
    ),
    rule(
        "list",
        r"(?:超过|有|已经)?(?:\ue001{1,30}|\d{1,3}天|半个月"
        r"|[一二两三四五六七八九十]{1,3}(?:天|周|个月|个星期))(?:以上|都|内|多"
        rf"|了)?{rules_reports.STALE}(?:过)?的?客户(?:有哪些|有几个|列表|名单)?",
        build=_listed,
    ),
    rule(
        "list",
        r"公海(?:里|的|中)?(?:还)?(?:有)?(?:哪些|什么|多少|没有)?(?:做|搞)?"
        r"(?P<t_text>[^\s]{0,20}?)(?:的)?(?:客户|线索|公司)?(?:有哪些|吗)?",
        build=_listed,
    ),
    rule("list", r"(?:客户|customers|clients)(?:列表)?[ :](?P<t_text>.{1,40})", build=_listed),
    rule(
        "list",
        r"(?:有哪些|哪些|有多少|列出|列一下|我有哪些|我有几个|我有多少|所有|全部|show"
        r"|list)(?:我的|all|my)?(?P<t_text>[^\s]{0,12}?)(?:的)?(?:客户|customers|clients"
        r"|线索|leads)(?:有哪些)?",
        build=_listed,
    ),
    rule(
        "list",
        r"(?:我的|我)?(?P<t_text>(?:a类|b类|c类|vip|重点|意向高|高意向|沉睡|已成交|成交"
        r"|流失|重要)|.{2,10}(?:行业|地区|来的|来源))(?:的)?客户(?:有哪些|有几个|列表|名单"
        r"|有多少)?",
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
        r"(?:搜一搜|搜一下|搜下|搜索|搜|search for|search|找找|全文搜)[ :]{0,2}"
        r"(?P<t_text>.{1,100})",
    ),
    rule(
        "search",
        r"(?:聊天记录|沟通记录|记录|跟进|消息)(?:里|中)?(?:面)?(?:搜一下|搜索|搜|查一下|查"
        r"|找一下|找)[ :]{0,2}(?P<t_text>.{1,100})",
    ),
    rule(
        "search", r"(?:找聊天记录|找记录|找消息|查聊天记录|翻聊天记录)[ :]{1,2}(?P<t_text>.{1,100})"
    ),
    rule("search", r"(?:找|查找)(?:一下)?[ :]{1,2}(?P<t_text>[^\s]{1,30}[ ,].{1,60})"),
    rule(
        "search",
        r"(?:\ue001{1,30})?(?:谁|哪个客户|哪些客户|哪家)(?:问过|提过|说过|提到过?|聊过"
        r"|要过|问了|说了)(?P<t_text>.{1,60}?)(?:来着|的)?",
    ),
]

HISTORY = [
    rule(
        "history",
        r"(?:查看?|看看?|看一?下?|show|view)?(?:历史|跟进记录|聊天记录|沟通记录|记录"
        r"|history(?: of)?|timeline(?: of)?)[ :]{1,2}<E>",
    ),
    rule(
        "history",
        r"(?:查看?|看看?|看一?下?|找|show|翻一?下?)?[ ]?<E>(?:和我|跟我|与我)?"
        r"(?:\ue001{0,30})(?:的|'s)?[ ]?(?:所有|全部|最近|近期|之前|上次)?"
        rf"(?:的)?{_HISTORY}(?:有哪些|怎么样)?",
    ),
    rule(
        "history",
        r"(?:我)?(?:上次|上一次|上回|之前|最近|最后一次|\ue001{1,30})(?:我)?(?:跟|和|与"
        r"|同)<E>(?:都)?(?:聊|说|谈|沟通|讲)(?:了|到|过)?(?:什么|啥|哪些|些什么|些啥|到哪"
        r"|到哪了|哪了|过什么|过啥|的什么|的啥)(?:内容)?",
    ),
    rule(
        "history",
        r"(?:跟|和|与)<E>(?:上次|最近|之前|上一次|\ue001{1,30})?(?:都)?(?:聊|说|谈|沟通)"
        r"(?:了|到|过)?(?:什么|啥|哪些|哪|些啥|些什么)(?:了)?",
    ),
    rule(
        "history",
        r"<E>(?:最近|目前|现在|那边)?(?:跟进|谈|聊|进展|推进|进行)到?(?:哪|什么|啥)(?:了"
        r"|一步|个?阶段|程度|里|步){0,3}(?:了)?",
    ),
    rule(
        "history",
        r"<E>(?:上次|最近一次|最近|最后一次|上回|最后)(?:是)?(?:什么时候|啥时候|何时|哪天"
        r"|几号)?(?:跟进|联系|聊|说|沟通|回复|拜访|来)(?:的|过|了)?(?:什么|啥|什么时候"
        r"|是什么时候|啥时候|说了什么|说了啥|了什么|了啥|是哪天)?(?:的)?",
    ),
    rule(
        "history",
        r"(?:what did|when did)(?: i| we)? (?:last )?(?:talk|say|discuss|contact|speak)"
        r"(?: about)?(?: to| with)? <E>(?: about| say| last)?.{0,20}"
        r"|what did <E> say.{0,20}".replace("|what did <E> say.{0,20}", ""),
    ),
]

QUERY = [
    rule(
        "contact",
        r"(?:查一?下?|看一?下?|找一?下?|要一?下?|给我)?<E>(?:那边|(?<!有限|责任)公司)?(?:的|他们"
        rf"|'s)?[ ]?(?:{FIELD})(?:号码|号)?(?:是|有)?(?:多少|什么|啥|几号|哪个|给我|有吗"
        r"|发我)?(?:来着)?",
        build=_asked,
    ),
    rule(
        "contact",
        r"<E>(?:那边)?(?:的|有)?(?:哪些|几个)?(?P<k_field_contacts>联系人|对接人|负责人"
        r"|采购|老板|contacts?)(?:是|有|叫)?(?:谁|哪些|哪几个|哪位|什么|啥|几个)?(?:来着)?",
        build=_asked,
    ),
    rule(
        "contact",
        r"(?:谁是|联系人是谁)<E>?(?:的)?(?P<k_field_contacts>联系人|对接人)?",
        build=_asked,
    ),
    rule(
        "contact",
        r"(?:联系人|对接人)(?:是谁|有谁|有哪些)",
        build=lambda s, m, x: {**x, "field": "contacts"},
    ),
    rule(
        "contact",
        rf"(?:what's|what is|get|show)(?: the)? <E>'s (?:{FIELD})|"
        rf"(?:{FIELD.replace('k_field_', 'k_field_')}) (?:of|for) ".split("|(?:(?P")[0],
        build=_asked,
    ),
    rule(
        "query",
        r"(?:查一?下?|看一?下?)?(?:尾号|后四位)(?:是|为)?[ ]?(?P<t_phone_tail>\d{3,6}).{0,20}",
    ),
    rule("query", r"(?:手机|电话|号码)?(?:尾号|后四位)[ ]?(?P<t_phone_tail>\d{3,6})"),
    rule(
        "query",
        rf"(?:{_LOOK})?[ :]{{0,2}}(?P<p>\ue003{{5,30}})[ ,]{{0,2}}(?:这个)?(?:号码?|电话"
        r"|手机)?(?:是)?(?:谁|哪个|哪家|哪位|什么|who|的)?.{0,12}",
    ),
    rule(
        "query",
        rf"{_LOOK}[ :]{{0,2}}(?:客户|商机|customer|deal)?[ :]{{0,2}}(?:<DEAL>|<E><POST>)"
        rf"(?:那边)?(?:的|现在|最近|目前)?(?:{_HOW})?(?:了|吧)?",
        build=_asked,
    ),
    rule(
        "query",
        rf"<SUB>(?:那边)?(?:的|现在|最近|目前|最新){{0,3}}[ ]?(?:{_HOW})(?:了|呢|啊)?",
        build=_asked,
    ),
    rule(
        "query",
        r"<E><POST>(?:的)?(?:单子|商机|报价|金额|价格|合同|预算)?(?:现在|目前|最近|一共"
        rf"|大概|最后|是|谈到|报了|报的){{0,3}}{_MONEY_ASK}(?:来着|了|钱)?",
        build=_asked,
    ),
    rule(
        "query",
        r"(?:how is|how's|what about|what's up with|status of|any news (?:on|from)"
        r"|where are we with) <E>(?: going| doing)?",
        build=_asked,
    ),
    rule("query", r"<DEAL>"),
    rule(
        "deals",
        r"<E>(?:的|有)(?:哪些|几个|多少)?(?:单子|商机|项目|deals?)(?:有哪些|情况)?",
        build=_asked,
    ),
]

BARE = rule("query", r"<E>(?:呢|来着)?", sure=False)
