"""Stages of the default pipeline and the words reps use for them (folded)."""

import re

WORDS: dict[str, tuple[str, ...]] = {
    "contacted": (
        "初步接触",
        "初步沟通",
        "初次接触",
        "接触",
        "接洽",
        "建联",
        "已联系",
        "线索",
        "contacted",
        "contact",
    ),
    "qualified": (
        "需求已确认",
        "需求确认",
        "确认需求",
        "需求沟通",
        "需求分析",
        "需求",
        "立项",
        "qualified",
        "qualification",
    ),
    "proposal": (
        "方案报价",
        "方案/报价",
        "方案",
        "报价",
        "报方案",
        "提案",
        "出方案",
        "打样",
        "样品",
        "试用",
        "演示",
        "proposal",
        "quote",
        "quotation",
        "quoted",
        "demo",
    ),
    "negotiation": (
        "商务谈判",
        "谈判",
        "议价",
        "砍价",
        "谈价",
        "商务",
        "招投标",
        "招标",
        "投标",
        "竞标",
        "合同评审",
        "合同审批",
        "走合同",
        "合同",
        "negotiation",
        "negotiating",
        "bidding",
        "contract",
    ),
    "won": ("赢单", "成交", "签约", "已签", "won", "closed won"),
    "lost": ("输单", "丢单", "流失", "lost", "closed lost"),
}
ON_HOLD = ("搁置", "暂停", "暂缓", "先放一放", "先放放", "放一放", "先搁着", "on hold")
"""No stage of its own: the deal rests; the command is stage and the value on_hold."""

_KEY = {word: key for key, words in WORDS.items() for word in words} | dict.fromkeys(
    ON_HOLD, "on_hold"
)
OPEN = "|".join(
    re.escape(word)
    for word in sorted(_KEY, key=len, reverse=True)
    if _KEY[word] not in {"won", "lost", "on_hold"}
)
"""A pattern of every word for a stage that is still open."""
ANY = "|".join(re.escape(word) for word in sorted(_KEY, key=len, reverse=True))
"""A pattern of every stage word."""


def key(word: str) -> str | None:
    """The stage key of a folded word, None when it is none."""
    return _KEY.get(word.strip().removesuffix("阶段").removesuffix(" stage").strip())
