"""Commands about what is to be done: remind, list, done, snooze, cancel; sending and calling."""

import re

from bot.language import dates, guess, lexicon, marks, numbers, rules
from bot.language.extract import Sentence
from bot.language.moments import Moment
from bot.language.rules import OWNER, Slots, rule
from crm_core import patterns

_REMIND = (
    r"(?:提醒一下我|提醒我一下|提醒下我|提醒我|提醒一下|提醒|叫我|通知我|喊我|设个?提醒"
    r"|定个?提醒|加个?提醒|建个?提醒|新建提醒|记个?提醒|记得提醒我|加个?待办|新建待办|添加待办"
    r"|加待办|定个闹钟|remind me|remind|reminder|todo|to do|to-do|add task|add a task|new task"
    r"|don't forget)"
)
_TRAIL = patterns.later(
    r"[ ,，。.]{0,3}(?:帮我)?(?:设个?提醒|定个?提醒|加个?提醒|建个?提醒|记个?提醒"
    r"|提醒一下我?|提醒我一下|提醒下?我?|叫我|通知我|记得|别忘了?"
    r"|remind me)[ ,，。.!！]{0,3}$"
)
_ACT = patterns.later(
    r"联系|回访|拜访|打电话|打个电话|电话|致电|催|发|寄|送|给|跟进|约|开会|会议|视频会|见"
    r"|去|到期|续约|续费|交|提交|准备|签合同|签约|谈|聊|报价|报方案|演示|培训|上门|回复"
    r"|答复|确认|对账|收款|回款|安装|验收|交付|付款|打款|出差|问|再约|处理|整理|完成|做|写"
    r"|改|查|找|邀请|参加|面谈|call|meet|send|visit|follow ?up|email|mail|ping|check"
    r"|review|prepare|submit|finish|demo|talk|pay|deliver|renew|sign|meeting|quote|contact"
)
_BUSINESS = patterns.later(
    r"联系|回访|拜访|打电话|打个电话|电话|致电|催|跟进|视频会|到期|续约|合同|报价|方案"
    r"|演示|上门|答复|对账|回款|收款|样品|发票|客户"
    r"|面谈|验收|安装|交付|投标|招标|call|follow ?up|visit|quote|contract|invoice|proposal"
    r"|demo|sample|renew|client|customer"
)
_TARGET = patterns.later(
    r"(?:跟进|联系一下|再联系|联系|找一下|找下|拜访|回访|催一下|催下|给|跟|和|与|找|约|催"
    r"|见|去|到|(?<![a-z])(?:call|meet|visit|email|contact|follow up(?: with)?|with|ping"
    rf"|send|to)(?![a-z])) ?(?P<e>{marks.NAME}{{1,60}}(?:[一-鿿]{{0,2}}(?:总|经理|工))?"
    rf"|{marks.CUSTOMER}{{2,12}}|[a-z][\w&.'-]{{1,24}}(?: [A-Z][\w]{{1,20}})?"
    rf"|[^\s,，。、{marks.ALL}]{{2,14}}?)(?=的|打|发|回|送|寄|报|签|谈|聊|催|约|拜访|视频"
    r"|开会|面谈|一下|聊聊|合同|答复|回复|确认|演示|续|付|对账|说|做|讲|吃|见|交|准备"
    r"|[ ,，。]|$)"
)


def task_slots(sentence: Sentence, start: int, end: int, slots: Slots) -> Slots | None:
    """When, what and for whom, from the words between start and end."""
    spans = [s for s in sentence.dates if start <= s.start and s.end <= end]
    marked = sentence.marked
    if spans:
        rules.put_moment(dates.combined(spans).moment, slots, "at")
    slots["text"] = _without(sentence, start, end, spans)
    named = _target(sentence, start, end)
    if named is not None:
        rules.put_customer(sentence, named, slots)
    return slots if spans or slots["text"] or marks.NAME in marked else None


def _target(sentence: Sentence, start: int, end: int) -> guess.Named | None:
    marked = sentence.marked
    for mark in (marks.NAME, marks.CUSTOMER):
        place = marked.find(mark, start, end)
        if place >= 0:
            stop = place
            while stop < end and marked[stop] == mark:
                stop += 1
            person = patterns.later(rf"[{lexicon.SURNAMES}](?:{lexicon.TITLES})").match(
                marked, stop
            )
            return guess.name(marked, place, person.end() if person else stop)
    for match in _TARGET.finditer(marked, start, end):
        named = guess.name(marked, *match.span("e"))
        if named is not None and sentence.folded[named.start : named.end] not in lexicon.NOT_NAMES:
            return named
    return None


