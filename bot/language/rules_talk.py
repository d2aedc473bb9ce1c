"""Commands whose tail is taken as typed: notes, replies, mails, remarks, pasted records."""

import re

from bot.language import guess, lexicon, marks, rules
from bot.language.extract import Sentence
from bot.language.moments import Moment
from bot.language.rules import E, Slots, rule
from crm_core import patterns

_NOTE = (
    r"(?:记录一下|记录下|记录|记一下|记下来|记下|记一笔|记个|记(?!得|者|忆|性|仇|住|不|错)"
    r"|写跟进|加跟进|添加跟进|跟进一下|跟进|备注一下|备注|写个?备注|note|log)"
)
_KINDS = {
    "call": patterns.later(r"电话|通话|打给|打过去|没接|回电|(?<![a-z])(?:call|phoned?|rang)"),
    "visit": patterns.later(r"拜访|上门|见面|见了|见到|去了|到访|(?<![a-z])(?:visit|met)"),
    "meeting": patterns.later(r"开了?会|会议|视频会|腾讯会议|(?<![a-z])(?:meeting|zoom)"),
    "wechat": patterns.later(r"微信|朋友圈"),
    "email": patterns.later(r"邮件|(?<![a-z])e-?mail"),
}


def note_slots(sentence: Sentence, start: int, end: int, slots: Slots) -> Slots:
    """Kind, day and an amount mentioned, told by the words of a note."""
    words = sentence.folded[start:end]
    kinds = (kind for kind, pattern in _KINDS.items() if pattern.search(words))
    kind = next(kinds, None)
    if kind is not None:
        slots["kind"] = kind
    for span in sentence.dates:
        if start <= span.start < end and _dated(sentence, span.moment, slots):
            break
    named = (span.amount for span in sentence.amounts if span.start >= start)
    mentioned = next((amount.value for amount in named if amount.value is not None), None)
    if mentioned is not None:
        slots["mentioned_amount"] = rules.plain(mentioned)
    return slots


def _dated(sentence: Sentence, moment: Moment, slots: Slots) -> bool:
    """The day a note is about, if it is not to come; a day to come stays in the text."""
    now = sentence.context.now
    if moment.start is None or moment.day is None or moment.deadline:
        return False
    if moment.day > now.astimezone(sentence.context.tz).date():
        return False
    if not moment.end and moment.start <= now:
        slots["at"] = moment.at if moment.has_time else moment.day
    if moment.ambiguous:
        slots["date_ambiguous"] = True
    return True


