"""The words the generated company is made of. Each list begins with what is said most often."""

from __future__ import annotations

PLACES = (
    "上海 深圳 广州 北京 杭州 苏州 东莞 宁波 佛山 南京 无锡 青岛 成都 武汉 天津 温州 厦门 重庆"
    " 西安 常州 合肥 济南 郑州 长沙 昆山 义乌 中山 嘉兴 台州 绍兴 泉州 福州 大连 沈阳 南通 惠州"
    " 珠海 金华 烟台 扬州 江阴 张家港 长春 哈尔滨 石家庄 太原 南昌 贵阳 昆明 南宁 海口 兰州"
    " 乌鲁木齐 徐州 潍坊 汕头 湖州 镇江"
).split()
BRAND_FIRST = (
    "华鑫恒瑞金鼎盛嘉博德泰宏启远明天海安凯信康美新正云星力达永富东长中国立方亚欧联万众顺兴诺飞"
)
BRAND_SECOND = (
    "星达源泰丰信诚辉腾越创联科锐芯航捷图城洋阳帆森鑫邦宇和润通利隆昌益成宝龙特能元杰晟朗森瑞"
)
BRAND_THIRD = "德达斯特尔威克奇尼亚思迪姆伦格"
TRADES = (
    "机械 电子 科技 贸易 五金 自动化 塑料 精密机械 新材料 电气 包装 模具 物流 化工 食品 汽车配件"
    " 电子科技 智能科技 信息技术 医疗器械 纺织 家具 印刷 环保科技 光电 仪器 进出口 供应链 建材"
    " 服饰 能源 半导体 生物科技 网络科技 轴承 阀门 电缆 玻璃 陶瓷 橡胶 涂料 照明 玩具 农业科技"
    " 教育科技 文化传媒"
).split()
FORMS = (
    "有限公司", "有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司",
    "集团有限公司", "制造有限公司", "实业有限公司", "厂",
)  # fmt: skip

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱"
    "严覃武戴莫孔向汤"
)
DOUBLE_SURNAMES = "欧阳 上官 司马 诸葛 东方 夏侯 皇甫 尉迟 慕容 令狐".split()
GIVEN_SHORT = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚鹏辉玲波斌宇浩燕萍红娇健俊帆雪琳慧峰亮婷倩莉凯旭晶欣"
    "颖佳"
)
GIVEN_LONG = (
    "秀英 建国 志强 建华 秀兰 建军 桂英 国强 海燕 晓明 文杰 子轩 雨涵 浩然 梓涵 欣怡 思远 宇航"
    " 诗涵 俊杰 志伟 丽娟 春梅 晓燕 小红 雪梅 玉兰 秀珍 金凤 凤英 桂兰 淑珍 国栋 建平 永强 文博"
    " 嘉怡 佳怡 一鸣 天宇 晨曦 雅婷 婷婷 思琪 梦琪 佳琪 伟杰 家豪 志明 国华 建明 小龙 海涛 晓东"
    " 晓峰 立新 春华 秋菊 冬梅 新宇"
).split()
GIVEN_FIRST = "子雨浩梓欣思宇诗俊志丽春晓小雪玉秀文嘉佳一天晨雅梦伟家国建永海立新若可景承泽奕书锦昊"
GIVEN_SECOND = (
    "轩涵然怡远航杰伟娟梅燕红兰珍博鸣宇曦婷琪豪明华平龙涛东峰新菊琳瑶妍彤菲悦恒毅锋晗朗清"
)

