"""Keys by which a name is found however it is typed: 华美, huamei, hm, 花美, hua mei.

Pure functions: the same keys are computed for a stored name and for a typed one, and whoever
stores them compares kind and value. Kinds, best first: norm, pinyin, initials, soft; inner ones are
stored only, so that the middle of a name finds it by its beginning.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from crm_core import folding, patterns, pinyin

NORM, PINYIN, INITIALS, SOFT, INNER = "norm", "pinyin", "initials", "soft", "inner"
_INNER_MOST = 40
"""So many inner keys of one name are kept: nobody remembers a longer name by its middle."""
_SHORTEST = 2
_LONGEST_PERSON = 4


@dataclass(frozen=True)
class NameKey:
    """One way to find a name."""

    kind: str
    value: str


PLACES = (
    "北京 上海 天津 重庆 广东 广西 浙江 江苏 山东 山西 河北 河南 湖北 湖南 福建 江西 安徽"
    " 四川 云南 贵州 "
    "海南 陕西 甘肃 青海 宁夏 新疆 西藏 内蒙古 辽宁 吉林 黑龙江 香港 澳门 台湾 深圳 广州 "
    "杭州 苏州 南京 "
    "宁波 无锡 常州 南通 温州 嘉兴 绍兴 金华 义乌 台州 湖州 东莞 佛山 中山 珠海 惠州 汕头"
    " 厦门 福州 泉州 "
    "青岛 济南 烟台 潍坊 武汉 长沙 成都 西安 郑州 合肥 南昌 昆明 贵阳 南宁 海口 太原 石家"
    "庄 沈阳 大连 长春 "
    "哈尔滨 兰州 西宁 银川 乌鲁木齐 呼和浩特 拉萨 徐州 扬州 镇江 盐城 昆山 常熟 江阴 张家港 中国"
).split()
_PLACE = patterns.later(rf"(?:{'|'.join(sorted(PLACES, key=len, reverse=True))})(?:省|市|自治区)?")
_DISTRICT = patterns.later(r"[一-龥]{2}(?:省|市|区|县)")
LEGAL = patterns.later(
    r"(?:\(.{1,8}\))?(?:股份|有限|责任|集团|控股|总)*(?:公司|集团|商行|工作室|事务所"
    r"|合作社|经营部|厂|店)$|集团$"
)
_LEGAL_EN = patterns.later(
    r"[ ,.]{1,2}(?:co\.?,? ?ltd\.?|ltd\.?|limited|inc\.?|llc|corp\.?|corporation|company"
    r"|co\.?|gmbh|group|plc|s\.?a\.?)$"
)
_INDUSTRY_EN = patterns.later(
    r" (?:trading|technolog(?:y|ies)|tech|industr(?:y|ies|ial)|solutions|logistics|international"
    r"|holdings|systems|electronics|software|services|manufacturing|global|labs)$"
)
INDUSTRIES = (
    "网络科技 信息科技 电子科技 生物科技 智能科技 信息技术 电子商务 进出口 供应链 科技 技"
    "术 信息 网络 软件 电子 电气 "
    "机械 设备 制造 实业 工业 贸易 商贸 外贸 物流 运输 快递 食品 餐饮 服饰 服装 纺织 家居"
    " 家具 建材 建筑 工程 装饰 "
    "装潢 材料 新材料 化工 医药 医疗 器械 生物 教育 培训 文化 传媒 广告 传播 咨询 投资 资"
    "产 管理 金融 保险 地产 "
    "置业 物业 酒店 旅游 汽车 汽配 五金 模具 塑料 包装 印刷 能源 环保 光电 半导体 精密 自"
    "动化 智能 国际 发展 服务 "
    "产业 农业 日化 化妆品 玩具 电器 重工 仪器 通信 通讯"
).split()
_INDUSTRY = patterns.later(rf"(?:{'|'.join(sorted(INDUSTRIES, key=len, reverse=True))})$")

SURNAMES = {
    "单": "shan",
    "仇": "qiu",
    "曾": "zeng",
    "解": "xie",
    "查": "zha",
    "朴": "piao",
    "区": "ou",
    "盖": "ge",
    "任": "ren",
    "华": "hua",
    "覃": "qin",
    "翟": "zhai",
    "乐": "yue",
    "缪": "miao",
    "宁": "ning",
    "牟": "mou",
    "员": "yun",
    "种": "chong",
    "洗": "xian",
    "冼": "xian",
    "那": "na",
    "能": "nai",
    "折": "she",
    "祭": "zhai",
    "尉迟": "yuchi",
    "万俟": "moqi",
    "长孙": "zhangsun",
    "令狐": "linghu",
    "澹台": "tantai",
    "召": "shao",
    "谌": "chen",
    "佘": "she",
    "晟": "cheng",
    "秘": "bi",
    "费": "fei",
    "繁": "po",
    "哈": "ha",
    "黑": "he",
    "纪": "ji",
    "葛": "ge",
    "逄": "pang",
    "郇": "huan",
    "隗": "wei",
    "燕": "yan",
    "应": "ying",
    "訾": "zi",
    "钭": "tou",
    "相": "xiang",
    "车": "che",
    "都": "du",
    "过": "guo",
    "行": "xing",
    "角": "jue",
    "六": "lu",
    "厘": "xi",
    "适": "kuo",
    "重": "chong",
}
"""Surnames whose reading differs from the word's, or is often got wrong by dictionaries."""

