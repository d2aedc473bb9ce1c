"""Words with a part to play in a sentence, as data. Everything is folded."""

from crm_core import patterns

YES = frozenset(
    "是 是的 好 好的 好吧 好啊 好呀 好嘞 对 对的 对对 对啊 嗯 嗯嗯 恩 嗯嗯是的 嗯是的 嗯"
    "好 嗯对 确认 确定 可以 可以的 行 行的 行吧 没错 "
    "没问题 同意 ok okay okok y yes yep yeah yup sure confirm confirmed ok的 好滴 好哒 得"
    " 中 要 就这样 就这么办 发吧 执行 继续 right correct".split()
)
NO = frozenset(
    "0 取消 不 不是 不要 不用 不用了 不了 不行 算了 算了吧 先不 先不要 先不用 别 别发 不"
    "对不要 否 n no nope nah cancel 不需要 别了 放弃 "
    "不确认 不同意 stop 不发了 不改了 别改 不弄了 不记了".split()
)
FILLERS_BEFORE = patterns.later(
    r"(?:请问一下|请问|请你|请|帮我|帮忙|麻烦你|麻烦|劳驾|辛苦|可以帮我|能不能帮我|给我"
    r"|我要|我想要|我想|那个|那就|那|嗯|呃|额|哎|诶|好的?|你好|您好|在吗|机器人|小助手"
    r"|助手|(?:ok|hi|hello|hey|bot|please|pls|plz|can you|could you|kindly|just|i want to"
    r"|i'd like to|let's)(?![a-z]))[ ,]{0,2}"
)
FILLERS_AFTER = patterns.later(
    r"[ ,]{0,2}(?:谢谢你?|多谢|谢了|辛苦了?|一下吧?|吧|啊|呀|哈|哦|噢|喔|啦|咯|哟|嘛|哒"
    r"|please|pls|plz|thanks|thank you|thx)[ .!~,。]{0,3}$"
)

QUESTION = patterns.later(
    r"\?|吗|么[ .!~。]{0,3}$|呢[ .!~。]{0,3}$|什么|甚么|谁|哪|几(?=个|点|单|天|家|号|时|次"
    r"|条|人|月|万|台|成|折|岁|年|块|钱)|怎么|怎样|咋|啥|多少|多久|多大|多长|多远|为何"
    r"|为什么|如何|何时|是否|有没有|有木有"
    r"|能不能|可不可以|是不是|好不好|行不行|要不要|对不对|会不会|在不在|还是不是|了没"
    r"(?:有)?[ .!~。]{0,3}$|没有[ .!~。]{0,1}$(?<=了没有)"
    r"|^(?:what|who|whose|whom|when|where|which|how|why|is|are|was|were|do|does|did|can"
    r"|could|should|would|will|has|have)(?:'s|'re)?(?= )"
)
"""A sentence that asks. It may look something up, it never writes."""

PRONOUNS = frozenset(
    "他 她 它 他们 她们 该客户 这个客户 这客户 这家 这单 这个单子 这单子 这笔 这个 那个客"
    "户 那家 那单 这商机 此客户 这家公司 当前客户 当前 him her it them this "
    "this_deal this_customer 这位 那位 the_deal 人家".split()
)

NOT_NAMES = frozenset(
    "我 你 您 他 她 它 我们 你们 他们 她们 咱们 大家 自己 别人 有人 没人 同学 朋友 老婆 "
    "老公 妈妈 爸爸 老妈 老爸 爸妈 父母 孩子 小孩 儿子 女儿 老师 同事 领导 老板 "
    "医生 家人 女朋友 男朋友 女友 男友 对象 爷爷 奶奶 外婆 姥姥 哥哥 姐姐 弟弟 妹妹 亲戚 "
    "邻居 房东 司机 快递 快递员 外卖 天气 作业 电影 衣服 手机 电脑 空调 "
    "房子 房间 车 车子 公交 地铁 飞机 航班 机票 酒店 饭 午饭 晚饭 早饭 早餐 午餐 晚餐 咖"
    "啡 奶茶 水果 蛋糕 猫 狗 孙子 合同 报价 报价单 发票 方案 客户 联系人 商机 "
    "单子 订单 项目 任务 待办 提醒 日报 周报 月报 业绩 目标 漏斗 排行 会议 电话 微信 邮件"
    " 邮箱 短信 号码 名片 资料 样品 价格 金额 合作 生意 公司 工资 奖金 "
    "股票 基金 房价 油价 汇率 比赛 球赛 世界杯 游戏 音乐 歌 书 小说 新闻 视频 照片 图片 "
    "文件 密码 钥匙 钱包 雨伞 眼镜 身份证 今天 明天 昨天 后天 前天 现在 刚才 刚刚 "
    "上午 下午 中午 晚上 早上 这周 下周 上周 本周 这个月 下个月 上个月 今年 明年 去年 年"
    "底 月底 春节 国庆 什么 怎么 哪里 哪个 这里 那里 这样 那样 这么 那么 "
    "好像 可能 应该 必须 已经 还是 不是 就是 只是 但是 所以 因为 如果 虽然 然后 而且 不过"
    " 其实 当然 一定 差不多 大概 事情 东西 问题 时间 地方 办法 机会 结果 "
    "生日 婚礼 旅游 旅行 周末 假期 高考 考试 面试 成绩 学校 医院 银行 超市 公园 餐厅 火锅"
    " 烧烤 新客户 老客户 大客户 小客户 所有客户 全部 所有 一个 两个 几个 有个 还有 "
    "没有 不要 不用 多少 每天 每周 每月 团队 部门 我的 你的 他的 她的 谁 啥 哪 甲方 乙方 "
    "对方 那边 这边 数据 系统 软件 网络 服务器 后台 账号 "
    "the a an this that these those it its he she they we you i me my your our his her th"
    "eir what who when where why how is are was were be been do does did "
    "have has had will would can could should may might must there here today tomorrow ye"
    "sterday now then weather dinner lunch movie kids kid mom dad wife husband "
    "friend friends boss team everyone someone nobody something nothing everything home w"
    "ork deal deals customer customers task tasks call email phone quote price "
    "all new old good bad great nice thanks thank hello hi hey ok okay yes no please sorr"
    "y and or but if so because to of in on at for with from by about".split()
)
"""Words that stand where a name could and are none."""

