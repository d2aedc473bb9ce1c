"""Commands about deals: new, stage, won, lost, amount, close date, probability, void."""

import re

from bot.language import guess, marks
from bot.language.extract import Sentence
from bot.language.numbers import read
from bot.language.rules import Slots, plain, rule
from crm_core import patterns

_OPEN = "(?:新建|新增|建一?个?|加一?个?|录一?个?|开一?个?|创建一?个?|立一?个?|添加一?个?|新)"
_DEAL = "(?:商机|单子|单|项目|deal|opportunity|订单)"
_MOVE = (
    r"(?:推进到了?|推到了?|推至|移到|挪到|转到|改到|改成|改为|更新到|更新为|进入到?了?"
    r"|进展到了?|进行到了?|走到了?|到了?|处于|在|退回到?|退到|回到|回退到|打回|设为|->|→|=>|:)"
)
_MOVE_EN = r"(?:->|→|=>|to|into|at|in|is in|is at|moved to|goes to|back to|now in)"
_SIGNED = (
    r"(?:赢单|成交|签单|签约|签下来?|签了?合同|回签|签字|拿下来?|搞定|签成|成单|中标|下单"
    r"|定下来?|签)"
)
_LOST = r"(?:输单|丢单|丢|输|黄|没戏|没成|流失|跑|飞|没中标|被抢|失败|泡汤|凉)"
_TO = (
    r"(?:改到|改成|改为|改|更新为|更新到|更新成|调到|调成|调整到|调整为|谈到|谈成|谈下来|谈妥"
    r"|报价?到?了?|成交价|:|=)"
)
_TO_WEAK = r"(?:变成|变为|定在|定为|降到|涨到|砍到|压到|降为|提到|做到|最终|设为|是|为)"
_MONEY = r"(?:金额|价格|价钱|报价|总价|成交价|合同额|合同金额|预算|amount|价)"


