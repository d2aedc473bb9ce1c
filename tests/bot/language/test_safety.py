"""Small talk, customers' words and questions never write."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.language import gates, pasted, router
from bot.language.names import NameBook
from bot.language.understanding import Context, Understanding
from tests.bot.language import sentences

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
BOOK = NameBook(sentences.BOOK)
HARMLESS = gates.READS | {"undo", "help", "settings", "attend"}

SMALL_TALK = """
今天天气不错|哈哈哈|晚上一起吃火锅吧|我昨天跟老婆去看了电影|孩子发烧了，明天请假|周末去哪玩
|妈妈让我下班买菜|快递签收了|房租三千五一个月|我的车贷还有8万|他工资涨到两万了|股票跌了5%
|油价又涨了|中午点外卖吧|老板今天心情不好|昨天跟同学聊了一晚上|小明考了100分|梅西进球了
|我们赢了！|丢了钱包|手机丢了|飞机晚点了|下周三我生日|记得带伞|记得吃药|晚安|早上好|收到|666
|太棒了|辛苦了|恭喜|生日快乐|终于周五了|累死了|加班到十点|堵车了|马上到|在路上|稍等|我在开会
|一会儿回你|随便|听你的|看情况|下次一定|价格太贵了|便宜点吧|最低多少钱|有没有优惠|到货了吗
|我再考虑考虑|先不买了|已经付款了|钱打过去了|地址发你了|我要两台|来十个|五万八太贵
|三万能拿下不|我们预算只有20万|合同我看了没问题|下个月再谈|我们选了别家|不合作了|把报价发我
|加个微信吧|楼上漏水了|空调坏了|代码写完了|作业做完了|饭做好了|衣服洗完了|机票改到下周
|酒店订好了|航班取消了|停车费30块|打车花了58|午饭25|话费充了100|红包200|彩票中了500万
|房价涨到8万一平|黄金降到400|美元涨到7.3|比特币跌到3万|基金亏了20%|工资8k|年终奖3w|升职了
|小王结婚了|老李生病了|部门聚餐|报销单交了|周报写完了|PPT做好了|瘦了五斤|跑了10公里|睡了8小时
|游戏赢了三把|输了一局|中奖了|股票涨停|京东到货了|淘宝退款3天后到账|验证码 482913|密码是123456
|it's raining|I'm tired|see you tomorrow|my son won the game|she lost her phone
|we lost the match|too expensive|let me think|sounds good|not interested|the deal is off
|he signed the petition|moved to Beijing last year|traffic is bad|gym tomorrow|buy milk
|pay rent on the 1st|won 500 in lottery|lost 5kg|btc at 90k|我到家了|他到北京了|小狗丢了
|猫跑了|婆婆说太贵|邻居要装修|服务员说卖完了|客服说三天后退款|领导同意休假|弟弟考上大学了
|湖人赢了|国足输了0:3|下雪了|血压140|体温38.5|国庆去云南|春节回家|中秋发月饼|年底结婚
|顺丰明天送|学校要求明天交表|朋友想借3万|雅思7分
""".replace("\n", "").split("|")

QUESTIONS = """
你们那个五万八的套餐还有吗|华美改8.5w了吗|华美签了吗|华美到谈判了没|华美丢了?|能打九折吗
|八折行不行|8万5成交吗|华美什么时候签|明天给华美打电话吗|华美的单子8.5w?|谁把华美改成8万了
|华美是不是转给小王了|要不要给华美打电话|能不能把华美放回公海|华美概率60?|合同签了吗
|什么时候发货|华美月底能签吗|华美怎么丢的|why did Globex sign|did Globex sign?|is Globex lost?
|can you do 80k?|should I call Globex?|Globex to proposal?|有没有给华美建商机|华美多少钱
|几号签|华美赢单了么
""".replace("\n", "").split("|")

NAMES = ("张伟", "李经理", "华美-陈总", "Wang Li", "客户A", "小李", "微信用户")
SAID = (
    "明天签合同",
    "改成8.5w吧",
    "华美 赢单",
    "撤销",
    "回 好的",
    "提醒我明天3点开会",
    "华美 输单 价格",
    "新客户 云帆科技 13812345678",
)
HEADS = (
    "{name} 10:23\n{text}",
    "{name} 2026-11-22 10:23:05\n{text}",
    "{name} 2026/11/22 上午10:23\n{text}\n我 10:24\n好的",
    "{name}: {text}\n我: 好的",
    "「{name}：{text}」\n- - - - - - - - - -\n好的",
    "[10:23] {name}: {text}",
    "{name} 昨天 10:23\n{text}",
    "---------- Forwarded message ---------\nFrom: {name}\n{text}",
    "群聊的聊天记录\n{name}: {text}",
    "10:23 {name}: {text}\n10:24 我: 好的",
    "> {text}\n> {name}",
    "{name}  11月22日 10:23\n{text}\n{name}  11月22日 10:25\n在吗",
    "{name} 10:23",
    "[图片] {name} {text}",
)
PASTED = [head.format(name=name, text=text) for head in HEADS for name in NAMES for text in SAID]


def understand(text: str, *, known: bool) -> Understanding:
    return router.understand(text, Context(now=NOW, tz=SHANGHAI, book=BOOK if known else ()))


@pytest.mark.parametrize("known", [True, False], ids=["with a book", "without"])
@pytest.mark.parametrize("text", SMALL_TALK)
def test_small_talk_never_writes(text: str, known: bool):
    understood = understand(text, known=known)
    assert understood.command is None or understood.command in HARMLESS


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_never_writes(text: str):
    understood = understand(text, known=True)
    assert understood.command is None or understood.command in HARMLESS
    assert understood.question


def test_at_least_a_hundred_pasted_chats_never_run():
    assert len(PASTED) > 500
    ran = [text for text in PASTED if understand(text, known=True).command is not None]
    assert ran == []


@pytest.mark.parametrize(
    "text", ["华美 改8.5w", "下下周一 14:00 海通合同到期", "提醒 15:30 开会", "华美聊天记录"]
)
def test_a_command_is_no_pasted_chat(text: str):
    assert not pasted.looks_pasted(text)


@pytest.mark.parametrize("text", ["明天下午三点开会", "明天签合同", "王总说可以签", "这单黄了"])
def test_what_may_be_meant_is_asked_not_done(text: str):
    assert understand(text, known=False).confirm
