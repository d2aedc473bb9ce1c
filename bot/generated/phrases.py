"""What customers, reps and notes say. Words in braces are filled in: see `talk`.

Each list begins with what is said most often; what stands further down is rarer by far.
"""

from __future__ import annotations

FROM_CUSTOMERS = (
    "好的", "收到，谢谢", "在吗？", "好的，谢谢", "{product}的报价能再优惠一点吗？", "可以",
    "嗯嗯", "我问一下{person}再回复你", "我是{person}", "什么时候可以发货？",
    "报价单收到了，我们内部讨论一下", "{product}有现货吗？", "多少钱？",
    "能不能发一份{product}的报价给我", "{count}个什么价格？", "好，{day}联系",
    "合同我们法务看过了，第{small}条付款方式要改", "样品收到了，{day}试", "发票开好了吗？",
    "您好，想了解一下{product}", "价格有点高，{rival}比你们低{small}个点",
    "交期能写进合同吗？{small}周以内", "我们这边比较急，{day}前能到吗", "好的{rep}", "知道了",
    "👍", "麻烦发一下合同", "先发{count}个样品吧，运费我们出", "账期能不能做到{days}天？",
    "物流单号发我一下", "我是{person}，{company}的，加您微信方便沟通",
    "预算大概{money}，你看怎么配", "这批{product}有{small}个不良，怎么处理？", "能含税含运费吗？",
    "你们支持月结吗", "{day}下午方便来厂里看看吗？", "请转告{person}，图纸已经改好了",
    "款{day}打过去", "已付款，请查收", "合同编号{number}，麻烦核对一下",
    "订单{number}什么时候能出货", "图纸发您邮箱了", "可以先发一版{product}的规格书吗",
    "我们老板想跟你们见个面", "等{day}领导批了就下单", "尺寸不对，要{count}mm的",
    "最近{product}涨价了吗", "你们在{place}有仓库吗", "能开增值税专用发票吗",
    "上次那批{product}用得不错，这次再来{count}个", "不好意思，刚在开会", "改天再说吧",
    "暂时不需要，谢谢", "电话{phone}，联系人{person}", "收货地址是{place}市{street}路{count}号",
    "质保多久？", "有没有环保认证？", "我们也在看{rival}的方案", "这个价格做不了",
    "能不能帮忙介绍一下{rare}的供应商？", "你们做过{rare}相关的项目吗？",
    "Could you send me a quotation for {count} {english}?", "Thanks, received.", "OK",
    "When can you ship?", "Please find our PO {number} attached.",
    "The invoice for {month} is still missing.", "Can we get a better price for {count} pcs?",
    "We need delivery by {day_en}.", "Hi, this is {person} from {company}.",
    "Payment was made today, please check.", "Do you have {english} in stock?",
    "Please send the drawing again.", "Sounds good, let me check with my manager.",
    "The {english} arrived damaged, please advise.", "Do you know anything about {rare}?",
)  # fmt: skip

FROM_US = (
    "好的，收到", "您好，请问有什么可以帮您？", "报价单已经发您了，请查收", "好的，{day}给您答复",
    "好的{person}，{day}见", "稍等，我查一下", "{product}有现货，{day}可以发", "在的",
    "谢谢您的支持！", "含税含运费一共{money}", "合同已发您邮箱，麻烦盖章回传",
    "{count}个的话单价可以再降{small}个点", "物流单号{number}，预计{day}到", "样品{day}寄出",
    "不客气", "我申请一下，{day}上午回复您", "{days}天账期已经是公司最长的了",
    "您放心，交期写进合同", "发票{day}开好一起寄", "技术同事{day}可以上门",
    "请把图纸发我，我让工程师核一下", "已经安排发货了", "这款{product}的起订量是{count}个",
    "质保一年，终身维护", "我是{rep}，您的专属销售", "不良品我们免费换新",
    "方便留个电话吗？我给您打过去", "这个价格我要跟经理申请", "我们在{place}有仓库，次日达",
    "{product}的规格书发您了", "合同编号{number}，请核对", "预付百分之{days}，发货前付清",
    "上次的样品试得怎么样？", "祝您新年快乐！", "{rare}我们没做过，可以帮您问问同行",
    "The quotation is attached, please have a look.", "We can ship on {day_en}.",
    "Thank you for your order {number}.", "Let me check the stock of {english} for you.",
    "The best price for {count} pcs is {money_en}.", "Samples will be sent on {day_en}.",
)  # fmt: skip

NOTES = (
    "对方要账期{days}天，我们底线{fewer}天", "报价{money}，客户觉得偏高", "{person}说{day}给答复",
    "样品已寄，等试用结果", "电话沟通，暂时没有需求，下个月再联系",
    "到厂看了产线，主要用{product}，年用量约{count}", "对方在对比{rival}，价格差{small}个点",
    "{person}是决策人，财务要{small}个签字", "合同走到法务，卡在付款方式",
    "客户{day}来公司考察，安排接待", "微信聊了一下，{product}有新项目，{day}出图纸",
    "不接电话，已发微信", "催款，答应{day}付", "已付定金{money}",
    "投诉{product}有{small}个不良，已换货", "对方问{rare}，我们做不了",
    "Met {person}, wants {count} {english} by {day_en}.",
    "Price is fine, waiting for approval from head office.",
)  # fmt: skip
NOTE_KINDS = ("note", "call", "visit", "wechat", "meeting", "email")

TASKS = (
    "给{person}回电话", "发{product}报价", "跟进样品试用结果", "催合同回传", "催款",
    "{day}拜访{person}", "寄样品{product}", "确认交期", "发发票", "约{person}吃饭",
    "准备{product}方案", "Call {person} about {english}", "Send the quotation",
)  # fmt: skip

DEALS = (
    "{product}采购", "{product}年度供货", "{product}{count}个", "{product}首批试单",
    "{product}二期", "产线改造", "{place}工厂{product}", "设备配套", "{english} order",
    "{english} framework agreement",
)  # fmt: skip
