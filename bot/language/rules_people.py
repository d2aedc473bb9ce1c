"""Commands about customers and who keeps them: new, field, tag, alias, assign, pool, merge."""

import re

from bot.language import guess, lexicon, marks
from bot.language.extract import Sentence
from bot.language.rules import OWNER, E, Slots, rule
from crm_core import patterns

_SOURCE = patterns.later(
    r"(抖音|小红书|快手|微信|朋友圈|公众号|视频号|百度|官网|展会|广交会|进博会|转介绍"
    r"|老客户介绍|朋友介绍|介绍|阿里|1688|淘宝|京东|电话|地推|陌拜|广告|知乎|微博|linkedin"
    r"|referral|website|google|facebook|trade show|expo|walk-in)"
)
_LEVEL = {
    "高": "high",
    "强": "high",
    "大": "high",
    "一般": "medium",
    "中": "medium",
    "低": "low",
    "小": "low",
}
_INTENT = patterns.later(r"意向(?:比较|很|非常|挺)?(高|强|大|一般|中|低|小)")
_INDUSTRY = patterns.later(r"(?:做|搞|从事)([^\s,.;。的]{1,12}?)(?:的|行业|生意)")
_CALLED = patterns.later(r"(?:叫|名字是|名字叫|姓名|公司名?是?:?)<_>".replace("<_>", "[ :]{0,2}"))
_FIELDS = {
    "phone": "电话|手机号?|号码|手机号码|联系电话|联系方式|座机|phone|mobile|tel|phone number",
    "email": "邮箱|邮件地址|邮件|e-?mail|mail",
    "address": "地址|住址|公司地址|address",
    "industry": "行业|industry",
    "source": "来源|渠道|source",
    "level": "级别|等级|客户等级|客户级别|level|grade",
    "website": "网址|网站|官网|website",
    "title": "职位|职务|title",
    "name": "名字|名称|公司名|公司名称|name",
    "wechat": "微信号?|wechat",
    "size": "规模|人数|size",
    "budget_note": "备注名",
    "birthday": "生日|birthday",
}
FIELD = "|".join(f"(?P<k_field_{key}>{words})" for key, words in _FIELDS.items())
FIELD_WORDS = "|".join(_FIELDS.values())
_SET = r"(?:改成|改为|改到|更新为|更新成|设为|设成|换成|变成|是|为|改|填|:|=)"
_GIVE = r"(?:转给|转交给|分给|分配给|交给|派给|指派给|移交给|给|让)"
_CARE = r"(?:跟|跟进|负责|接手|维护|管|对接|来跟|来负责|去跟)"
_CREATE = (
    r"(?:新客户|新增客户|新建客户|添加客户|加个?客户|加一个客户|建个?客户|录个?客户|录入客户"
    r"|录入|建档|录个?线索|新线索|新增线索|加个?线索|登记客户|加个?新客户|录个?新客户"
    r"|建个?新客户|加客户|录客户|新增联系人|加联系人)"
)


