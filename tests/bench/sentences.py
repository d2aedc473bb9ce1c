"""Understanding a sentence, and importing what understands it; no database."""

from __future__ import annotations

import subprocess
import sys
import time
from zoneinfo import ZoneInfo

from bot.language import names, router, understanding
from crm_core import clock
from tests.bench import company, figures

P95_MS = 2.0
IMPORT_MS = 300.0
ROUNDS, QUICK = 20, 5
BOOK = 200
IMPORTS = 5
SENTENCES = (
    "查 华星",
    "华星怎么样了",
    "华星 报价 8.5w 月底签，记 对方要账期",
    "把华星推进到报价",
    "华星签了，成交8万5",
    "华星丢了，价格高",
    "砍两万",
    "打九折",
    "预计25号签",
    "记 华星 客户要账期，下周三再谈付款方式",
    "提醒 明天下午3点半 给张总打电话",
    "周五前把合同给华星",
    "每周一早上9点发周报",
    "3个工作日后跟进华星",
    "让小李 周五前 把合同给华星",
    "完成 1",
    "1 推到后天上午",
    "回 好的，明天发货",
    "回31 已经寄出",
    "待办 本周",
    "新客户 杭州云帆科技有限公司 王伟 13812345678 wangwei@example.com 展会",
    "尾号8899",
    "13812345678是谁",
    "半个月没跟进的客户",
    "商机 谈判 >10w",
    "这个月能签多少",
    "华星的行业改成物流",
    "华星 标签 +VIP -冷",
    "昨天拜访了华星，聊了三个小时，对方采购经理说预算在三十多万左右，月底前会定下来",
    "撤销",
    "帮助",
    "remind tomorrow 3pm call Acme",
    "move Acme to proposal",
    "new deal Acme 85k by 30 Jun",
    "note Acme asked for a discount of 5% and delivery before the end of the quarter",
    "who is Acme",
    "tasks overdue",
    "won Acme 120k",
    "今天天气不错",
    "你好在吗",
)


async def measure(quick: bool) -> list[figures.Figure]:
    """With a book of 200 customers, as a rep has one."""
    book = names.NameBook([company.name(i) for i in range(1, BOOK + 1)])
    context = understanding.Context(now=clock.now(), tz=ZoneInfo("Asia/Shanghai"), book=book)
    taken = []
    for turn in range((QUICK if quick else ROUNDS) + 1):
        for sentence in SENTENCES:
            began = time.perf_counter()
            router.understand(sentence, context)
            if turn:  # the first one warms up
                taken.append((time.perf_counter() - began) * 1000)
    bare, loaded = _import("pass"), _import("import bot.language.router")
    said = f"median {figures.percentile(taken, 0.5):.2f} ms"
    return [
        figures.Figure(row="sentence", what="understood, p95", unit="ms",
                       value=figures.percentile(taken, 0.95), bar=P95_MS, floor=said),
        figures.Figure(row="sentence", what="import of the language code", unit="ms",
                       value=loaded - bare, bar=IMPORT_MS, floor=f"bare Python {bare:.0f} ms"),
    ]  # fmt: skip


def _import(statement: str) -> float:
    """Milliseconds of a fresh Python that does this; the best of a few."""
    taken = []
    for _ in range(IMPORTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        taken.append((time.perf_counter() - began) * 1000)
    return min(taken)