def _percent(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    word = match.group("pct")
    if word in {"一半", "五五开", "对半"}:
        return {**slots, "percent": 50}
    tenths = word.endswith("成")
    value = read(word.rstrip("成%").removeprefix("百分之"))
    if value is None:
        return None
    if tenths:
        value *= 10
    return {**slots, "percent": plain(value)} if 0 <= value <= 100 else None


def _hold(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    return {**slots, "stage": "on_hold"}


def _step(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    back = match.group("back") is not None
    return {**slots, "stage": "@previous" if back else "@next"}


def _deal_word(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """A guessed name needs words of a deal beside it: 鑫源签了, but not 湖人赢了 or 小狗丢了."""
    if slots.get("customer") in {"合同", "协议", "快递", "包裹", "老板", "领导"}:
        return None
    loose = match.groupdict().get("loose") is not None
    if not loose or _known(sentence, slots) or "deal" in slots:
        return slots
    if "customer" not in slots:
        return None
    reason = str(slots.get("reason", ""))
    return slots if _REASON.search(reason) or guess.business_like(str(slots["customer"])) else None


_REASON = patterns.later(
    r"价|贵|竞品|对手|同行|预算|别家|关系|交期|质量|price|budget|competitor|cheaper"
)


def _known(sentence: Sentence, slots: Slots) -> bool:
    """Whether the customer stands in the book or is a number or a titled person."""
    return marks.NAME in sentence.marked or marks.CUSTOMER in sentence.marked


def _weak_price(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """降到, 是 or a bare amount after a guessed name may be about anything."""
    if _known(sentence, slots) or "customer" not in slots or slots["customer"] == "@current":
        return slots
    if {"delta", "factor"} & slots.keys() and re.search("[折砍]", sentence.folded):
        return slots
    return slots if guess.business_like(str(slots["customer"])) else None


NEW = [
    rule(
        "new_deal",
        rf"(?:{_OPEN}{_DEAL}|建单|开单|录单|报个?单)<_>(?:给|为|:)?<E><POST>(?:<__>"
        r"(?P<t_title>[^\s,]{1,40}?))??(?:<_>(?:预计|大概|金额|报价)?<_><A>)?(?:<_>"
        r"(?:预计)?(?P<d_close_date>\ue001{1,40})(?:前)?(?:签单?|成交|能签|下单)?)?",
    ),
    rule(
        "new_deal",
        rf"(?:给|为|帮|跟|和)?<E><POST><_>{_OPEN}(?:了)?{_DEAL}(?:<_>"
        r"(?P<t_title>[^\ue001\ue002]{1,40}?))?(?:<_>(?:预计|大概|金额|报价"
        r"|总价)?<_><A>)?(?:<_>(?:预计)?(?P<d_close_date>\ue001{1,40})(?:前)?(?:签单?"
        r"|成交|能签|下单)?)?",
    ),
    rule(
        "new_deal",
        r"<E><POST>(?:那边)?(?:有|来了|出了|谈了|新增|多了)(?:一)?(?:个|笔|张|单)?"
        rf"(?:<_><A>)?(?:的)?(?:新)?(?:{_DEAL}|需求|生意)(?:<_><A_2>)?(?:<_>"
        r"(?P<t_title>.{1,60}))?".replace("<A_2>", r"(?P<a>\ue002{1,60})").replace(
            "(?:<_><A>)?(?:的)?", r"(?:<_>(?P<a_first>\ue002{1,60}))?(?:的)?"
        ),
        build=lambda s, m, x: {("amount" if k == "first" else k): v for k, v in x.items()},
    ),
    rule("new_deal", rf"<E><__>(?P<t_title>.{{1,60}}?)<_>(?:{_OPEN}{_DEAL}|建单|开单)"),
    rule(
        "new_deal",
        r"(?:new|add|create|open)(?: an?)? (?:deal|opportunity)(?: for| with)? <E>(?:"
        r"(?: titled| named|:|,)? (?P<t_title>[^\ue001\ue002]{2,60}?))??(?:,? (?:for "
        r"|worth |at )?<A>)?(?:,? (?:by|closing|close|on|before)? ?"
        r"(?P<d_close_date>\ue001{1,40}))?",
    ),
    rule(
        "new_deal",
        r"<E> has an? <A> (?:deal|opportunity|order)(?: (?P<t_title>.{1,60}))?",
        sure=False,
    ),
]

_BECAUSE = r"(?:<__>(?:原因|因为|是因为)?<_>(?P<t_reason>.{1,300}))?"
_LOST_SURE = r"(?:输单|丢单|黄了|没戏了|跑单了?|飞单了?|泡汤了|凉了|没成)"
_LOST_LOOSE = r"(?P<loose>输了|丢了|飞了|流失|跑了)"

WON_LOST = [
    rule(
        "lost",
        rf"(?:<SUB><_>)?(?:的)?(?:那)?(?:个|单|笔)?(?:{_LOST_SURE}|{_LOST_LOOSE})(?:了)?{_BECAUSE}",
        build=_deal_word,
    ),
    rule("lost", r"<SUB>[ ](?:输单|丢单)(?:<_>)(?P<t_reason>.{1,300})"),
    rule("lost", r"(?:输单|丢单|标记输单|标记丢单)<_><E>(?:<__>(?P<t_reason>.{1,300}))?"),
    rule(
        "lost",
        rf"<SUB><_>(?P<t_title>[^\s,]{{2,12}}?)(?:黄了|丢了|输了|没戏了|泡汤了){_BECAUSE}",
        sure=False,
    ),
    rule(
        "lost",
        r"<SUB><_>(?:被|让)(?P<t_reason>(?:竞品|对手|同行|别人|.{2,12}?)(?:抢|撬|截)走?了.{0,200})",
        sure=False,
    ),
    rule(
        "lost",
        r"<SUB><_>(?P<t_reason>(?:选|选择|用|找|签)了?(?:别家|别人|竞品|对手|其他家|同行).{0,200})",
        sure=False,
    ),
    rule(
        "lost",
        r"(?:lost|we lost)(?: the)? (?:deal (?:with )?)?<E>(?: deal)?"
        r"(?:(?:,| because| due to| -|:) ?(?P<t_reason>.{1,300}))?",
    ),
    rule("lost", r"lost <E> (?P<t_reason>[a-z].{1,300})"),
    rule(
        "lost", r"<SUB> (?:is |was )?lost(?:(?:,| because| due to| to|:)? (?P<t_reason>.{1,300}))?"
    ),
    rule(
        "won",
        r"(?:<SUB><_>)?(?:的|那个|那边)?(?:已经|已|终于|刚刚?|今天)?(?:合同)?(?:已经|已)?"
        r"(?:赢单|(?P<loose>赢了)|成交|签单|签约|回签|中标|成单|拿下|搞定签约)(?:了)?"
        r"(?:<_>(?:金额|总价|价格|最终)?<_><A>)?(?:<__>(?P<t_note>.{1,300}))?",
        build=_deal_word,
    ),
    rule(
        "won",
        r"<SUB><_>(?:已经|已|终于|刚刚?|今天|最终|\ue001{1,30})?<_>(?:合同)?(?:已经|已)?"
        r"(?:签了(?:合同)?|签合同了|签下来?了|签完了?|回签了|下单了|拿下了|签字了|中标了|定下来了)"
        r"(?:<_><A>(?:的?(?:合同|单子|单))?)?(?:<_>(?P<t_note>(?<=[ ,!.~。、;]).{1,300}))?",
        build=_deal_word,
    ),
    rule("won", r"(?:赢单|标记赢单|签单|成交|拿下|签了|签下)<_><E>(?:<_><A>)?"),
    rule("won", r"(?:成了|拿下了?|搞定了?|签了|耶|中了)[ ,!]{1,3}<E>(?:<_><A>)?"),
    rule(
        "won",
        r"(?:won|closed|we won|signed|win)(?: the)? (?:deal (?:with )?)?<E>(?: deal)?"
        r"(?:(?: for| at|,)? <A>)?",
    ),
    rule(
        "won",
        r"<SUB> (?:is |has |have |just |finally ){0,4}(?:signed|won|closed won|closed the deal"
        r"|signed the contract)(?:(?: for| at|,)? <A>)?",
    ),
]

STAGE = [
    rule(
        "stage",
        rf"(?:<SUB><_>)?(?:把)?(?:阶段|进度|状态)?(?:已经|已|可以|目前|现在)?{_MOVE}<_><S>"
        r"(?:了|吧)?",
    ),
    rule("stage", rf"(?:把|将)<SUB>(?:的?(?:阶段|进度|状态))?{_MOVE}<_><S>(?:了|吧)?"),
    rule("stage", rf"<SUB>(?:的?(?:阶段|进度|状态))<_>{_MOVE}?<_><S>(?:了|吧)?"),
    rule(
        "stage",
        r"<SUB><__>(?P<s>初步接触|需求|方案|报价|谈判|contacted|qualified|proposal"
        r"|negotiation)(?:阶段)?",
    ),
    rule("stage", r"<SUB><_>(?P<s>需求已确认|需求确认)(?:了|好了|完了)?"),
    rule(
        "stage",
        r"(?:把|将)?<SUB><_>(?:先)?(?:搁置|暂停|暂缓|放一放|先放一放|先放放|先搁着|冷处理)"
        r"(?:一下|吧|了)?(?:<__>.{0,60})?",
        build=_hold,
    ),
    rule(
        "stage",
        r"(?:把|将)?(?:<SUB><_>)?(?:推进到?|进入|到|推到)?(?:下一步|下一阶段|下个阶段"
        r"|往前推一?步?|推进一步|(?P<back>退一步|上一步|上一阶段|上个阶段|退回上一步"
        r"|退回上一阶段))(?:了|吧)?",
        build=_step,
    ),
    rule("stage", rf"(?:move|push|advance|set|put) <SUB>(?:'s)?(?: stage| deal)? {_MOVE_EN} <S>"),
    rule("stage", rf"<SUB> {_MOVE_EN} <S>"),
    rule(
        "stage",
        r"<SUB> next stage|(?:move|push|advance) <SUB> (?:to the )?next(?: stage)?".replace(
            "<SUB> next stage|", ""
        ),
        build=lambda s, m, x: {**x, "stage": "@next"},
    ),
    rule("stage", rf"阶段<_>{_MOVE}?<_><S>"),
]

AMOUNT = [
    rule(
        "amount",
        rf"(?:把|将)?<SUB><_>(?:的)?(?:{_MONEY})?<_>(?:最后|最终|后来|已经|现在|又|再|还是)?{_TO}"
        r"<_>(?:了)?<A>(?:了|吧|成交|成交价|的?价|左右)?",
    ),
    rule(
        "amount",
        rf"(?:把|将)?<SUB><_>(?:的)?(?:{_MONEY})?<_>(?:最后|最终|后来|已经|现在|又|再"
        rf"|还是)?{_TO_WEAK}"
        r"<_>(?:了)?<A>(?:了|吧|成交|成交价|的?价|左右)?",
        sure=False,
        build=_weak_price,
    ),
    rule("amount", rf"(?:把|将)?<SUB><_>(?:的)?(?:{_MONEY})<_><A>"),
    rule("amount", rf"(?:把|将)?(?:{_MONEY})?<_>{_TO}<_><A>(?:了|吧)?"),
    rule("amount", rf"{_MONEY}<_>(?:{_TO}|{_TO_WEAK})?<_><A>"),
    rule(
        "amount",
        r"(?:把|将|给)?<SUB><_>(?:的)?<_>(?:最后|又|再|还)?(?P<a>\ue002{1,60})(?:了|吧|成交价?)?",
        sure=False,
        build=_weak_price,
    ),
    rule(
        "amount",
        r"(?:再|又|还|给)?(?:他|她|它|客户|他们)?(?P<a>\ue002{1,60})(?:了|吧)?",
        build=lambda s, m, x: x if "delta" in x or "factor" in x else None,
    ),
    rule(
        "amount",
        r"(?:amount|set|change|update|price)(?: the)?(?: amount| price)?(?: of"
        r"| for)? <SUB>(?:'s)?(?: deal)?(?: amount| price| value)?(?: to| at| =|:)? <A>",
    ),
    rule("amount", r"<SUB>(?:'s)?(?: deal)? (?:amount|price|value|budget)(?: is| to| now|:)? <A>"),
    rule(
        "amount",
        r"<SUB>(?:'s deal| deal)? (?:is now|now at|agreed(?: on| at| to)?|down to|up to"
        r"|settled (?:at|on|for)) <A>",
    ),
]

DATE = [
    rule(
        "close_date",
        r"(?:<SUB><_>)?(?:预计|大概|估计|计划|争取|应该|可能|能)?<_>"
        r"(?P<d_close_date>\ue001{1,40})<_>(?:前|之前)?(?:能|可以|会|要|左右)?(?:签单?"
        r"|签约|签合同|成交|下单|回签|定下来|拿下)(?:了|吧|下来)?",
    ),
    rule(
        "close_date",
        r"(?:<SUB><_>)?(?:的)?(?:预计)?(?:签约|签单|成交|签|close|结单|预计)(?:日期|时间"
        r"|日)?<_>(?:改到|改成|改为|推迟到|延到|延后到|推到|提前到|定在|是|:)?<_>"
        r"(?P<d_close_date>\ue001{1,40})(?:签|成交)?(?:了|吧)?",
    ),
    rule(
        "close_date",
        r"<SUB><_>(?:推迟到|推到|延到|延期到|延后到|提前到|顺延到)<_>"
        r"(?P<d_close_date>\ue001{1,40})(?:签|成交)?(?:了|吧)?",
    ),
    rule(
        "close_date",
        r"(?:expect|close|expected close)(?: for| of)? <SUB>(?: deal)?(?: to (?:close"
        r"|sign))?(?: on| by| in| to| at)? ?(?P<d_close_date>\ue001{1,40})",
    ),
    rule(
        "close_date",
        r"<SUB>(?: deal)?(?: is| will| should)?(?: expected)?(?: to)? (?:close|closes"
        r"|closing|sign|signs|signing)(?: on| by| in| at)? ?(?P<d_close_date>\ue001{1,40})",
    ),
]

OTHER = [
    rule(
        "probability",
        r"(?:<SUB><_>)?(?:的)?(?:成交|赢单|签单|成单)?(?:概率|把握|胜率|可能性|几率"
        r"|赢率)<_>(?:改成|改为|改到|有|是|大概|约|提到|降到|:)?<_>(?P<pct>\d{1,3}%?"
        r"|[一二三四五六七八九十]成(?:半)?|百分之[一二三四五六七八九十百]{1,5}|一半|五五开"
        r"|\d成)",
        build=_percent,
    ),
    rule(
        "probability",
        r"<SUB><_>(?:大概|差不多)?有?(?P<pct>[一二三四五六七八九]成)(?:的)?(?:把握|概率|胜算|可能)",
        build=_percent,
    ),
    rule(
        "probability",
        r"(?:set )?(?:prob|probability|chance|odds)(?: of| for)? <SUB>(?: to| at)? "
        r"(?P<pct>\d{1,3}%?)",
        build=_percent,
    ),
    rule(
        "probability",
        r"<SUB> (?:prob|probability|chance|odds)(?: is| to| at)? (?P<pct>\d{1,3}%?)",
        build=_percent,
    ),
    rule("void", r"(?:作废|删除|删掉|void|delete|取消)<_>(?:商机|单子|deal )?<_><DEAL>"),
    rule("void", r"<DEAL><_>(?:作废|删除|删掉|不要了)(?:了|吧)?"),
]