def _new(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """Name first, then whatever can be told by its shape: phone, mail, person, source."""
    found = _details(sentence, *match.span("body"))
    return {**slots, **found} if found.get("name") else None


def _details(sentence: Sentence, start: int, end: int) -> Slots:
    slots: Slots = {}
    rest: list[str] = []
    text = sentence.marked
    for piece in re.finditer(
        rf"[^,;\n|/、:]{{1,200}}?(?=[,;\n|/、: ]|$)|[{marks.PHONE}]{{1,30}}"
        rf"|[{marks.EMAIL}]{{1,90}}",
        text[start:end],
    ):
        low, high = start + piece.start(), start + piece.end()
        word = text[low:high].strip()
        if word:
            _detail(sentence, low, high, slots, rest)
    if rest:
        slots["note"] = " ".join(rest)
    return slots


def _detail(sentence: Sentence, start: int, end: int, slots: Slots, rest: list[str]) -> None:
    piece, written = sentence.marked[start:end].strip(), sentence.cut(start, end)
    if _marked(sentence, start, end, slots) or _LABEL.fullmatch(piece):
        return
    if "name" not in slots:
        slots["name"] = re.sub(r"^(?:名称|公司|叫|是)(?=.{2})", "", written.strip("\"“”「」'"))
        return
    shape = _shape(piece, written)
    if shape is not None:
        slots.setdefault(*shape)
    elif "contact" not in slots and _PERSON_NAME.fullmatch(written):
        slots["contact"] = written
    else:
        rest.append(written)


def _marked(sentence: Sentence, start: int, end: int, slots: Slots) -> bool:
    """A phone number or a mail address in a piece of a new customer."""
    piece = sentence.marked[start:end]
    for mark, slot in ((marks.PHONE, "phone"), (marks.EMAIL, "email")):
        if mark in piece:
            first, last = start + piece.index(mark), start + piece.rindex(mark) + 1
            slots.setdefault(slot, sentence.cut(first, last))
            return True
    return False


def _shape(piece: str, written: str) -> tuple[str, str] | None:
    """What a piece tells by its words: a person, how warm, from where, in what trade."""
    person = written.removeprefix("联系人").strip()
    if lexicon.PERSON.fullmatch(piece.removeprefix("联系人").strip()):
        return "contact", person
    for slot, pattern in (("level", _INTENT), ("source", _SOURCE), ("industry", _INDUSTRY)):
        match = pattern.search(piece)
        if match:
            return slot, _LEVEL[match.group(1)] if slot == "level" else match.group(1)
    return None


_LABEL = patterns.later(rf"(?:{FIELD_WORDS}|联系人|客户|公司)")
_PERSON_NAME = patterns.later(r"[一-鿿]{2,4}|[A-Za-z]{2,20}(?: [A-Za-z]{2,20})?")


def _met(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """刚加了个客户微信，叫周敏，做跨境电商的，帮我建个档."""
    called = _CALLED.search(sentence.marked, *match.span())
    if called is None:
        return None
    end = guess.leading(sentence.marked, called.end())
    found: Slots = {"name": sentence.cut(called.end(), end)}
    industry = _INDUSTRY.search(sentence.marked, end)
    source = _SOURCE.search(sentence.marked, *match.span())
    if industry:
        found["industry"] = sentence.cut(*industry.span(1))
    if source:
        found["source"] = source.group(1)
    return {**slots, **found}


def _tags(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    words = re.findall(r"([+\-]?)([^\s+,，、\-]{1,20})", sentence.cut(*match.span("tags")))
    drop = match.groupdict().get("drop") is not None
    slots["add"] = [word for sign, word in words if sign != "-" and not drop]
    slots["remove"] = [word for sign, word in words if sign == "-" or drop]
    return slots if words else None


def _level(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    return {**slots, "field": "level"}


def _value(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    value = slots.get("value", "")
    return slots if value and not re.match(r"^(?:多少|什么|啥|是多少)", value) else None


def _moved(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    owner = str(slots.get("owner", slots.get("to", "")))
    return None if owner in lexicon.NOT_NAMES or owner.startswith(("他", "我", "客户")) else slots


def _arrived(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """我到家了 is no visit: the place must be a customer, or look like one."""
    known = marks.NAME in sentence.marked or marks.CUSTOMER in sentence.marked
    return slots if known or guess.business_like(str(slots.get("customer", ""))) else None


_VERDICTS = {
    "give": "给他|给她|给|同意|批准|give|approve|yes",
    "share": "共享|协作|分享|share",
    "refuse": "拒绝|不给|不同意|不批|refuse|reject|no",
}
_VERDICT = f"(?P<verdict>{'|'.join(_VERDICTS.values())})"


def _decided(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    said = match.group("verdict")
    found = [key for key, words in _VERDICTS.items() if said in words.split("|")]
    return {**slots, "verdict": found[0]} if found else slots


_TO_OWNER = OWNER.replace("?P<o>", "?P<o_to>")
_INTO = E.replace("?P<e>", "?P<e_into>")
_FROM = E.replace("?P<e>", "?P<e_from>")

NEW = [
    rule("new_customer", rf"{_CREATE}[ ,:、]{{0,3}}(?P<body>.{{2,300}})", build=_new),
    rule(
        "new_customer",
        r"(?:new|add|create)(?: an?)?(?: new)? (?:customer|client|contact|lead"
        r"|account)[ ,:]{1,2}(?P<body>.{2,300})",
        build=_new,
    ),
    rule(
        "new_customer",
        r"(?:把)?(?P<body>.{2,40}?)[ ,]{0,2}(?:建个?档|录入一?下?|加到客户|加为客户"
        r"|建为客户|录成客户|加进客户|录进去)(?:吧|一下)?",
        build=lambda s, m, x: (
            _met(s, m, x) or (_new(s, m, x) if guess.name(s.marked, *m.span("body")) else None)
        ),
    ),
    rule(
        "new_customer",
        r"(?:刚|今天|刚刚|昨天)?.{0,12}(?:客户|加了?个|认识了?个).{2,60}(?:叫|名字).{2,80}"
        r"(?:建个?档|录入|加进来|录一下|建个?客户)(?:吧|一下)?",
        build=_met,
    ),
]

FIELDS = [
    rule(
        "field",
        rf"(?:把|将)?<E><POST><_>(?:的)?(?:{FIELD})<_>{_SET}<_>(?P<t_value>.{{1,200}})",
        build=_value,
    ),
    rule(
        "field",
        rf"(?:把|将)?<E><_>(?:的)?(?:{FIELD})[ :]{{1,2}}"
        rf"(?P<t_value>[{marks.PHONE}{marks.EMAIL}]{{3,60}})",
    ),
    rule(
        "field",
        r"<E><_>(?:改成|改为|升级?为?|降为?|调成|设为|变成|标为|定为)<_>"
        r"(?P<t_value>[a-e]类?|[abcd]级|vip|重点|普通|大)(?:客户|级客户|类客户)?",
        build=_level,
    ),
    rule(
        "field",
        rf"(?:set|change|update) <E>(?:'s)? (?:{FIELD})(?: to|:| =)? (?P<t_value>.{{1,200}})",
        build=_value,
    ),
    rule(
        "tag",
        r"(?:给)?<E><_>(?:的)?(?:标签|打标签?|加标签|贴标签|打上标签|添加标签|"
        r"(?P<drop>去标签|删标签|去掉标签|移除标签))[ :]{0,2}(?P<tags>.{1,100})",
        build=_tags,
    ),
    rule("tag", r"tag <E>[ :](?P<tags>[+\-]?.{1,100})", build=_tags),
    rule(
        "alias",
        r"<E><_>(?:又叫|也叫|别名|外号|简称|又名|别称|以后叫)(?:是|叫|:)?<_>(?P<t_alias>.{1,40})",
    ),
    rule("alias", r"alias <E>[ :,](?: ?aka)?(?P<t_alias>.{1,40})"),
]

CARE = [
    rule(
        "away",
        r"(?:我)?(?:要)?(?:请?假|休假|on leave|leave|away)<_>(?:(?:到|至|直到|until |till |to )?<D>"
        r"|(?P<n_days>\d{1,3}) ?(?:天|days?))"
        rf"(?:<_>(?:交给|由|让|转给|给|deputy|cover(?:ed)? by)<_>{OWNER}(?:代班|代理|负责|顶班)?)?",
    ),
    rule("away", r"(?:请?假|休假|on leave)"),
    rule("back", r"(?:我)?(?:回来了?|销假|取消免打扰|关闭免打扰|i'?m back|back)"),
    rule(
        "merge",
        rf"(?:合并|merge)(?:客户)?<_>{_FROM}<_>"
        rf"(?:合并到|并到|并入|和|跟|与|到|and|into|with|->)<_>{_INTO}",
    ),
    rule("merge", rf"(?:合并|merge)(?:客户)?<_>{_FROM}<__>{_INTO}"),
    rule("merge", rf"(?:把|将)<_>{_FROM}<_>(?:合并|并)(?:到|入|进|给)<_>{_INTO}(?:里|里面)?"),
    rule(
        "different",
        rf"(?:不是同一[个家]|不是一[个家]|not (?:the )?same)(?:客户|公司|人)?[ ,:]{{0,2}}{_FROM}"
        rf"(?:<_>(?:和|跟|与|and)<_>|<__>){_INTO}",
    ),
    rule(
        "move_talk",
        rf"(?:移会话|移动会话|move talk)<_>{_FROM}"
        rf"(?:<_>(?:最近|最后)(?:的)?<_>(?P<n_count>\d{{1,3}})<_>[条句](?:消息)?)?<_>"
        rf"(?:移到|移给|到|给|to|->)<_>{_INTO}",
    ),
    rule(
        "move_talk",
        rf"(?:把|将)<_>{_FROM}<_>(?:的)?(?:最近|最后)(?:的)?<_>(?P<n_count>\d{{1,3}})<_>[条句]"
        rf"(?:消息|聊天)?<_>(?:移到|移给|挪到|挪给|转到)<_>{_INTO}",
    ),
    rule(
        "move_talk",
        rf"move (?:the )?last (?P<n_count>\d{{1,3}})(?: messages?)? of <_>{_FROM}<_>to <_>{_INTO}",
    ),
    rule(
        "unshare",
        rf"(?:取消共享|停止共享|unshare)<_><E>(?:<_>(?:给|和|跟|from|with)<_>|<__>){OWNER}",
        build=_moved,
    ),
    rule(
        "decide",
        rf"(?:批复|审批|decide)<_>r(?P<n_request>\d{{1,9}})(?:<_>{_VERDICT}(?:<_>"
        r"(?P<t_reason>.{1,200}))?)?",
        build=_decided,
    ),
    rule(
        "decide",
        rf"{_VERDICT}<_>r(?P<n_request>\d{{1,9}})(?:<_>(?P<t_reason>.{{1,200}}))?",
        build=_decided,
    ),
    rule("unmerge", r"(?:取消合并|撤销合并|拆分|unmerge)<_><E>"),
    rule(
        "handover",
        rf"(?:交接|handover|hand over)<_>{OWNER}(?:的)?(?:所有|全部)?(?:客户)?<_>(?:给|to"
        rf"|->)<_>{_TO_OWNER}".replace("?P<o>", "?P<o_from>"),
        build=_moved,
    ),
    rule(
        "handover",
        rf"(?:把|将){OWNER}(?:的|手上的|名下的|手里的)(?:所有|全部)?(?:客户|单子|商机)(?:都"
        rf"|全部|全)?{_GIVE}{_TO_OWNER}(?:<__>.{{0,60}})?".replace("?P<o>", "?P<o_from>"),
        build=_moved,
    ),
    rule("handover", r"(?:接管|take over)<_><E>"),
    rule(
        "release",
        r"(?:把|将)?<E><_>(?:放回|退回|还回|丢回|放到|扔回|放入|退到|释放到|移入)"
        r"(?:到)?公海(?:吧|了)?",
    ),
    rule(
        "release",
        r".{0,12}(?:不跟了|放弃了?|不要了).{0,4}(?:退回|放回|丢回|扔回)公海(?:吧)?<_><E>?",
    ),
    rule("release", r"(?:释放|放回公海|退回公海|release)<_><E>(?: to (?:the )?pool)?"),
    rule(
        "claim",
        r"(?:(?:认领|claim|从公海领取?|公海领取)<_>|(?:领取|领|抢|take)[ :]{1,2})<E>(?:客户)?",
    ),
    rule("claim", r"<E><_>(?:我来跟|我跟|归我|我要了|我来|我认领|我领了)(?:吧|了)?"),
    rule("claim", r"我来跟(?:进)?(?:吧|<_><E>)?"),
    rule(
        "reveal",
        r"(?:看|查看|显示|show|reveal)(?:一下)?(?:完整的?| the| full| whole){0,2}<_>"
        r"(?:电话|手机号?|号码|phone(?: number)?|number)(?: of)?<_><E>",
    ),
    rule("request", r"(?:申请|request)<_><E>"),
    rule("check", r"(?:查重|check|撞单)(?:一下)?<_>(?:(?P<p>\ue003{5,30})|<E>)"),
    rule(
        "assign",
        rf"(?:把|将)?<E><_>(?:以后|今后)?(?:转|分配?|派|交|移交|指派)(?:给|到)<_>{OWNER}"
        rf"(?:吧|了|{_CARE})?(?:<__>.{{0,60}})?",
        build=_moved,
    ),
    rule(
        "assign",
        rf"(?:转|分配|指派|派|移交|assign)<_><E><_>(?:给|到|to)<_>{OWNER}(?:吧|了|{_CARE})?",
        build=_moved,
    ),
    rule(
        "assign",
        rf"(?:把|将)?<E><_>(?:以后|今后)?(?:给|让|由|归)<_>{OWNER}<_>{_CARE}(?:吧|了|一下)?",
        build=_moved,
    ),
    rule(
        "assign",
        rf"(?:把|将)?<E><_>(?:以后|今后|之后){OWNER}(?:来|去)?{_CARE}(?:吧|了)?",
        build=_moved,
    ),
    rule(
        "assign",
        rf"<E><_>(?P<o>{marks.OWNER}{{2,40}})<_>(?:你|来|以后|去){{0,3}}{_CARE}(?:吧|一下)?",
        build=_moved,
    ),
    rule(
        "assign",
        rf"<E><_>(?:加上|拉上|叫上|带上|加){OWNER}(?:来|和我)?(?:一起|共同|协助|协作)"
        rf"(?:{_CARE})?(?:吧)?",
        build=lambda s, m, x: _moved(s, m, {**x, "collaborate": True}),
    ),
    rule(
        "close",
        r"(?:结束|关闭|close|end)(?:会话|对话)?<_>(?P<e>\ue005{2,12}|\ue000{2,60})(?:<__>"
        r"(?P<t_reason>.{1,100}))?",
    ),
    rule("close", r"(?P<k_action_reopen>重开|重新打开|reopen)<_>(?P<e>\ue005{2,12}|\ue000{2,60})"),
    rule("attend", r"(?:接入|attend|进入会话|接待)<_><E>"),
    rule("attend", r"(?P<k_action_leave>退出|leave|exit|quit|退出会话|结束接待)"),
    rule("watch", r"(?P<k_action_stop>取消关注|不再关注|停止关注|unwatch|stop watching)<_><E>"),
    rule("watch", r"(?:关注|盯着|watch)<_><E>(?:<__>(?:到|直到|until |till )?<D>)?"),
    rule("visit", r"(?:签到|打卡|check ?in)(?:(?:[ ,:]{1,2}(?:在|at )?|在)<E>)?(?:了)?"),
    rule(
        "visit",
        r"(?:我)?(?:已经|刚)?(?:到|到达|抵达)了?<E>(?:了)(?:<__>签到)?",
        sure=False,
        build=_arrived,
    ),
    rule("context", r"(?:切到|切换到|切换|换到|use|switch to)<_><E>"),
    rule(
        "context",
        r"(?P<k_action_show>当前|当前客户|current)|(?P<k_action_clear>忘掉当前|清空"
        r"|清空当前|forget)",
    ),
]