_EDGES = " ,，。.;；:：、!！"


def _without(sentence: Sentence, start: int, end: int, spans: list[dates.DateSpan]) -> str:
    """The words that are left when the dates are taken out."""
    pieces, place = [], start
    for span in sorted(spans, key=lambda s: s.start):
        pieces.append(sentence.raw[place : span.start])
        place = span.end
    pieces.append(sentence.raw[place:end])
    joined = " ".join(piece.strip() for piece in pieces if piece.strip()).strip(_EDGES)
    joined = _TRAIL.sub("", joined).strip(_EDGES)
    joined = re.sub(
        rf"^(?:请|帮我)?{_REMIND}[ ,，:：]{{0,2}}(?:to )?", "", joined, flags=re.IGNORECASE
    )
    return re.sub(r"^(?:要|去|得|to |that )(?=.{2})", "", joined).strip(_EDGES) if joined else ""


def _remind(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return task_slots(sentence, match.start("body"), match.end("body"), slots)


def _dated(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """A day to come and something to do: 周五前把合同给E, 3天后跟进E."""
    start, end = match.span()
    spans = [s for s in sentence.dates if start <= s.start and s.end <= end]
    rest = sentence.marked[start:end]
    if not spans or not _to_come(sentence, dates.combined(spans).moment):
        return None
    if not _ACT.search(rest) or _OVER.search(rest) or _PRIVATE.search(rest):
        return None
    found = task_slots(sentence, start, end, slots)
    if found is None or not _ours(found, rest):
        return None
    return found


_OVER = patterns.later(r"了(?:[ ,，。!]|$)|过了?[ ,，。]")
_PRIVATE = patterns.later(r"^[^,，]{0,6}(?:我们|你们|他们|咱们|大家|爸|妈|老婆|老公|孩子)")


def _to_come(sentence: Sentence, moment: Moment) -> bool:
    """A point or a deadline that is not over yet."""
    if moment.past or (moment.start and moment.has_time and moment.start < sentence.context.now):
        return False
    return moment.end is None or moment.deadline or moment.repeat is not None


def _ours(slots: Slots, marked: str) -> bool:
    """Without 提醒 a dated sentence is ours when it names a customer or talks business."""
    known = marks.NAME in marked or marks.CUSTOMER in marked
    named = guess.business_like(str(slots.get("customer", "")).lower())
    return known or named or bool(_BUSINESS.search(marked)) or bool(_MEETING.search(marked))


_MEETING = patterns.later(r"开会|会议|meeting|meet (?:with )?[a-z]")


def _for_other(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    owner = str(slots.get("owner", ""))
    if owner in lexicon.NOT_NAMES or (
        not lexicon.PERSON.search(owner) and not owner.isascii() and len(owner) > 3
    ):
        return None
    return task_slots(sentence, match.start("body"), match.end("body"), slots)


def _indexes(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    words = re.findall(r"\d{1,3}|[一二三四五六七八九十]{1,3}", match.group("ns"))
    found = [int(value) for word in words if (value := numbers.read(word)) is not None]
    if not found:
        return None
    return {**slots, "indexes": found} if len(found) > 1 else {**slots, "index": found[0]}


def _when(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """What to snooze to: a date, or a span from now (延后两小时)."""
    if "at" in slots:
        return slots
    piece = sentence.folded[match.start("span") : match.end("span")]
    english = re.sub(
        r"(\d)(?:h|hr|hrs)$", r"\1 hours", re.sub(r"(\d)(?:m|min)$", r"\1 minutes", piece)
    )
    for text in (f"{piece}后", f"in {english}", f"in {piece}"):
        moment = dates.read(text, sentence.context.now, sentence.context.tz)
        if moment is not None and moment.start is not None:
            rules.put_moment(moment, slots, "at")
            return slots
    return None


def _scoped(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """The days a list of tasks is asked for, and whose."""
    spans = [s for s in sentence.dates if match.start() <= s.start < match.end()]
    if spans:
        moment = spans[0].moment
        if moment.end is not None:
            rules.put_period(moment, slots)
        elif moment.day:
            slots["date"] = moment.day
    if slots.get("owner") in {"我的", "我", "我有", "所有", "全部"}:
        slots.pop("owner")
    if slots.get("owner") in lexicon.NOT_NAMES:
        return None
    return slots


_NS = (
    r"(?P<ns>(?:第)?(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:个|条|项|件)?(?:(?:[ ,、和]|跟"
    r"|and){1,3}(?:第)?(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:个|条|项|件)?){0,9})"
)
_TODO = r"(?:待办事项|待办|任务|日程|安排|提醒|行程|事项|要做的事?|要办的事?|事情|事儿|计划)"
_SCOPE = r"(?:(?P<d_none>\ue001{1,30})的?)?"
_SPAN = (
    r"(?:(?P<d>\ue001{1,40})|(?P<span>(?:半|[一二两三四五六七八九十]{1,3}|\d{1,3}) ?(?:个)?"
    r"(?:小时|钟头|天|分钟|周|星期|刻钟|h|hr|hrs|hours?|m|min|minutes?|d|days?|weeks?)半?))"
)

TASK = [
    rule("task", rf"{_REMIND}[ ,:]{{0,3}}(?P<body>.{{1,600}})", build=_remind),
    rule(
        "task",
        r"(?P<body>\ue001{1,60}.{0,600}(?:提醒|叫我|通知我|记得|别忘|remind me).{0,600})",
        build=_remind,
    ),
    rule(
        "task",
        r"(?P<body>.{2,600}(?:设个?提醒|定个?提醒|加个?提醒|记个?提醒|提醒我(?:一下)?"
        r"|提醒一下|叫我)(?:一下)?)",
        build=_remind,
    ),
    rule(
        "task",
        rf"(?:让|叫|安排|请|通知|麻烦){OWNER}[ ,]{{0,2}}"
        r"(?P<body>.{0,40}\ue001{1,60}.{1,400})",
        build=_for_other,
    ),
    rule("task", rf"(?:ask|tell|have|get) {OWNER} to (?P<body>.{{2,400}})", build=_for_other),
    rule("task", r".{0,400}\ue001{1,60}.{0,400}", sure=False, build=_dated),
]

MANAGE = [
    rule(
        "done",
        r"(?:完成了?|搞定了?|做完了?|办完了?|done|finish(?:ed)?|complete[d]?|√|✓|ok了)"
        rf"(?:第|任务|待办|task)?[ :]{{0,2}}{_NS}(?:了)?",
        build=_indexes,
    ),
    rule(
        "done",
        rf"{_NS}[ ,]{{0,2}}(?:已经|已|都)?(?:完成|搞定|做完|办完|办好|弄完|弄好|处理完|做好"
        r"|ok|done)(?:了)?",
        build=_indexes,
    ),
    rule("done", r"(?:完成|搞定|done) ?<TASK>|<TASK>(?:已经|已)?(?:完成|搞定|做完|办完|done)了?"),
    rule("done", r"(?:完成了?|done)[ :](?P<t_text>.{2,80})"),
    rule(
        "done",
        r"(?P<t_text>.{2,60}?)(?:那个|那条|那件事?|的事|这个|这条|的任务|的提醒|那个任务)"
        r"(?:已经|已|我)?(?:完成|搞定|做完|办完|办好|弄完|处理完)(?:了)?",
    ),
    rule(
        "snooze",
        r"(?:把)?(?:第)?(?P<n_index>\d{1,3}|[一二三四五六七八九])?(?:个|条)?[ ]?(?:的)?"
        r"(?:这个|那个)?(?:提醒|任务|待办)?(?:推迟到?|推到|延到|延后到?|延迟到?|改到|挪到"
        r"|推后到?|顺延到?|晚点到?|缓到?|往后推到?|snooze(?: to| until| for)?|postpone"
        rf"(?: to| until)?)[ ]?{_SPAN}(?:再提醒)?(?:吧)?",
        build=_when,
    ),
    rule(
        "snooze",
        r"<TASK><_>(?:推迟到?|推到|延到|延后到?|改到|挪到|snooze(?: to| until| for)?"
        rf"|to)[ ]?{_SPAN}",
        build=_when,
    ),
    rule(
        "snooze",
        rf"snooze(?: task)? (?P<n_index>\d{{1,3}})(?: for| to| until|,)? ?{_SPAN}",
        build=_when,
    ),
    rule(
        "snooze",
        rf"(?:提醒|任务|待办)?(?:再|晚|过)?{_SPAN}(?:后)?再(?:提醒|说|叫)(?:我)?",
        build=_when,
    ),
    rule(
        "cancel_task",
        r"(?:取消|删除|删掉|去掉|不要|cancel|delete|remove)(?:这个|那个)?(?:提醒|任务|待办"
        r"|reminder|task)?[ :#]{0,2}(?:<TASK>|(?P<n_index>(?<=[务醒办kr ])\d{1,3}))(?:了)?",
    ),
    rule("cancel_task", r"<TASK>(?:取消|不用了|删掉|作废)(?:了|吧)?"),
    rule(
        "tasks",
        r"(?:查看?|看一?下?|看看|列出|打开|show|list)?(?:我的|我|全部|所有|my)?[ ]?"
        r"(?:待办事项|待办|任务列表|任务|日程|todo|todos|tasks?|to-?do list|提醒列表"
        r"|我的提醒|reminders)(?:列表|清单)?(?: list)?(?: for)?",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"(?:查看?|看一?下?|看看)?(?:我的?|我)?\ue001{1,30}(?:的|还|都|我)?(?:有什么"
        r"|有哪些|有啥|有几个|还有什么|要做什么|要干什么|要干啥|要做啥|干啥|有没有|什么"
        rf"|哪些|啥)?(?:要)?{_TODO}(?:要做|没做|没完成)?(?:吗)?",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"\ue001{1,30}(?:我)?(?:还)?(?:要|该|需要|应该|得)(?:跟进|联系|拜访|见|回访|打给"
        r"|找)(?:谁|哪些人?|哪些客户|哪几个|几个客户|什么客户|哪个客户)",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"\ue001{1,30}(?:我)?(?:还)?(?:要|该|需要|得)?(?:做|干|办|忙)(?:什么|啥|哪些|些什么|点啥)",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"(?:我)?\ue001{1,30}(?:我)?(?:都|还)?(?:有|还有)(?:什么|啥|哪些)(?:要做的?"
        rf"|要办的?|{_TODO}|安排)?",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"(?P<k_status_overdue>过期|逾期|超期|延期|overdue|到期没做|没按时完成)(?:的"
        rf"|了的)?[ ]?(?:{_TODO}|tasks?)?(?:有哪些|有几个|列表)?",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"(?:待办|任务|tasks?|todos?)[ :](?:(?P<k_status_overdue>逾期|过期|overdue)"
        r"|\ue001{1,30})",
        build=_scoped,
    ),
    rule(
        "tasks",
        rf"{OWNER}\ue001{{0,30}}(?:的|有什么|有哪些|有啥|还有什么|还有哪些|都有哪些|有几个"
        rf"|有多少)(?:没完成的?|未完成的?)?{_TODO}",
        build=_scoped,
    ),
    rule(
        "tasks",
        rf"(?:什么|哪些|有哪些|有什么|还有哪些|我有哪些|还有多少){_TODO}(?:没做|没完成|要做"
        r"|未完成)?(?:吗)?",
        build=_scoped,
    ),
    rule(
        "tasks",
        r"what(?:'s| is| do i have| are my tasks)(?: on| due| for| planned)?(?: my "
        r"(?:agenda|plate|schedule))?(?: for)? ?\ue001{1,30}|what do i have \ue001{1,30}"
        r"|tasks (?:for )?\ue001{1,30}|\ue001{1,30} tasks",
        build=_scoped,
    ),
]

SEND = [
    rule(
        "call",
        r"(?:打电话|呼叫|打给|拨打|拨通|call|phone|dial|ring)(?:给)?[ :]{0,2}(?:<E>|"
        r"(?P<p>\ue003{5,30}))(?:吧)?",
    ),
    rule("call", r"给<E>(?:打个?电话|打一?通电话|拨个?电话|去个电话)(?:吧)?"),
    rule("send", r"(?:把)?(?:发送?|传|寄|send)[ ]?(?P<t_file>[^\s]{1,40}?)[ ]?(?:给|to) ?<E>"),
    rule("send", r"把(?P<t_file>[^\s]{1,40}?)(?:发|传|转发)给<E>"),
    rule(
        "send",
        r"给<E>发(?:一?份|个|一?下)?(?P<t_file>报价单|合同|资料|产品册|画册|目录|方案|样本"
        r"|图片|文件|发票|[^\s]{1,30}\.(?:pdf|docx?|xlsx?|pptx?|jpg|png))",
    ),
]