ENGLISH_FIRST = (
    "James Mary Michael Patricia Robert Jennifer John Linda David Elizabeth William Barbara"
    " Richard Susan Joseph Jessica Thomas Sarah Daniel Karen Anna Lukas Emma Marco Sofia Pierre"
    " Claire Hans Ingrid Carlos Lucia Ahmed Fatima Kenji Yuki Min-jun Priya Raj Olga Ivan Chloe"
    " Noah Grace Oliver Hannah Felix"
).split()
ENGLISH_LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Wilson Anderson"
    " Taylor Moore Jackson Martin Lee Thompson White Clark Lewis Walker Hall Young King Wright"
    " Scott Green Baker Adams Müller Schmidt Fischer Weber Rossi Ferrari Dubois Laurent Silva"
    " Santos Khan Patel Tanaka Sato Kim Novak"
).split()
ENGLISH_BRAND = (
    "Acme Global Northern Pacific Summit Bright Vertex Harbor Atlas Orion Delta Pioneer Sterling"
    " Beacon Cedar Falcon Granite Horizon Ironwood Juniper Keystone Lakeside Meridian Nova"
    " Oakridge Prime Quantum Redwood Sapphire Titan Union Vantage Westfield Zenith Apex Blue"
    " Crest Dynamic Evergreen Fairview"
).split()
ENGLISH_SECOND = (
    "Bay Point Rock Star Line Bridge Gate Field Works Stone Wave Forge Peak Path Mark Crown"
).split()
ENGLISH_TRADES = (
    "Trading Technologies Industries Electronics Logistics Solutions Manufacturing Systems"
    " Components Tools Packaging Plastics Instruments Automotive Foods Textiles Bearings Lighting"
    " Chemicals Machinery"
).split()
ENGLISH_FORMS = ("Co., Ltd.", "Ltd", "Inc.", "LLC", "GmbH", "Corp.", "B.V.", "S.A.")

INDUSTRIES = (
    "机械制造 电子 汽车零部件 贸易 自动化设备 包装 物流 食品 化工 医疗器械 建材 家具 纺织 新能源"
    " 半导体 教育"
).split()
SOURCES = (
    "老客户介绍 展会 微信 官网 广交会 电话 转介绍 1688 抖音 百度 referral website fair"
).split()
TAGS = "重点 月结 价格敏感 急单 样品 复购 外贸 账期长 VIP 设计院 代理商 已考察".split()
TITLES = (
    "采购经理 采购 总经理 供应链总监 工程师 老板 采购主管 技术总监 财务 厂长 项目经理 助理"
    " 设备主管 质量经理 Buyer CEO 副总 销售经理"
).split()
LOST_REASONS = (
    "价格高 选了同行 项目取消 交期太长 预算没批 没有回音 账期谈不拢 技术参数不符"
).split()

PRODUCTS = (
    "轴承 样品 密封圈 6205轴承 电机 减速机 传感器 变频器 纸箱 齿轮 液压油缸 气缸 伺服电机 连接器"
    " 直线导轨 电磁阀 线束 模具 输送带 联轴器 控制柜 触摸屏 过滤器 弹簧 铝型材 注塑件 散热器"
    " 电源模块 光电开关 丝杆 标签机 封口机 托盘 冷却塔 空压机 机械手 激光头 编码器 热缩管"
    " 导热硅胶"
).split()
ENGLISH_PRODUCTS = (
    "bearings samples gaskets motors sensors gearboxes connectors cylinders valves cables"
    " housings springs filters couplings brackets panels rollers pumps switches drives"
).split()
RARE = (
    "欧阳锋剑 钛合金 石墨烯 碳化硅 氮化镓 陀螺仪 谐波减速 zanzibar 氦气检漏 磁流体 蓝宝石 铍青铜"
    " 量热仪 低温泵 离子注入 光刻胶 溅射靶材 真空腔体 六氟化硫 高铁项目 核电站 海上风电 卫星支架"
    " 航母 南极科考 射电望远镜 反渗透膜 稀土永磁 电解铜箔 芳纶纸 聚酰亚胺 超导线材 等离子"
    " 拉曼光谱 中子探测 微流控 声呐 龙门吊 盾构机 kaleidoscope quasar obsidian xylophone marzipan"
    " tungsten gallium beryllium cryostat interferometer"
).split()
"""Words that hardly anybody says: the first a few thousand times in a million, the last a few."""
