"""Single words and short phrases: keywords, undo, correct, help and settings."""

import re

from bot.language.extract import Sentence
from bot.language.rules import Slots, rule
from crm_core import patterns


def _amount_only(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return slots if {"amount", "delta", "factor", "low", "high"} & slots.keys() else None


def _wrong_customer(sentence: Sentence, match: re.Match[str], slots: Slots) -> Slots | None:
    return slots or None


UNDO = [
    rule(
        "undo",
        r"(?:撤销|撤回|撤消|撤销上一步|撤回上一步|取消上一步|回退|恢复|还原|改错了|搞错了"
        r"|弄错了|写错了|记错了|发错了|说错了|点错了|错了|刚刚那个不对|刚才那个不对"
        r"|刚才的不对|刚才那个错了|上一条撤销|上一个撤销|撤销刚才的?|撤销刚刚的?"
        r"|撤回刚才的|不算|刚才的不算|undo|oops|revert|undo that|undo last|take that back"
        r"|my mistake|wrong|scratch that|never mind that)(?:吧|一下|了)?",
    ),
    rule(
        "correct",
        r"(?:不对|不是|错了|说错了|写错了|改错了|搞错了|记错了|打错了|no|wrong|sorry"
        r"|correction|i mean|oops)[ ,，:!。]{1,3}(?:应该|其实|是|应该是|改成|它|it's|its"
        r"|should be|make it|i meant|actually){0,3}[ ]?<A>(?:才对|才是)?(?:吧)?",
        build=_amount_only,
    ),
    rule(
        "correct",
        r"(?:不对|不是|错了|说错了|写错了|记错了|no|wrong|sorry|correction)[ ,，:!。]{0,3}"
        r"(?:应该|其实|是|应该是|改成|it's|should be|make it){0,3}[ ]?(?P<d_date>\ue001{1,40})"
        r"(?:才对)?",
    ),
    rule(
        "correct",
        r"(?:不对|不是|错了|说错了|写错了)[ ,，:!。]{0,3}(?:应该|其实|是|应该是"
        r"|改成){0,3}[ ]?<S>(?:才对)?",
    ),
    rule(
        "correct",
        r"(?:不是|不对)[ ]?(?P<a_wrong>\ue002{1,40})[ ,，]{0,2}(?:应该)?(?:是|而是|改成)[ ]?<A>",
        build=lambda s, m, x: {k: v for k, v in x.items() if k != "wrong"},
    ),
    rule(
        "correct",
        r"(?:刚才|刚刚)?(?:记|弄|搞|选|写|发)?错(?:客户|人|公司)了[ ,，。:]{0,3}(?:应该)?"
        r"(?:是|记到)?<E>(?:不是(?P<e_wrong>.{2,20}?))?",
        build=_wrong_customer,
    ),
    rule(
        "correct",
        r"(?:刚才|刚刚)?(?:记|弄|搞)?错(?:客户|人|公司)了?[ ,，。:]{0,3}(?:不是)"
        r"(?P<e_wrong>.{2,20}?)[ ,，]{0,2}(?:应该)?是<E>",
    ),
    rule(
        "correct",
        r"wrong (?:customer|client|company|one)[ ,:]{1,3}(?:it's|its|it is|should be"
        r"|i meant)? ?<E>",
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
        ["疑似重复", "重复客户", "疑似同一客户", "duplicates", "look-alikes"], ("duplicates", {})
    ),
    **dict.fromkeys(
        ["待批", "申请列表", "谁在申请", "待批申请", "requests", "open requests"], ("requests", {})
    ),
    **dict.fromkeys(["查重", "撞单"], ("check", {})),
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

_UNTIL = patterns.later(r"到|until|till")
"""免打扰 到6点 ends today; 免打扰 22-8 is every day."""

SETTINGS = [
    rule("template", r"(?:话术|模板|snippet|template|常用语|快捷回复)(?:[ :](?P<t_name>.{1,40}))?"),
    rule("help", r"(?:帮助|help)[ :](?P<t_topic>.{1,40})"),
    rule(
        "help",
        r"(?:怎么|如何|怎样|咋)(?:才能|去|来|在这里|用你)?(?P<t_topic>(?:改|修改|更新|加"
        r"|新建|新增|添加|建|录入?|记录?|发|回复|转|分配|设置|查|看|用|推进|删|删除|取消"
        r"|撤销|导出|导入|绑定|提醒|标记|打标签|合并|认领|写|关联).{0,30}?)(?:啊|呀|呢"
        r"|的)?\??",
    ),
    rule(
        "help",
        r"(?P<t_topic>.{1,12})(?:怎么|如何|咋)(?:用|改|弄|录|建|设置|操作|写|填|加)(?:啊"
        r"|呀|呢)?\??",
    ),
    rule(
        "help",
        r"how (?:do|can|to)(?: i)? (?P<t_topic>(?:change|add|create|set|send|move|log|use"
        r"|update|delete|assign|undo|find|reply).{0,40})",
    ),
    rule("settings", r"(?:绑定|bind)[ :]{0,2}(?P<t_code>[a-z0-9]{4,12})"),
    rule(
        "settings",
        r"(?:语言|切换语言|切换到|切换成|改成|换成|lang|language)[ :]{0,2}"
        r"(?P<t_language>英文|英语|中文|汉语|english|chinese|en|zh|简体中文|简体)",
    ),
    rule(
        "settings",
        r"(?:时区|timezone|tz)[ :]{0,2}(?:改成|改为|设为|set to)?[ ]?(?P<t_timezone>[^\s\d]{2,30})",
    ),
    rule(
        "settings",
        r"(?:免打扰|勿扰|静音|mute|dnd|quiet)[ :]{0,2}(?:到|直到|until |till )?<D>",
        build=lambda s, m, x: x if _UNTIL.search(s.folded) else None,
    ),
    rule("settings", r"(?P<k_mute_on>免打扰|勿扰|静音|mute|dnd)"),
    rule("settings", r"(?:免打扰|勿扰|静音|mute|dnd|quiet)[ :]{0,2}(?P<t_mute>.{1,20})"),
    rule(
        "settings",
        r"(?P<k_digest_off>关闭|关掉|不要|停掉)(?:早报|晚报|日报推送|推送|摘要)|"
        r"(?P<k_digest_on>打开|开启|恢复)(?:早报|晚报|日报推送|推送|摘要)",
    ),
    rule("my_code", r"(?:我的码|我的二维码|my qr|二维码)[ :](?P<t_source>.{1,30})"),
]