_SPACES = patterns.later(r"[\s·•.\-_,、()（）\[\]'\"“”‘’&/]+")
_HAN = patterns.later(r"[一-鿿]")


def normalise_name(text: str) -> str:
    """The core of a name: folded, without place, legal form and line of business.

    杭州云帆科技有限公司 → 云帆; Acme Trading Co., Ltd. → acme trading. Never empty for a name
    that is not: what would leave fewer than two characters is kept.
    """
    return _variants(text)[-1]


# As many as a process may meet again and again: the latest customers of a good number of reps.
@lru_cache(maxsize=16_384)
def variants(text: str) -> tuple[str, ...]:
    """The spellings a name goes by, from whole to core, without repeats."""
    return tuple(dict.fromkeys(_variants(text)))


def whole(text: str) -> str:
    """The name as it stands, folded."""
    return _variants(text)[0]


def without_form(text: str) -> str:
    """The name without its legal form: 云帆科技有限公司 → 云帆科技."""
    return _variants(text)[1]


def without_place(text: str) -> str:
    """The name without its legal form and its place: 杭州云帆科技有限公司 → 云帆科技."""
    spelled = _variants(text)
    return spelled[3] if len(spelled) > 3 else spelled[1]  # noqa: PLR2004 - see `_variants`


def _variants(text: str) -> list[str]:
    whole = folding.fold(folding.clean(text))
    plain = _SPACES.sub("", whole) if _HAN.search(whole) else _SPACES.sub(" ", whole).strip()
    plain = plain or whole
    if not _HAN.search(plain):
        legal = _kept(_SPACES.sub(" ", _LEGAL_EN.sub("", whole)).strip(), plain)
        return [plain, legal, _kept(_INDUSTRY_EN.sub("", legal), legal)]
    legal = _kept(LEGAL.sub("", plain), plain)
    placed = _PLACE.match(legal) or _DISTRICT.match(legal)
    local = _kept(legal[placed.end() :], legal) if placed else legal
    core = local
    for _ in range(3):
        core = _kept(_INDUSTRY.sub("", core), core)
    return [plain, legal, _kept(_INDUSTRY.sub("", legal), legal), local, core]


def _kept(shorter: str, longer: str) -> str:
    return shorter if len(shorter) >= _SHORTEST else longer


def keys(name: str) -> list[NameKey]:
    """Every key of a name, without repeats, norm first."""
    found: dict[NameKey, None] = {}
    spelled = variants(name)
    for value in spelled:
        if value:
            found[NameKey(NORM, value)] = None
    sounded = spelled[1:] if len(spelled) > 1 and LEGAL.search(spelled[0]) else spelled
    for value in sounded:
        for syllables in readings(value):
            joined = "".join(syllables)
            found[NameKey(PINYIN, joined)] = None
            if len(syllables) > 1 and _HAN.search(value):
                found[NameKey(INITIALS, "".join(part[0] for part in syllables if part))] = None
            found[NameKey(SOFT, soften(joined))] = None
    return list(found)


def stored(name: str) -> list[NameKey]:
    """The keys to store for a name: `keys` and the inner ones."""
    return keys(name) + [NameKey(INNER, value) for value in inner(name)]


def inner(name: str) -> list[str]:
    """The whole name from each later character on, or word if it is Latin, up to its legal form.

    云南茶业有限公司 → 南茶业有限公司, 茶业有限公司: whatever a name holds begins one of these.
    """
    spelled = _variants(name)
    whole, core = spelled[0], spelled[1]
    if _HAN.search(whole):
        ends = [whole[start:] for start in range(1, len(core) - 1)]
    else:
        words = whole.split(" ")
        ends = [" ".join(words[start:]) for start in range(1, len(core.split(" ")))]
    return [end for end in dict.fromkeys(ends[:_INNER_MOST]) if len(end) >= _SHORTEST]


def readings(text: str) -> list[list[str]]:
    """The pinyin syllables of folded text; two when its surname is read in a way of its own."""
    if not _HAN.search(text):
        letters = re.sub(r"[^a-z0-9]", "", text)
        return [[letters]] if letters else []
    plain = list(pinyin.syllables(text))
    for size in (2, 1):
        said = SURNAMES.get(text[:size])
        if said and size < len(text) <= _LONGEST_PERSON:
            named = [said, *pinyin.syllables(text[size:])]
            return [named, plain] if "".join(named) != "".join(plain) else [plain]
    return [plain]


_SOFT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("f", "h"))


def soften(sounds: str) -> str:
    """Pinyin with the sounds people mix up made one: zh z, ch c, sh s, -ng -n, l n, f h."""
    for hard, mild in _SOFT:
        sounds = sounds.replace(hard, mild)
    return sounds
