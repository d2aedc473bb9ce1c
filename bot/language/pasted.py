"""Is this a pasted chat record? Talk that was copied in is content and never runs."""

import re

from crm_core import patterns

_TIME = (
    r"(?:\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?[ T]*)?(?:\d{1,2}[-/月]\d{1,2}日?[ ]*)?(?:上午"
    r"|下午|晚上|早上|中午|昨天|今天|星期[一-日]|周[一-日])?[ ]*\d{1,2}:\d{2}(?::\d{2})?"
    r"(?: ?[ap]m)?"
)
_HEAD = patterns.later(
    r"^[ >\[(]{0,3}[^\s:,，。!?]{1,24}"
    rf"(?: [^\s:,，。]{{1,16}})?[ \])]{{1,3}}[\[(]?{_TIME}[\])]?(?:\s|:|$)",
    re.IGNORECASE,
)
_TIME_FIRST = patterns.later(
    rf"^[\[(]?{_TIME}[\])]?[ ,]{{0,2}}[^\s:,，。!?]{{1,24}}(?::|$)", re.IGNORECASE
)
_STAMPED = patterns.later(
    rf"^[\[(]?{_TIME}[\])]?[ ,]{{0,2}}[^:,，。!?]{{1,24}}: ?\S", re.IGNORECASE
)
_STAMP = patterns.later(rf"^[\[(]?{_TIME}[\])]?$", re.IGNORECASE)
_SAYS = patterns.later(r"^[^\s:,。!?/]{1,12}(?:\([^)]{1,12}\))?: ?\S")
_FORWARD = patterns.later(
    r"^\S{1,20}(?:和|与)\S{1,20}的聊天记录|群聊的聊天记录|^-{3,}|转发消息"
    r"|forwarded message|^>+ ?\S|\[(?:图片|语音|视频|文件|表情|链接|位置|动画表情|红包)\]"
    r"|^on .{5,60} wrote:|^发件人:|^from: ",
    re.IGNORECASE,
)
_QUOTED = patterns.later(r"^[「『].{1,300}[」』]$|^「[^」]{1,60}:.{0,300}」")
_DAY = patterns.later(
    r"[^ ]{0,6}(?:今|明|后|昨|前)天|[^ ]{0,4}(?:周|星期|礼拜)[一二三四五六日天]"
    r"|\d{1,2}[月号日/-]|(?:mon|tue|wed|thu|fri|sat|sun|tomorrow|today|提醒|remind)"
)
"""A day before the hour makes a reminder, not the head of a message."""
_DIVIDER = patterns.later(r"^- - - - |^-{6,}")


def looks_pasted(folded: str) -> bool:
    """Whether folded text reads like a chat record, a quote of one, or a forwarded block."""
    lines = [line.strip() for line in folded[:5000].split("\n") if line.strip()][:200]
    if any(_is_record(line) for line in lines):
        return True
    if len(lines) < 2:
        return False
    if any(_TIME_FIRST.match(line) or _STAMP.match(line) for line in lines):
        return True
    return sum(bool(_SAYS.match(line)) for line in lines) >= 2


def _is_record(line: str) -> bool:
    """A line no rep would type as a command, even alone."""
    if _HEAD.match(line) and not _DAY.match(line):
        return True
    marks = (_QUOTED.match(line), _DIVIDER.match(line), _FORWARD.search(line), _STAMPED.match(line))
    return any(marks)