VERBS = frozenset(
    "set change update move tag add new create close find show search look get put push advance "
    "assign send call tell ask remind note log won lost win expect cancel delete remove void "
    "merge claim release report check use reply email sms text record update".split()
)
"""English verbs a command begins with; no name does."""

INSIDE_NAME = patterns.later(
    r"[我你您他她它们的了吗呢吧啊呀着过很]|这个|那个|这些|那些|什么|怎么|哪|谁|今天|明天"
    r"|昨天|后天|刚才|刚刚|现在|已经|一下|还没|没有|不是|不要|不能|不会|不知|因为|所以"
    r"|如果|但是|觉得|知道|可以|应该|需要|想要|喜欢|希望"
    r"|[\d]{4,}|^[是在有就都还也要会能想说给让被对到去来做把跟和与从向往将及或再又才只并很"
    r"太最更]|^(?:一|每|某|各|本|该|此|其|请|别|不|没|无(?!锡)|非|全|多|少|几|好|真|可)"
    r"|[说问想要去来做吃喝睡玩看听写走跑]$"
)
"""A run with one of these inside is a clause, not a name."""

TITLES = (
    "总经理|副总经理|副总|董事长|老板|经理|总监|总|主任|主管|工程师|(?<![化加施手军轻])工|小姐|女士|先生|老师"
    "|科长|处长|部长|院长|校长|医生|会长|厂长|店长|董|姐|哥|太太|校|秘书|助理|会计|律师|局长"
    "|书记|教授|博士"
)
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛"
    "奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康"
    "伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵"
    "席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗"
    "丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊甄曲家封芮羿储靳汲邴糜松井段富巫乌焦"
    "巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白"
    "怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边"
    "扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广"
    "禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游"
    "竺权逯盖益桓公闫肖付佘覃涂阳"
)
PERSON = patterns.later(
    rf"(?:[老小大]?[{SURNAMES}](?:{TITLES})|[老小][{SURNAMES}]|[{SURNAMES}](?:总|经理)们?)$"
)
"""王总, 李经理, 小李, 老马."""

ROLES = "采购|技术|财务|老板|经理|总监|前台|助理|负责人|老总|工程师|对接人|仓库|生产|运营|市场"

BREAKS = patterns.later(
    r"那边|这边|那里|那头|这个|那个|那单|这单|那家|这家|客户|的|今天|昨天|前天|明天|上午"
    r"|下午|刚|已|要|想|说|问|嫌|觉得|希望|同意|需要|反馈|要求|在|和|跟|对(?!外)|把|被|给"
    r"|让|有(?!限)|没|不|是|签|改|回|付|打|聊|谈|见|去|来|预算|报价|合同|价格|项目|单子|订单"
    r"|样品|资料|开票|回款|付款|打款|定金|尾款|发货|发票|又|也|还|都|就|先|再|正|目前|现在"
    rf"|最近|决定|打算|准备|计划|确认|收到|{ROLES}"
)
"""Words that end the name a sentence begins with, when no book tells where it ends."""

IN_FIRMS = frozenset("正和先来在谈对签")
"""Those that firms are named with as well."""

FORM = patterns.later(r"有限(?:责任)?公司")
"""How the full name of a firm ends."""