def _note(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """记 E 内容: a name if one stands there, the rest word for word however long."""
    start = match.start("body")
    stop = guess.leading(sentence.marked, start)
    named = guess.name(sentence.marked, start, stop)
    if named is None or named.current:
        if named is not None:
            slots["customer"], start = "@current", stop
        return _with_text(sentence, start, slots)
    rest = _past_person(sentence, stop)
    rules.put_customer(sentence, named, slots)
    if rest != stop:
        slots.setdefault("contact", sentence.cut(stop, rest).strip(" ,，:："))
    return _with_text(sentence, rest, slots) or slots


_PERSON_NEXT = patterns.later(
    rf" ?(?:的)?([{lexicon.SURNAMES}老小](?:{lexicon.TITLES}|[{lexicon.SURNAMES}]总?))"
    r"(?=[ ,:说在想要那]|$)"
)
_JOINT = patterns.later(r"[ ,:;，：、\-]{0,3}(?:那边|这边|客户|那个|公司)?[ ,:;，：、\-]{0,3}")


def _past_person(sentence: Sentence, place: int) -> int:
    match = _PERSON_NEXT.match(sentence.folded, place)
    return match.end() if match else place


def _with_text(sentence: Sentence, place: int, slots: Slots) -> Slots | None:
    joint = _JOINT.match(sentence.folded, place)
    begin = joint.end() if joint else place
    text = sentence.cut(begin, len(sentence.raw))
    if text:
        slots["text"] = text
    note_slots(sentence, place, len(sentence.folded), slots)
    return slots if text or "customer" in slots else None


def _daily(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots:
    return {**slots, "kind": "daily"}


def _did(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """A thing done with a customer: the whole sentence is the note."""
    if "customer" not in slots or slots["customer"] in lexicon.NOT_NAMES:
        return None
    if match.groupdict().get("state") and not _believable(sentence, str(slots["customer"])):
        return None
    groups = match.groupdict()
    start = match.start("rest") if groups.get("rest") else 0
    text = sentence.cut(start, len(sentence.raw)).lstrip(",，。 ") or sentence.cut(
        0, len(sentence.raw)
    )
    return note_slots(sentence, 0, len(sentence.folded), {**slots, "text": text})


_BUSINESS = patterns.later(
    r"没意见|有意见|卡在|嫌贵|加上微信|加了微信|通过了?(?:好友|微信)|发了资料|开票|回款"
    r"|付款|打款|定金|尾款|通完|聊完|谈完"
    r"|样品|试用|报价|方案|合同|审批|走流程|账期|预算|招标|投标|采购|验货|对账|发票|演示|续约"
)


def _believable(sentence: Sentence, customer: str) -> bool:
    """A guessed name beside `says` must look like a firm or a person of one, or talk business."""
    if marks.NAME in sentence.marked or marks.CUSTOMER in sentence.marked:
        return True
    folded = sentence.folded
    return guess.business_like(customer.lower()) or bool(_BUSINESS.search(folded))


def _reply(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    text = sentence.cut(match.start("body"), len(sentence.raw))
    return {**slots, "text": text} if text else None


def _tell(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """告诉何小姐价格不能再低了: the name ends where the words to say begin."""
    start = match.start("body")
    stop = _tell_stop(sentence, start)
    named = guess.name(sentence.marked, start, stop)
    if named is None:
        return None
    rules.put_customer(sentence, named, slots)
    text = sentence.cut(stop, len(sentence.raw)).lstrip(":：,， ")
    text = re.sub(r"^(?:说一声|说一下|说下|说|讲一下|讲)[,，:： ]{0,2}", "", text)
    return {**slots, "text": text} if text else None


_SAY = patterns.later(rf"(?:{lexicon.TITLES})(?!们)|[,:，： ]|说一声|说一下|说|讲")


def _tell_stop(sentence: Sentence, start: int) -> int:
    if sentence.marked[start : start + 1] in (marks.NAME, marks.CUSTOMER):
        stop = guess.leading(sentence.marked, start)
        return _past_person(sentence, stop)
    match = _SAY.search(sentence.marked, start + 1, start + 16)
    if match is None:
        return guess.leading(sentence.marked, start)
    whole = match.group()
    return match.start() if whole[0] in ",:，： 说讲" else match.end()


def _mail(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    """发邮件 E 主题｜正文: the subject ends at the bar."""
    named = guess.name(sentence.marked, *match.span("who"))
    if named is None:
        return None
    rules.put_customer(sentence, named, slots)
    tail = sentence.cut(match.start("body"), len(sentence.raw))
    subject, bar, text = re.split("[|｜]", tail, maxsplit=1)[0], re.search("[|｜]", tail), tail
    if bar and slots["channel"] == "email":
        slots["subject"], text = subject.strip(), tail[bar.end() :].strip()
    return {**slots, "text": text} if text else None


def _mentions(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    text = sentence.cut(match.start("body"), len(sentence.raw))
    found = re.findall(r"@([一-鿿]{2,4}|[A-Za-z][\w.-]{1,30})", text)
    return {**slots, "text": text, **({"mentions": found} if found else {})}


_WHO = E.replace("?P<e>", "?P<who>")
_DONE_TALK = (
    r"(?:通完?了?(?:个)?电话|打完?了?(?:个)?电话|聊完?了|聊了聊|聊了|聊得|谈完?了|谈了"
    r"|沟通完?了|沟通了|开了|开完|见了面?|见完面|吃了|吃完|碰了|视频了|加了微信|通了|对接了"
    r"|约了|确认了|发了|寄了|送了|演示了|介绍了|讲了|试了|交流了)"
)
_WHEN = r"(?:\ue001{1,40}|刚刚?|刚才|方才)?"
_STATE = (
    r"(?:没接|没人接|没回|不回|没意见|有意见|嫌贵|嫌价格?高|觉得|说|表示|反馈|提出|要求|希望"
    r"|想要|想|同意|答应|拒绝|卡在|担心|对比|考虑|在走流程|走流程|审批|内部讨论|回复|回话|来电"
    r"|来访|加上微信|加了微信|通过了?(?:好友|微信)|先发了|发了资料|已?付款?了?|打款|回款|开票"
    r"|付了|到账|收到|寄了|试用|样品|发货|验收|预算|催|改主意|换人|要账期|要发票|要求|没预算"
    r"|还在|聊完|谈完|通完|见到|见了)"
)

LITERAL = [
    rule(
        "note", r"(?:写|记|交|发|填)(?:一下|个)?日报[ :,]{0,3}(?P<t_text>.{1,3000})", build=_daily
    ),
    rule(
        "capture",
        r"(?:记聊天|记录聊天|存聊天|paste|聊天记录存到)[ :]{0,2}"
        r"(?P<e>[^\n:\s]{1,40})[\s:]{0,3}(?P<t_lines>.{0,3000})",
    ),
    rule(
        "remark",
        r"(?:内部备注|悄悄话|内部|internal)[ :]{0,2}<E>[ :,]{1,2}(?P<body>.{1,3000})",
        build=_mentions,
    ),
    rule(
        "remark",
        r"(?P<body>\ue009{2,40}[ ,]{0,2}(?:看一下|看下|看看|帮忙看|跟一下|处理一下).{0,300})",
        build=_mentions,
    ),
    rule(
        "reply",
        r"(?:回复?|reply)(?: ?#)?(?P<n_conversation>\d{1,9})(?!\d|[.:点号月年])[ :,]{0,3}"
        r"(?P<body>\D.{0,3000})",
        build=lambda s, m, x: _reply(s, m, {"customer": f"#{x['conversation']}"}),
    ),
    rule(
        "channel",
        r"(?:(?P<k_channel_email>发邮件|发封邮件|写邮件|邮件回复|邮件|email)|"
        r"(?P<k_channel_sms>发短信|发条短信|短信回复|短信|sms|text))(?:给"
        rf"|to)?[ :]{{0,2}}{_WHO}(?:[ :,]{{1,3}})(?P<body>.{{1,3000}})",
        build=_mail,
    ),
    rule(
        "channel",
        rf"给{_WHO}(?:(?P<k_channel_email>发个?一?封?邮件)|"
        r"(?P<k_channel_sms>发个?一?条?短信))[ :,]{1,3}(?P<body>.{1,3000})",
        build=_mail,
    ),
    rule(
        "reply",
        r"(?:告诉|告知|转告|回复一下|回复|回一下|答复|和|跟|tell|reply to|reply)[ :]{0,2}"
        r"(?P<body>.{2,3000})",
        build=_tell,
    ),
    rule("reply", r"(?:回复?|答|reply|re)[ :,]{1,3}(?P<body>.{1,3000})", build=_reply),
    rule(
        "reply",
        r"回(?!款|访|电|头|家|来|去|公司|滚|收|顾|合|报|馈|应|避|旋|调|退|复|到|国|家|本"
        r"|扣)(?P<body>.{1,3000})",
        build=_reply,
    ),
    rule("note", rf"{_NOTE}[ ,:]{{0,3}}(?P<body>(?!到哪|情况|进度|了).{{1,3000}})", build=_note),
]


DID = [
    rule(
        "note",
        rf"{_WHEN}(?:我)?{_WHEN}(?:去|又|在|都)?(?:跟|和|与|同|给){E}{_WHEN}{_DONE_TALK}"
        r"(?P<rest>.{0,3000})",
        sure=False,
        build=_did,
    ),
    rule(
        "note",
        rf"{_WHEN}(?:我)?(?:去)?(?:拜访|走访|回访|见)了(?:一下)?{E}(?=[ ,.;。]|$)"
        r"(?P<rest>.{0,3000})",
        sure=False,
        build=_did,
    ),
    rule(
        "note",
        rf"{_WHEN}(?:我)?(?:去)?(?:拜访|走访|回访)(?:了)?{E}(?:,|，| |了|的)(?P<rest>.{{1,3000}})",
        sure=False,
        build=lambda s, m, x: (
            _did(s, m, x) if "at" in note_slots(s, 0, 40, {}) or "了" in s.folded else None
        ),
    ),
    rule(
        "note",
        rf"{_WHEN}(?:打|打给|打电话给|联系了?|call(?:ed)?) ?{E}[ ,](?P<rest>(?:没接|没人接"
        r"|不接|关机|占线|通了|说|空号|停机|no answer).{0,3000})",
        sure=False,
        build=_did,
    ),
    rule(
        "note",
        rf"{E}[ ,]{{0,2}}{_WHEN}[ ,]{{0,2}}(?P<rest>(?:(?:{lexicon.ROLES})(?:那边|部)?)?"
        r"(?:那边|这边|也|对.{1,8}?|今天|昨天|已经?|都|还是|一直|还|刚|先|又){0,4}"
        rf"(?P<state>{_STATE}).{{0,3000}})",
        sure=False,
        build=_did,
    ),
    rule(
        "note",
        r"(?:met|visited|called|talked (?:to|with)|spoke (?:to|with)|had a (?:call"
        r"|meeting) with|just called|emailed) <E>(?P<rest>(?:[,.:;]| about| and| today"
        r"| yesterday| -).{1,3000})",
        sure=False,
        build=_did,
    ),
]
